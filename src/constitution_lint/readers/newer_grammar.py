"""For the Python reader: syntax newer than the running interpreter, rewritten line by line.

Only called for a text that `ast` refused. libcst's parser knows PEP 695 (type parameters, `type X = …`), PEP 701
(quotes nested in f-strings) and PEP 646; PEP 758 (`except A, B:`) is put in parentheses before. No line moves, so that
every line number stays true; columns on a rewritten line may shift by what was taken out.
"""

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libcst

_F_STRING = re.compile(r"\b[fF][rR]?['\"]|\b[rR][fF]['\"]")
_UNPARENTHESISED_EXCEPT = re.compile(r"^([ \t]*except\*?[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)([ \t]*:)", re.M)
_TYPE_ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(?:\[[^\]=]*\])?[ \t]*=", re.M)
_TYPE_PARAMETERS = re.compile(
    r"^([ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+)\[[^\]()]*(?:\[[^\]]*\][^\]()]*)*\]", re.M
)


def older_spelling(text: str) -> str:
    """The text as an older interpreter reads it, with the same number of lines; the text itself if nothing is known."""
    if not _might_be_newer(text):
        return text
    text = _UNPARENTHESISED_EXCEPT.sub(r"\1(\2)\3", text)
    text = _TYPE_ALIAS.sub(r"\1\2 =", text)
    text = _TYPE_PARAMETERS.sub(r"\1", text)
    return _nested_quotes(text) if _F_STRING.search(text) else text


def _might_be_newer(text: str) -> bool:
    patterns = (_UNPARENTHESISED_EXCEPT, _TYPE_ALIAS, _TYPE_PARAMETERS, _F_STRING)
    return any(pattern.search(text) for pattern in patterns)


def _nested_quotes(text: str) -> str:
    """F-strings that reuse their own quotes inside a field, as PEP 701 allows, written with triple quotes.

    libcst finds them; a text it cannot parse either is returned as it is.
    """
    import libcst

    try:
        ast.parse(text)
        return text
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    try:
        module = libcst.parse_module(text)
    except Exception:  # any failure of the parser leaves the text as it was
        return text

    class Requote(libcst.CSTTransformer):
        def leave_FormattedString(
            self, original_node: libcst.FormattedString, updated_node: libcst.FormattedString
        ) -> libcst.BaseExpression:
            return _requoted(updated_node)

    try:
        return module.visit(Requote()).code
    except RecursionError:
        return text


def _requoted(node: "libcst.FormattedString") -> "libcst.BaseExpression":
    """The f-string in triple quotes that occur nowhere inside it, so that an older grammar can read its fields."""
    import libcst

    inside = "".join(libcst.Module([]).code_for_node(part) for part in node.parts)
    if len(node.quote) == 3 or node.quote not in inside:
        return node
    prefix = node.start[: -len(node.quote)]
    for quote in ('"""', "'''"):
        if quote not in inside and not inside.endswith(quote[0]) and "\n" not in inside:
            return node.with_changes(start=prefix + quote, end=quote)
    return node
