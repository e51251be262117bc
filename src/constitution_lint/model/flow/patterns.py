"""What the interpreter knows of regular expressions: a pattern of the source held against the path of the request."""

import re
from typing import TYPE_CHECKING

from constitution_lint.model.flow.values import NONE, Known, Made, Opaque, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

_COSTLY = re.compile(r"[+*}]\??\)+[+*{]|\)[+*{].*\)[+*{]|\\\d|\(\?[<P]")
"""Repetitions of repetitions and references, which can take a regular expression forever; they are not tried."""
_LONGEST = 300
_PARAMETER = re.compile(r"\{[^}]*\}")
_SAMPLES = ("1", "abc", "8c1f6a52-0d5f-4c1b-9b1e-0d2f7a1c9e3d")
"""What may stand for a parameter of a path; where they disagree, nothing is known."""


def called(machine: "Machine", dotted: str, pattern: Value, text: Value | None) -> Value:
    """`re.compile(pattern)`, or `re.match(pattern, text)` and the like."""
    made = Made("re.pattern", (("pattern", pattern),))
    if dotted == "re.compile":
        return (made,)
    return matched(machine, made, dotted.rpartition(".")[2], text)


def matched(machine: "Machine", made: Made, how: str, text: Value | None) -> Value:
    """Whether a known pattern fits a known text: True, or None as the method would say; else either."""
    pattern = _known(dict(made.arguments).get("pattern", NONE))
    known = _known(text or NONE)
    if pattern is None or known is None or len(known) > _LONGEST or _COSTLY.search(pattern):
        return (Opaque("a pattern is tried on a text"),)
    try:
        tried = {bool(getattr(re, how)(pattern, _PARAMETER.sub(sample, known))) for sample in _SAMPLES}
    except (re.error, RecursionError, OverflowError):
        return (Opaque("a pattern that is none"),)
    if len(tried) != 1:
        return (Opaque("a pattern is tried on a parameter of the path"),)
    return (Known(True),) if tried.pop() else NONE


def _known(value: Value) -> str | None:
    atom = value[0] if len(value) == 1 else None
    return atom.value if isinstance(atom, Known) and isinstance(atom.value, str) and not atom.setting else None
