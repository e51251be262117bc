"""Inside one line: Markdown's inline marks taken away, and the words counted."""

import re

_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
"""A code span ends with a run of as many backticks as it begins with (CommonMark 0.31.2, section 6.1)."""
_LINK = re.compile(r"!?\[([^\]\[]*)\]\([^)\s]{0,500}(?:\s[^)]{0,200})?\)")
_STRONG = re.compile(r"(\*\*\*|\*\*|___|__|~~)(?=\S)(.{1,800}?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_]+?)(?<=\S)\1(?![\w*])")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_BRACKETED = re.compile(r"\[[^\[\]\n]{0,400}\](?![(\[])")
_WORD = re.compile(r"[^\W_]\S*")
"""A word from its first letter or digit on: what has neither is a mark."""
_LEAD = re.compile(r"^(\*\*\*|\*\*|___|__)(?=\S)(.+?)(?<=\S)\1")
LINE_LIMIT = 20_000
"""Characters of one line that inline patterns look at; what follows is kept, but not searched."""


def plain(text: str) -> str:
    """The text as a reader sees it: emphasis, code marks, link targets and tags removed, blanks joined."""
    text = text[:LINE_LIMIT]
    if "`" in text:
        text = _CODE.sub(r"\2", text)
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "*" in text or "_" in text or "~" in text:
        text = _EMPHASIS.sub(r"\2", _STRONG.sub(r"\2", _STRONG.sub(r"\2", text)))
        text = text.replace("**", "")
    if "<" in text:
        text = _TAG.sub(" ", text)
    return " ".join(text.split())


def bold_lead(text: str) -> tuple[str, str] | None:
    """The bold text a line begins with and what follows it, or None."""
    match = _LEAD.match(text)
    return (match.group(2), text[match.end() :]) if match else None


def word_count(text: str) -> int:
    """Words of a line, not counting what stands in brackets as a placeholder."""
    if "[" in text and "]" in text:
        text = _BRACKETED.sub(" ", text)
    return len(_WORD.findall(text))
