"""Part of the contract reader: what the text below one operation of a Markdown contract promises.

Statuses, whether a token is needed, query parameters, and the fields that request and response samples show.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from constitution_lint.facts.contract import Body, Media, Parameter, Property, Requirement, Response, Schema
from constitution_lint.facts.document import Fence
from constitution_lint.facts.location import Span
from constitution_lint.readers.contract.nodes import Mapping, Node, read_tree
from constitution_lint.readers.contract.nodes import Sequence as NodeSequence
from constitution_lint.readers.markdown.inline import LINE_LIMIT, plain
from constitution_lint.readers.markdown.lines import Line
from constitution_lint.readers.markdown.tables import Table, tables

_REASON = (
    r"OK|Created|Accepted|No Content|Moved|Found|See Other|Not Modified|Temporary Redirect|Bad Request|Unauthori[sz]ed"
    r"|Forbidden|Not Found|Method Not|Conflict|Gone|Payload|Unsupported|Unprocessable|Too Many|Locked|Internal"
    r"|Bad Gateway|Service Unavailable|Gateway Timeout|Not Implemented|Validation Error|Success|Server Error"
)
_STATUS = re.compile(
    rf"(?<![\w.$#/-])(?P<reasoned>[1-5]\d\d)[`*:\s–—-]{{1,4}}(?:{_REASON})\b"
    r"|(?:status(?:\s*code)?|respon[sd]\w*|returns?|HTTP(?:/[\d.]+)?|success|error)\w*\W{1,6}(?P<labelled>[1-5]\d\d)(?![\w.,-])"
    r"|^[\s>*+-]*[`*(]*(?P<leading>[1-5]\d\d)[`*):]*\s*(?:[:–—-]|$)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^[\s>*+#\d.)_`-]*(?P<label>[A-Za-z][\w /()-]{0,48}?)\s*(?:\([^)]{0,60}\)\s*)?(?:[*_`]*:|[*_`]*$)", re.IGNORECASE
)
_AUTH_FIELD = re.compile(
    r"^[\s>*+|#_`-]*(?:Auth|Authentication|Authori[sz]ation|Auth(?:entication)? Required|Requires Auth\w*|Protected"
    r"|Security|Access)[\s*_`]*[:|][\s*_`|]*(?P<value>\S.*)$",
    re.IGNORECASE,
)
_REQUIRED = re.compile(
    r"^\W*(?:yes|required|true|jwt|bearer|token|authenticated|protected|mandatory|✅|✓|user|valid|admin|🔒)",
    re.IGNORECASE,
)
_NOT_REQUIRED = re.compile(
    r"^\W*(?:no\b|none\b|not\b|public\b|false\b|optional\b|unauthenticated|anonymous|open\b|n/a|❌|🔓)", re.IGNORECASE
)
_ALL_PROTECTED = re.compile(
    r"\b(?:all|every|each)\s+(?:of\s+the\s+|these\s+|other\s+|protected\s+|api\s+|task\s+|\w+\s+)?"
    r"(?:end-?points?|requests?|routes?|operations?)\b.{0,60}\brequires?\b.{0,60}"
    r"\b(?:jwt|bearer|token|authenticat\w+|authoriz\w+)\b",
    re.IGNORECASE,
)
_BOLD = re.compile(r"[\s>]*(?:[-+*]\s+)?(?:\*\*|__)")
_FIELD_ITEM = re.compile(r"^[`*_]*(?P<name>[A-Za-z_][\w.-]{0,60}(?:\[\])?)[`*_]*\s*(?P<rest>.*)$")

Region = Literal["", "request", "response", "query", "path", "headers", "other"]


class Promises(NamedTuple):
    """What one operation's text says; None where it says nothing."""

    responses: tuple[Response, ...]
    body: Body | None
    parameters: tuple[Parameter, ...]
    security: tuple[Requirement, ...] | None


def promises(lines: Sequence[Line], fences: Sequence[Fence], default: tuple[Requirement, ...] | None) -> Promises:
    """Read the lines of one operation; `default` is what the document says of all operations."""
    regions = dict(_regions(lines))
    statuses = tuple(_statuses(lines))
    security = _security(lines)
    return Promises(
        responses=_with_samples(statuses, fences, regions),
        body=_request(fences, regions),
        parameters=tuple(_query_parameters(lines, regions)),
        security=default if security is None else security,
    )


