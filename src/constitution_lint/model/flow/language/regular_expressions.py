"""Regular expressions: a pattern of the source matched against the path of the request."""

import re
from typing import TYPE_CHECKING

from constitution_lint.model.flow.fastapi.request_texts import Requested, fitting
from constitution_lint.model.flow.values import NONE, Known, Made, Opaque, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

_COSTLY = re.compile(r"[+*}]\??\)+[+*{]|\)[+*{].*\)[+*{]|\\\d|\(\?[<P]")
"""Repetitions of repetitions and references, which can take a regular expression forever; they are not tried."""


def call(machine: "Machine", dotted: str, pattern: Value, text: Value | None) -> Value:
    """`re.compile(pattern)`, or `re.match(pattern, text)` and the like."""
    made = Made("re.pattern", (("pattern", pattern),))
    if dotted == "re.compile":
        return (made,)
    return match_pattern(made, dotted.rpartition(".")[2], text)


def match_pattern(made: Made, how: str, text: Value | None) -> Value:
    """Whether a known pattern fits a known text: True, or None as the method would say; else either."""
    expression, known = _known(dict(made.arguments).get("pattern", NONE)), _known(text or NONE)
    pattern = expression.value if expression is not None else None
    if known is None or not isinstance(pattern, str) or _COSTLY.search(pattern):
        return (Opaque("a pattern is tried on a text"),)
    found = known.fits(how, pattern) if isinstance(known, Requested) else fitting(pattern, how, known.value)
    if found is None:
        return (Opaque("a pattern is tried on a text of which not all is known"),)
    return (Known(True),) if found else NONE


def _known(value: Value) -> Known | None:
    atom = value[0] if len(value) == 1 else None
    return atom if isinstance(atom, Known) and not atom.setting else None
