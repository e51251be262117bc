"""From the survey to facts: each file's bytes go to its reader, unless the cache kept what that made of them."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar, cast

import msgspec

from constitution_lint import forking
from constitution_lint.cache import Cache, content_key
from constitution_lint.discovery.kinds import Kind
from constitution_lint.discovery.survey import Survey
from constitution_lint.exposed_credentials import exposures_of
from constitution_lint.facts.code import CodeFacts
from constitution_lint.facts.contract import ContractFacts
from constitution_lint.facts.document import DocumentFacts
from constitution_lint.facts.location import START, Location
from constitution_lint.facts.manifest import ManifestFacts
from constitution_lint.facts.source import Exposure, Source, Unreadable, is_no_text
from constitution_lint.facts.web import WebFacts
from constitution_lint.findings import UnreadableFile
from constitution_lint.load_balancing import share_of_second
from constitution_lint.regular_files import read_regular
from constitution_lint.workspace import FileState

Facts = CodeFacts | DocumentFacts | ContractFacts | WebFacts | ManifestFacts
Decoder = msgspec.msgpack.Decoder[Facts]
Decoders = dict[Kind, Decoder]

_FORMS: dict[Kind, type[Facts]] = {
    "python": CodeFacts,
    "markdown": DocumentFacts,
    "contract": ContractFacts,
    "typescript": WebFacts,
    "manifest": ManifestFacts,
}
_SAMPLE = 4_096
_LARGEST: dict[Kind, int] = {
    "python": 2_000_000,
    "typescript": 2_000_000,
    "markdown": 8_000_000,
    "contract": 16_000_000,
    "manifest": 32_000_000,
}
"""Bytes beyond which a file was not written by hand; reading it would cost more than all others together."""
_EMBEDDED = re.compile(rb"(\"\"\"|''')[\s\S]*?\1")
_BULK = 65_536
"""Bytes from which a literal in triple quotes is data that a program carries, which costs nothing to read."""


class Reader(Protocol):
    def __call__(self, source: Source, /) -> Facts: ...


class FileReading(NamedTuple):
    """What one file gave: its facts, or none, with what of it could not be read; whether it holds a waiver mark."""

    facts: Facts | None
    lost: tuple[UnreadableFile, ...] = ()
    is_marked: bool = False
    exposures: tuple[Exposure, ...] = ()


Stamp = FileState | bytes
"""What tells that a file did not change: its state on disk; of an open buffer all it holds."""
Earlier = dict[str, tuple[Stamp, FileReading]]


@dataclass
class Reading:
    """Facts by path for each reader, in sorted order, and everything that could not be read."""

    facts: dict[Kind, dict[str, Facts]] = field(default_factory=lambda: {kind: {} for kind in _FORMS})
    unreadable: list[UnreadableFile] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    """Files that hold a waiver mark."""
    exposures: list[Exposure] = field(default_factory=list)
    files: Earlier = field(default_factory=dict)


class Shelf:
    """The bytes of the target's files, open editor buffers in front of what is on disk."""

    def __init__(self, root: Path, overlay: Mapping[str, bytes]) -> None:
        self.root = root
        self.overlay = overlay

    def data(self, path: str) -> bytes:
        """Raises OSError when the file is gone or may not be read."""
        return self.overlay[path] if path in self.overlay else read_regular(self.root / path)


def read_all(survey: Survey, shelf: Shelf, cache: Cache, earlier: Earlier | None = None) -> Reading:
    """Read every file that has a reader. Nothing a file holds can stop this; what fails becomes unreadable.

    `earlier` is what the last reading of the same target left: a file that did not change since is not read again.
    """
    reading = Reading()
    reading.unreadable += [_lost(path, reason) for path, reason in sorted(survey.unreadable.items())]
    decoders: Decoders = {kind: msgspec.msgpack.Decoder(form) for kind, form in _FORMS.items()}
    apart = {} if earlier else _read_apart(survey, shelf, cache, decoders)
    for path, kind in survey.kinds.items():
        stamp = shelf.overlay.get(path, survey.files[path])
        known = earlier.get(path) if earlier else None
        if known is not None and known[0] == stamp:
            found = known[1]
        else:
            found = apart.get(path) or _read(path, kind, shelf, cache, decoders[kind])
            if known is not None and known[1].facts == found.facts:
                found = found._replace(facts=known[1].facts)
        reading.files[path] = (stamp, found)
        if found.facts is not None:
            reading.facts[kind][path] = found.facts
        reading.unreadable += found.lost
        reading.marked += [path] if found.is_marked else []
        reading.exposures += found.exposures
    reading.unreadable.sort(key=lambda lost: (lost.location, lost.reason))
    return reading


