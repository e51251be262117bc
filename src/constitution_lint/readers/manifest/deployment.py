"""Part of the manifest reader: what is deployed. Dockerfiles, and YAML or JSON of compose, Kubernetes, Helm and hosts.

Templates of Helm are no YAML until they are rendered; such files are read line by line.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from constitution_lint.facts.location import Span
from constitution_lint.facts.manifest import (
    Dependency,
    Entry,
    Image,
    Include,
    ManifestFacts,
    ManifestKind,
    Script,
    Variable,
)
from constitution_lint.facts.source import Source, Unreadable
from constitution_lint.readers.contract.json_tree import read_json_tree
from constitution_lint.readers.contract.nodes import Document, Mapping, Node, Scalar, Sequence, read_tree
from constitution_lint.readers.manifest.requirement import requirement
from constitution_lint.readers.manifest.toml import read_toml
from constitution_lint.readers.manifest.variables import variable

_LARGEST = 400_000
"""Characters beyond which a YAML file is generated (custom resource definitions) and read by its lines alone."""
_MOST_DOCUMENTS = 200
_DEEPEST = 40
_DOCUMENT_START = re.compile(r"^---(?:[ \t].*)?$", re.M)
_NAME = re.compile(r"[A-Z][A-Z0-9_]+")
_PAIR = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)$", re.S)
_IMAGE_LINE = re.compile(r"""^[ \t-]*image:[ \t]*["']?(?P<image>[^\s"'#{]+)""", re.M)
_NAME_LINE = re.compile(r"""^[ \t]*-[ \t]*name:[ \t]*["']?(?P<name>[A-Z][A-Z0-9_]+)["']?[ \t]*$""", re.M)
_KEY_LINE = re.compile(r"""^[ \t]+(?P<name>[A-Z][A-Z0-9_]+):[ \t]*(?P<value>.*)$""", re.M)
_INSTRUCTION = re.compile(r"[ \t]*(?P<name>[A-Za-z]+)[ \t]+(?P<rest>.*)$", re.S)
_FROM = re.compile(r"(?:--\S+\s+)*(?P<image>\S+)(?:\s+as\s+(?P<stage>\S+))?", re.I)
_INSTALL = re.compile(r"\b(?:uv[ \t]+)?pip3?[ \t]+install[ \t]+(?P<words>[^&|;\n]+)")
_OPTION_WITH_FILE = re.compile(
    r"-[rc]|--requirement|--constraint|--index-url|--extra-index-url|-i|--target|-t|--prefix"
)
_PROCESS = re.compile(r"^(?P<name>[A-Za-z][\w-]*):[ \t]*(?P<command>.+)$", re.M)


class _Place(NamedTuple):
    """Where a node stands: the line offset of its document, the service it belongs to, how deep."""

    offset: int = 0
    owner: str = ""
    depth: int = 0


def read_structured(source: Source, kind: ManifestKind) -> ManifestFacts:
    """Compose, Kubernetes, Helm values, and the files of hosts, in YAML, JSON or TOML."""
    if source.path.lower().endswith(".toml"):
        toml = read_toml(source.text)
        return _facts(kind, list(_entries(toml.root, _Place())), toml.fault)
    if source.path.lower().endswith(".json"):
        tree = read_json_tree(source.text)
        fault = Unreadable(Span(1, 1, 1, 1), "the file is not valid JSON")
        return _facts(kind, list(_entries(tree.root, _Place())) if tree and tree.root else [], None if tree else fault)
    if "{{" in source.text or len(source.text) > _LARGEST:
        return _facts(kind, list(_by_lines(source)), None)
    return _documents(source, kind)


def _documents(source: Source, kind: ManifestKind) -> ManifestFacts:
    """The documents of a YAML stream; from a broken one the lines that keep the usual form."""
    starts = [0, *(match.start() for match in _DOCUMENT_START.finditer(source.text))][:_MOST_DOCUMENTS]
    entries: list[Entry] = []
    for start, end in zip(starts, [*starts[1:], len(source.text)], strict=True):
        document = read_tree(source.text[start:end])
        offset = source.index.position(start)[0] - 1
        if document.broken:
            return _facts(kind, list(_by_lines(source)), _fault(document, offset))
        if document.root is not None:
            entries += _entries(document.root, _Place(offset))
    return _facts(kind, entries, None)


def _fault(document: Document, offset: int) -> Unreadable:
    fault = document.faults[-1]
    return Unreadable(_moved(fault.span, offset), fault.message)


def _facts(kind: ManifestKind, entries: list[Entry], fault: Unreadable | None) -> ManifestFacts:
    return ManifestFacts(
        kind=kind,
        images=tuple(sorted({entry for entry in entries if isinstance(entry, Image)})),
        variables=tuple(sorted({entry for entry in entries if isinstance(entry, Variable)})),
        includes=tuple(sorted({entry for entry in entries if isinstance(entry, Include)})),
        unreadable=(fault,) if fault else (),
    )


def _entries(node: Node, place: _Place) -> Iterator[Entry]:
    """Images and variables at any depth: by the key `image`, and wherever names stand as variables do."""
    if place.depth > _DEEPEST:
        return
    inner = place._replace(depth=place.depth + 1)
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _entries(item, inner)
    elif isinstance(node, Mapping):
        yield from _of_mapping(node, inner)


def _of_mapping(node: Mapping, place: _Place) -> Iterator[Entry]:
    name = node.text("name")
    if _NAME.fullmatch(name) and (node.get("value") or node.get("valueFrom") or node.get("key")):
        value = node.get("value")
        span = _moved(node.pairs["name"][1].span, place.offset)
        yield variable(name, value.text if isinstance(value, Scalar) else None, span, place.owner)
    for key, (at, value) in node.pairs.items():
        span = _moved(at.span, place.offset)
        if key == "image":
            yield from _image(value, span, place)
        elif key in ("environment", "env") and isinstance(value, Sequence):
            yield from _listed(value, place)
        elif key == "env_file":
            yield from _files(value, place)
        elif isinstance(value, Scalar) and _NAME.fullmatch(key) and len(key) > 2:
            yield variable(key, value.text, span, place.owner)
        if key == "services" and isinstance(value, Mapping):
            for service, (_, body) in value.pairs.items():
                yield from _entries(body, place._replace(owner=service))
        elif key not in ("image", "env_file"):
            yield from _entries(value, place)


def _image(value: Node, span: Span, place: _Place) -> Iterator[Entry]:
    if isinstance(value, Scalar):
        yield Image(span, value.text, place.owner)
    elif isinstance(value, Mapping) and value.text("repository"):
        tag = value.text("tag")
        yield Image(span, f"{value.text('repository')}:{tag}" if tag else value.text("repository"), place.owner)


def _listed(values: Sequence, place: _Place) -> Iterator[Entry]:
    """`- NAME=value` and `- NAME`."""
    for item in values.items:
        if isinstance(item, Scalar):
            name, given, value = item.text.partition("=")
            if re.fullmatch(r"[A-Za-z_]\w*", name):
                yield variable(name, value if given else None, _moved(item.span, place.offset), place.owner)


def _files(value: Node, place: _Place) -> Iterator[Entry]:
    for item in value.items if isinstance(value, Sequence) else [value]:
        named = item.get("path") if isinstance(item, Mapping) else item
        if isinstance(named, Scalar):
            yield Include(_moved(named.span, place.offset), named.text)


def _by_lines(source: Source) -> Iterator[Entry]:
    index = source.index
    for match in _IMAGE_LINE.finditer(source.text):
        yield Image(index.span(match.start("image"), match.end("image")), match["image"])
    for match in _NAME_LINE.finditer(source.text):
        yield Variable(index.span(match.start("name"), match.end("name")), match["name"])
    for match in _KEY_LINE.finditer(source.text):
        value = match["value"].strip().strip("\"'")
        yield variable(match["name"], value, index.span(match.start("name"), match.end("name")))


def _moved(span: Span, offset: int) -> Span:
    return msgspec.structs.replace(span, line=span.line + offset, end_line=span.end_line + offset)


def read_dockerfile(source: Source) -> ManifestFacts:
    """A Dockerfile: base images, variables, the packages that `pip install` names, and what each stage starts."""
    entries: list[Entry] = []
    stages: set[str] = set()
    stage = ""
    for number, text in _instructions(source):
        match = _INSTRUCTION.match(text)
        if match:
            span = Span.of_line(number, source.index.line(number))
            name, rest = match["name"].upper(), match["rest"].strip()
            entries += _of_instruction(name, rest, span, stages)
            if name == "FROM" and (begun := _FROM.match(rest)):
                stage = (begun["stage"] or "").lower()
            elif name in ("CMD", "ENTRYPOINT"):
                entries.append(Script(span, stage or name, rest))
    return ManifestFacts(
        kind="dockerfile",
        dependencies=tuple(entry for entry in entries if isinstance(entry, Dependency)),
        images=tuple(entry for entry in entries if isinstance(entry, Image)),
        variables=tuple(entry for entry in entries if isinstance(entry, Variable)),
        scripts=tuple(entry for entry in entries if isinstance(entry, Script)),
    )


def _instructions(source: Source) -> Iterator[tuple[int, str]]:
    """The first line and the joined text of each instruction."""
    waiting: list[str] = []
    begun = 0
    for number in range(1, len(source.index.starts) + 1):
        text = source.index.line(number)
        if text.lstrip().startswith("#"):
            continue
        begun = begun if waiting else number
        waiting.append(text.rstrip().removesuffix("\\"))
        if not text.rstrip().endswith("\\"):
            yield begun, "\n".join(waiting)[:20_000]
            waiting = []


def _of_instruction(name: str, rest: str, span: Span, stages: set[str]) -> Iterator[Entry]:
    if name == "FROM" and (match := _FROM.match(rest)):
        if match["image"].lower() not in stages:
            yield Image(span, match["image"], match["stage"] or "")
        stages.add((match["stage"] or "").lower())
    elif name in ("ENV", "ARG"):
        pairs = re.findall(r"""(\w+)=("[^"]*"|'[^']*'|\S*)""", rest)
        if not pairs and re.match(r"[A-Za-z_]\w*", rest):
            key, _, value = rest.partition(" ")
            pairs = [(key, value)]
        for key, value in pairs:
            yield variable(key, value.strip("\"'"), span)
    elif name == "RUN":
        yield from _installed(rest, span)


def _installed(command: str, span: Span) -> Iterator[Dependency]:
    """The packages of `pip install a b`; files and options are left out."""
    for match in _INSTALL.finditer(command):
        words = iter(match["words"].split())
        for word in words:
            if _OPTION_WITH_FILE.fullmatch(word):
                next(words, None)
            elif not word.startswith(("-", ".", "/", "$", "\\")):
                found = requirement(word.strip("\"'"), span)
                if found is not None:
                    yield found


def read_procfile(source: Source) -> ManifestFacts:
    """A Procfile: processes and their commands."""
    found = [
        Script(source.index.span(match.start("name"), match.end("name")), match["name"], match["command"].strip())
        for match in _PROCESS.finditer(source.text)
    ]
    return ManifestFacts(scripts=tuple(found))
