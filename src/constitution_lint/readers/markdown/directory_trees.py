"""Drawn trees: fenced directory listings joined to paths, whatever draws them (box characters, ASCII, indentation)."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from constitution_lint.facts.document import Fence, Section, Tree, TreeEntry
from constitution_lint.facts.location import Span
from constitution_lint.readers.markdown.mentions import EXTENSIONS
from constitution_lint.readers.markdown.sections import heading_above

_BRANCH = re.compile(r"[├└│┣┗┃╠╚║]|^[\s|]*(?:\+--|\|--|`--|\\--)")
_PREFIX = re.compile(r"^[\s│├└─┣┗┃━╠╚║═|+`\\>-]*")
_NOTE = re.compile(r"\s+(?:#|//|<-|←|→|--|—|–)\s?|\s{2,}(?=\S)|\s+(?=[(\[✅❌✓⚠📁📄⭐🆕])|\s-\s")
_NAME = re.compile(r"^[\w.@\[\]()<>{}$*~…,+#-]+(?:/[\w.@\[\]()<>{}$*~…,+#-]+)*/?$")
_KNOWN_FILE = re.compile(rf"\.(?:{EXTENSIONS})$|^(?:Dockerfile|Makefile|LICENSE|Procfile|\.\w[\w.-]*)$", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"\.\.\.|…|[*<>{}~$#]|\[(?:###|feature|name|service|other|entity|story|domain)|feature-name|,|\betc\b", re.I
)
_EMOJI = re.compile(r"^[\U0001F300-\U0001FAFF\u2600-\u27BF\ufe0f]+\s*")
DEPTH_LIMIT = 40


def trees(fences: Sequence[Fence], found: tuple[Section, ...]) -> tuple[Tree, ...]:
    """Every fence that draws a tree, with the heading above it."""
    result: list[Tree] = []
    for fence in fences:
        if not _draws_tree(fence):
            continue
        entries = tuple(_entries(fence))
        if entries:
            title = heading_above(found, fence.span.line)
            result.append(Tree(fence.span, _part(title, entries), title, entries))
    return tuple(result)


def _draws_tree(fence: Fence) -> bool:
    """Box characters in two lines or more, or an indented listing of folders without any."""
    lines = [line for line in fence.text.split("\n") if line.strip()]
    branches = [line for line in lines if _BRANCH.search(line)]
    if len(branches) >= 2:
        return any("/" in line or _KNOWN_FILE.search(_name(line)[0]) for line in lines)
    if fence.language not in ("", "text", "txt", "plaintext", "tree"):
        return False
    folders = [line for line in lines if _name(line)[0].endswith("/") and _NAME.match(_name(line)[0])]
    indented = [line for line in lines if line.startswith((" ", "\t"))]
    return len(folders) >= 2 and bool(indented) and len(folders) * 3 >= len(lines)


def _part(title: str, entries: Sequence[TreeEntry]) -> Literal["documentation", "source", "other"]:
    lowered = title.casefold()
    first = entries[0].path
    if "documentation" in lowered or first.startswith(("specs/", ".specify/")):
        return "documentation"
    if re.search(r"source|structure|layout|repository|project|directory|folder|files|organi[sz]ation|tree", lowered):
        return "source"
    return "other"


def _name(line: str) -> tuple[str, int, str]:
    """The name on a line, its 0-based column, and the note behind it."""
    column = _PREFIX.match(line).end()  # type: ignore[union-attr]
    if lead := re.match(r"\.{1,2}/?$|\./(?=\w)", line[column:].strip()):
        column += len(lead.group()) if lead.group() == "./" else 0
    emoji = _EMOJI.match(line[column:])
    column += emoji.end() if emoji else 0
    text = line[column:]
    split = _NOTE.search(text)
    name = (text[: split.start()] if split else text).strip().strip("`*")
    return name, column, text[split.end() :].strip(" #)-") if split else ""


def _entries(fence: Fence) -> Iterator[TreeEntry]:
    """Lines in order; the column of a name decides whose child it is, a blank line ends nothing."""
    stack: list[tuple[int, str]] = []
    for offset, line in enumerate(fence.text.split("\n"), start=1):
        name, column, note = _name(line)
        bare = name.rstrip("/")
        if not name or name.startswith(("#", "//")) or (bare not in (".", "..", "...") and not _NAME.match(name)):
            continue
        while stack and stack[-1][0] >= column:
            stack.pop()
        if len(stack) >= DEPTH_LIMIT:
            continue
        if bare in (".", "", "/"):
            stack = [(column, "")] if column == 0 else stack
            continue
        parent = stack[-1][1] if stack else ""
        path = parent + bare.removeprefix("./").lstrip("/")
        is_folder = name.endswith("/") or not (_KNOWN_FILE.search(bare) or "." in bare.split("/")[-1][1:])
        number = fence.span.line + offset
        span = Span(number, column + 1, number, column + 1 + len(name))
        yield TreeEntry(span, path + "/" if is_folder else path, is_folder, note[:200], bool(_PLACEHOLDER.search(path)))
        if not _KNOWN_FILE.search(bare) or is_folder:
            stack.append((column, path + "/"))