def _read_apart(survey: Survey, shelf: Shelf, cache: Cache, decoders: Decoders) -> dict[str, FileReading]:
    """What this process read of a target that is not known yet, while a second one read the rest into the cache.

    Nothing where one process is as good.
    """
    if shelf.overlay or not forking.may_start() or not cache.is_empty:
        return {}
    rest = share_of_second(survey)
    second = forking.start(lambda: msgspec.msgpack.encode(_facts_by_key(rest, survey, shelf))) if rest else None
    if second is None:
        return {}
    try:
        found = {
            path: _read(path, kind, shelf, cache, decoders[kind])
            for path, kind in survey.kinds.items()
            if path not in rest
        }
    except BaseException:
        second.give_up()
        raise
    cache.adopt(second.result())
    return found


def _facts_by_key(paths: Iterable[str], survey: Survey, shelf: Shelf) -> dict[str, msgspec.Raw]:
    """Facts as the cache keeps them. A file that fails is left to the first process, which knows what to say of it."""
    found = {}
    for path in paths:
        kind = survey.kinds[path]
        source = _source(path, kind, shelf)
        if isinstance(source, Source):
            with suppress(Exception):
                found[content_key(kind, path, source.data)] = msgspec.Raw(_encoded(reader_of(kind)(source))[1])
    return found


def _source(path: str, kind: Kind, shelf: Shelf) -> Source | UnreadableFile:
    try:
        data = shelf.data(path)
    except OSError as error:
        return _lost(path, f"cannot be opened ({error.strerror or type(error).__name__})")
    if _is_too_large(kind, data):
        return _lost(path, f"larger than {_LARGEST[kind] // 1_000_000} MB")
    if kind == "markdown" and is_no_text(data[:_SAMPLE]):
        return _lost(path, "is no text")
    return Source(path, data)


def _read(path: str, kind: Kind, shelf: Shelf, cache: Cache, decoder: Decoder) -> FileReading:
    source = _source(path, kind, shelf)
    if isinstance(source, UnreadableFile):
        return FileReading(None, (source,))
    is_marked, exposures = b"constitution:" in source.data, exposures_of(source, kind)
    try:
        facts = _read_or_recall(source, kind, cache, decoder)
    except Exception as error:
        lost = _lost(path, f"the reader failed on it ({type(error).__name__}: {error})")
        return FileReading(None, (lost,), is_marked, exposures)
    losses = tuple(UnreadableFile(Location(path, lost.span), lost.reason) for lost in _losses(facts))
    return FileReading(facts, losses, is_marked, exposures)


def _is_too_large(kind: Kind, data: bytes) -> bool:
    """Beyond the limit of its kind; a program is weighed without the data it carries, up to twice its limit."""
    limit = _LARGEST[kind]
    if kind != "python" or not limit < len(data) <= 2 * limit:
        return len(data) > limit
    carried = (len(literal[0]) for literal in _EMBEDDED.finditer(data))
    return len(data) - sum(size for size in carried if size >= _BULK) > limit


def _read_or_recall(source: Source, kind: Kind, cache: Cache, decoder: Decoder) -> Facts:
    key = content_key(kind, source.path, source.data)
    known = cache.fact(key)
    if known is not None:
        return decoder.decode(known)
    facts, data = _encoded(reader_of(kind)(source))
    cache.keep(key, data)
    return facts


def _encoded(facts: Facts) -> tuple[Facts, bytes]:
    """Facts as they can be kept, and as they are kept."""
    try:
        return facts, msgspec.msgpack.encode(facts)
    except UnicodeEncodeError:
        facts = encodable(facts)
        return facts, msgspec.msgpack.encode(facts)


FactT = TypeVar("FactT")


def encodable(fact: FactT) -> FactT:
    """A fact without the halves of surrogate pairs that escapes may write ("\\ud800"): they are no text elsewhere."""
    if isinstance(fact, str):
        return cast(FactT, fact.encode(errors="replace").decode())
    if isinstance(fact, tuple):
        return cast(FactT, tuple(encodable(part) for part in fact))
    if isinstance(fact, dict):
        return cast(FactT, {encodable(key): encodable(value) for key, value in fact.items()})
    if isinstance(fact, msgspec.Struct):
        parts = {name: encodable(getattr(fact, name)) for name in fact.__struct_fields__}
        return cast(FactT, msgspec.structs.replace(fact, **parts))
    return fact


def reader_of(kind: Kind) -> Reader:
    """The reader of a kind, imported when its first file comes: a run without changes needs none of their libraries."""
    reader: Reader = import_module(f"constitution_lint.readers.{kind}").read
    return reader


def _losses(facts: Facts) -> tuple[Unreadable, ...]:
    return facts.unreadable


def _lost(path: str, reason: str) -> UnreadableFile:
    return UnreadableFile(Location(path, START), reason)
