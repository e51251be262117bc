"""SQL texts as drivers take them, made readable for sqlglot: `%s`, `%(name)s`, `?` and `$1` become named parameters."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_MARKS = re.compile(r"('(?:[^']|'')*'|\"[^\"]*\")|%\((\w+)\)s|(%s)|\$(\d+)\b|(\?)(?![|&?])")
POSITION = "position_"
"""What the parameters are called that have a place and no name: `position_1` is the first."""


def with_names(text: str) -> str:
    """The text with every parameter named. A question mark is one only where no other sort of parameter is."""
    others = any(match[2] or match[3] or match[4] for match in _MARKS.finditer(text))
    count = 0

    def named(match: re.Match[str]) -> str:
        nonlocal count
        if match[1] or (match[5] and others):
            return match[0]
        if match[2]:
            return f":{match[2]}"
        if match[4]:
            return f":{POSITION}{match[4]}"
        count += 1
        return f":{POSITION}{count}"

    return _MARKS.sub(named, text)


_LONGEST, _MOST_BRACKETS = 100_000, 1_000
"""Beyond these nobody wrote a statement by hand, and parsing it would cost more than all else."""


@lru_cache(maxsize=1024)
def parsed_sql(text: str) -> "Expr | None":
    """The statement a text holds; None when it cannot be parsed."""
    if len(text) > _LONGEST or text.count("(") + text.count("[") > _MOST_BRACKETS:
        return None
    import logging

    import sqlglot

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        return sqlglot.parse_one(with_names(text), read="postgres")
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        return None
