"""Rows that only the server selects, such as a default project. A client has no say in them."""

import re

from constitution_lint.model.flow.queries.binding import flattened
from constitution_lint.model.flow.traits import is_bool, is_plain
from constitution_lint.model.flow.values import TRUE, Condition, Query
from constitution_lint.model.tables import OwnedTable

_ONE_OF_ALL = re.compile(r"default|primary|main|fallback|global|root|system", re.I)
"""Flags that one row of all has, or the few that are there for everybody."""


def is_preset(query: Query, table: OwnedTable) -> bool:
    """Do the server's own values choose a row, by a unique column or by such a flag, and nothing of the request?"""
    flat = flattened(query.conditions)
    plain = all(one.column is not None and one.op in ("==", "is", "true") and is_plain(one.value) for one in flat)
    return plain and not query.unclear and any(_is_alone(one, table) for one in flat)


def _is_alone(condition: Condition, table: OwnedTable) -> bool:
    column = condition.column
    if column is None or column.table != table.key:
        return False
    if condition.value and not is_bool(condition.value[0]):
        known = table.columns.get(column.column)
        return column.column == table.primary or (known is not None and known.unique)
    return condition.value in ((), TRUE) and _ONE_OF_ALL.search(column.column) is not None