def protects_all(lines: Iterable[Line]) -> tuple[Requirement, ...] | None:
    """What the introduction says of every operation: a token is needed, or None when it says nothing."""
    for line in lines:
        match = _AUTH_FIELD.match(line.text[:LINE_LIMIT])
        if match and re.search(r"\ball\b", match["value"], re.IGNORECASE) and _REQUIRED.match(match["value"]):
            return (Requirement(line.span, ("bearer",)),)
        if _ALL_PROTECTED.search(line.text[:LINE_LIMIT]):
            return (Requirement(line.span, ("bearer",)),)
    return None


def says_token(text: str) -> bool | None:
    """What the cell or value of an authentication field means; None when it is something else."""
    if _NOT_REQUIRED.match(text):
        return False
    return True if _REQUIRED.match(text) else None


def _security(lines: Sequence[Line]) -> tuple[Requirement, ...] | None:
    for line in lines:
        match = _AUTH_FIELD.match(line.text[:LINE_LIMIT])
        needed = says_token(match["value"]) if match else None
        if needed is not None:
            return (Requirement(line.span, ("bearer",)),) if needed else ()
    return None


def _regions(lines: Sequence[Line]) -> Iterator[tuple[int, Region]]:
    """The number of each line with what its nearest label above is about."""
    region: Region = ""
    for line in lines:
        if line.kind in ("heading", "text", "item"):
            region = _region_of(line, region)
        yield line.number, region


def _region_of(line: Line, current: Region) -> Region:
    text = plain(line.text[:LINE_LIMIT])
    labelled = line.kind == "heading" or bool(_BOLD.match(line.text)) or text.rstrip().endswith(":")
    match = _LABEL.match(text)
    if not labelled or match is None:
        return current
    label = match["label"].casefold()
    for word, region in _LABELS:
        if re.search(word, label):
            return region
    return "other" if line.kind == "heading" else current


_LABELS: tuple[tuple[str, Region], ...] = (
    (r"query (?:string )?param|^query$|^filters?$", "query"),
    (r"(?:path|url|request|route|uri) (?:param|variable)|^param(?:eter)?s?$", "path"),
    (r"header", "headers"),
    (r"respon[sc]|returns|success|error|failure|output|\b[2-5]\d\d\b", "response"),
    (r"request|^body|payload|^input", "request"),
    (r"example|curl|usage|validation|notes?|behaviou?r|flow|logic|processing|test", "other"),
)


def _statuses(lines: Sequence[Line]) -> Iterator[tuple[Span, str]]:
    """Each status the text names as an answer, once, where it is first named."""
    seen: set[str] = set()
    for line in lines:
        if line.kind in ("blank", "rule", "delimiter", "fence", "front"):
            continue
        if line.kind == "code" and not line.text.lstrip().startswith("HTTP/"):
            continue
        text = line.text[:LINE_LIMIT].lstrip("|") if line.kind == "row" else line.text[:LINE_LIMIT]
        for match in _STATUS.finditer(text):
            status = match["reasoned"] or match["labelled"] or match["leading"]
            if status not in seen:
                seen.add(status)
                column = line.text.find(status) + 1
                yield Span(line.number, column, line.number, column + 3), status


def _with_samples(
    statuses: tuple[tuple[Span, str], ...], fences: Sequence[Fence], regions: dict[int, Region]
) -> tuple[Response, ...]:
    """The responses; the first success takes the first sample in a response part that follows it."""
    sample = None
    success = next((span for span, status in statuses if status[0] == "2"), None)
    if success is not None:
        following = (f for f in fences if f.span.line > success.line and regions.get(f.span.line) == "response")
        fence = next(following, None)
        between = [span for span, status in statuses if status[0] != "2" and fence and span.line < fence.span.line]
        if fence is not None and not any(span.line > success.line for span in between):
            sample = _sample(fence)
    return tuple(
        Response(span, status, (sample,) if sample is not None and span == success else ()) for span, status in statuses
    )


def _request(fences: Sequence[Fence], regions: dict[int, Region]) -> Body | None:
    for fence in fences:
        if regions.get(fence.span.line) == "request":
            sample = _sample(fence)
            names = (
                {p.name for p in sample.schema.properties} if sample is not None and sample.schema is not None else ()
            )
            if sample is not None and names and not _HEADERS.issuperset(names):
                return Body(fence.span, True, (sample,))
    return None


def _sample(fence: Fence) -> Media | None:
    """The fields a JSON sample shows at its top level."""
    if fence.language not in ("json", "jsonc", "json5", "javascript", "js", ""):
        return None
    if not fence.text.lstrip().startswith(("{", "[", "/")):
        return None
    text = "\n".join(re.sub(r"(?<![:\"\w])//.*$|/\*.*?\*/", "", line) for line in fence.text.split("\n"))
    document = read_tree("\n" * fence.span.line + text)
    if document.broken or document.faults or document.root is None:
        return None
    schema = _shown(_unwrapped(document.root))
    return Media(fence.span, "application/json", schema, True) if schema is not None else None


def _unwrapped(node: Node) -> Node:
    """The body of a sample that shows a whole message: `{"headers": …, "params": …, "body": …}`."""
    if isinstance(node, Mapping) and "body" in node.pairs and len(node.pairs) > 1 and _MESSAGE.issuperset(node.pairs):
        return node.pairs["body"][1]
    return node


def _shown(node: Node, depth: int = 0) -> Schema | None:
    """The schema a sample value suggests: the fields of objects, nothing about scalars."""
    if isinstance(node, NodeSequence):
        inner = _shown(node.items[0], depth + 1) if node.items and depth < 4 else None
        return Schema(node.span, ("array",), items=inner)
    if not isinstance(node, Mapping) or depth >= 4:
        return None
    if "type" in node.pairs and "properties" in node.pairs:
        from constitution_lint.readers.contract.schemas import SchemaReader

        return SchemaReader().schema(node)
    properties = (
        Property(key.span, name, _shown(value, depth + 1) or Schema(value.span))
        for name, (key, value) in node.pairs.items()
        if re.fullmatch(r"[A-Za-z_][\w-]*", name)
    )
    return Schema(node.span, ("object",), properties=tuple(properties))


def _query_parameters(lines: Sequence[Line], regions: dict[int, Region]) -> Iterator[Parameter]:
    """Rows and items that name a parameter; what is indented below one with a description says more of it."""
    within = [line for line in lines if regions.get(line.number) == "query"]
    for table in tables(within):
        yield from _of_table(table)
    described: int | None = None
    for line in within:
        if line.kind != "item" or line.indent >= 8 or (described is not None and line.indent > described):
            continue
        parameter = _of_item(line)
        if parameter is not None:
            described = line.indent if line.text[parameter.span.end_column - 1 :].strip("`*_: ") else None
            yield parameter


def _of_table(table: Table) -> Iterator[Parameter]:
    name_column = table.column("name", "param", "field", "query") or 0
    required_column = table.column("required", "mandatory")
    for row in table.rows:
        if name_column >= len(row):
            continue
        cell = row[name_column]
        if not re.fullmatch(r"[A-Za-z_][\w.-]*", cell.text):
            continue
        told = row[required_column].text if required_column is not None and required_column < len(row) else ""
        yield Parameter(
            cell.span, cell.text, "query", bool(re.match(r"\W*(?:yes|true|required|✅|✓)", told, re.IGNORECASE))
        )


def _of_item(line: Line) -> Parameter | None:
    match = _FIELD_ITEM.match(line.body[:LINE_LIMIT])
    if match is None or not re.match(r"[:(=–—?-]|$", match["rest"]) or match["name"].casefold() in _NO_NAMES:
        return None
    column = line.text.find(match["name"]) + 1
    span = Span(line.number, column, line.number, column + len(match["name"]))
    required = bool(re.search(r"\brequired\b", match["rest"], re.IGNORECASE)) and "not required" not in match["rest"]
    return Parameter(span, match["name"], "query", required)


_MESSAGE = frozenset({"headers", "params", "query", "body", "method", "url", "path", "status", "statusCode"})
_HEADERS = frozenset({"Authorization", "Content-Type", "Accept", "Cookie"})
_NO_NAMES = frozenset(
    {"none", "note", "example", "default", "type", "description", "required", "optional", "body", "n/a"}
)
