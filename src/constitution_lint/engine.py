"""The whole way from a folder to a report: survey, reading, linking, gates, judge. Every entry point calls it."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from constitution_lint.cache import Cache, Remembered
from constitution_lint.config import ConfigurationError, Overrides
from constitution_lint.findings import Report
from constitution_lint.suggestions import did_you_mean
from constitution_lint.workspace import FileState

if TYPE_CHECKING:
    from constitution_lint.catalogue import Catalogue
    from constitution_lint.config import Settings
    from constitution_lint.discovery.survey import Survey
    from constitution_lint.incremental import Kept
    from constitution_lint.judge.baseline import Baseline
    from constitution_lint.model.project import Project
    from constitution_lint.reading import Shelf

__all__ = ["ConfigurationError", "Overrides", "TargetError", "examine", "load"]


_AS_CONFIGURED = Overrides()


class TargetError(Exception):
    """The target cannot be examined at all; the message is one sentence."""


def examine(
    root: Path | str,
    overrides: Overrides = _AS_CONFIGURED,
    *,
    cache: bool = True,
    today: date | None = None,
    overlay: Mapping[str, bytes] | None = None,
    new_since: str | None = None,
    kept: Kept | None = None,
) -> Report:
    """Examine the ten gates of a repository.

    `overlay` gives open buffers by path relative to the root; `new_since` is a revision of git: only findings on lines
    changed since its merge base are shown; `kept` is what the last examination of the repository left for the next.
    Raises `TargetError`, `ConfigurationError`.
    """
    folder = _folder(root)
    day = today or date.today()
    store = _store(folder, cache, overlay) if kept is None else kept.store(folder, cache)
    key = _key(store.tool, folder, overrides, day) if store.folder and kept is None else ""
    remembered = store.report()
    if remembered is not None and remembered.still_holds(folder, key):
        report = remembered.report
    else:
        with _uncollected():
            report = _examine(folder, overrides, store, key, day, overlay or {}, kept)
    if new_since is None:
        return report
    from constitution_lint.changes import only_new

    return only_new(report, folder, new_since)


def load(
    root: Path | str,
    overrides: Overrides = _AS_CONFIGURED,
    *,
    cache: bool = True,
    overlay: Mapping[str, bytes] | None = None,
) -> Project:
    """The linked project, for commands that show what was understood. Raises as `examine` does."""
    from constitution_lint.incremental import Kept

    folder = _folder(root)
    store = _store(folder, cache, overlay)
    with _uncollected():
        linked = _link(folder, overrides, store, overlay or {}, Kept(single=True))
        store.save_facts()
    return linked.project


def _store(root: Path, cache: bool, overlay: Mapping[str, bytes] | None) -> Cache:
    return Cache.to_read(root) if cache and overlay else Cache.open(root, cache)


class _Linked(NamedTuple):
    project: Project
    catalogue: Catalogue
    survey: Survey
    shelf: Shelf
    marked: tuple[str, ...]


def _examine(
    root: Path,
    overrides: Overrides,
    store: Cache,
    key: str,
    today: date,
    overlay: Mapping[str, bytes],
    earlier: Kept | None,
) -> Report:
    from constitution_lint.incremental import Kept
    from constitution_lint.judge import Case, judge
    from constitution_lint.judge.outcomes import examine_gates
    from constitution_lint.model.documents.claims import claims_of
    from constitution_lint.model.unmatched_settings import idle_declarations

    kept = earlier or Kept(single=True)
    linked = _link(root, overrides, store, overlay, kept)
    project, survey = linked.project, linked.survey
    baseline = _baseline(root, project.settings)
    outcomes = examine_gates(project, linked.catalogue, frozenset(project.settings.ignore))
    store.save_facts()
    case = Case(
        project=project,
        catalogue=linked.catalogue,
        outcomes=outcomes,
        claims=claims_of(project),
        kinds=survey.kinds,
        texts=kept.texts_of(linked.shelf.data),
        marked=linked.marked,
        today=today,
        baseline=baseline,
        notes=tuple(note for note in (store.note, *linked.catalogue.faults, *idle_declarations(project)) if note),
    )
    report = judge(case)
    if earlier is not None:
        earlier.settle()
    store.remember(Remembered(key, survey.folders, _inputs(survey, project.settings, root), report))
    return report


def _link(root: Path, overrides: Overrides, store: Cache, overlay: Mapping[str, bytes], kept: Kept) -> _Linked:
    from constitution_lint import config
    from constitution_lint.findings import GATES
    from constitution_lint.linking import link
    from constitution_lint.reading import Shelf, read_all

    catalogue = kept.catalogue = kept.catalogue or _catalogue(store)
    names = (*catalogue.cards, *GATES)
    settings = overrides.over(config.Settings() if overrides.no_config else config.load(root, names))
    _check_names(overrides, names)
    survey = kept.survey(root, settings, overlay)
    if not survey.kinds and not overlay:
        store.withdraw()
        raise TargetError(f"nothing to examine in {root}: no plan, no contract, no source file")
    shelf = Shelf(root, overlay)
    reading = read_all(survey, shelf, store, kept.files)
    aliases = catalogue.aliases(settings.gate_aliases)
    project = link(survey.workspace, settings, aliases, reading, kept.project, lasting=not kept.single)
    kept.project, kept.files = project, reading.files
    return _Linked(project, catalogue, survey, shelf, tuple(reading.marked))


def _folder(root: Path | str) -> Path:
    folder = Path(root)
    if not folder.exists():
        raise TargetError(f"{root} does not exist")
    if not folder.is_dir():
        raise TargetError(f"{root} is a file; name the folder of a repository")
    return folder.resolve()


def _key(tool: str, root: Path, overrides: Overrides, today: date) -> str:
    """Names all that a report depends on and the files do not show; git's index shows in how many files it tracks."""
    from constitution_lint.discovery.git_index import count_tracked

    asked = msgspec.json.encode(overrides).decode()
    parts = (tool, str(root), asked, today.isoformat(), str(count_tracked(root)))
    return blake2b("\0".join(parts).encode(errors="replace"), digest_size=16).hexdigest()


def _catalogue(store: Cache) -> Catalogue:
    """The cards, as an earlier run of the same tool parsed them where there was one."""
    from constitution_lint.catalogue import Catalogue, load

    known = store.fact("catalogue")
    if known is not None:
        return msgspec.msgpack.decode(known, type=Catalogue)
    catalogue = load()
    store.keep("catalogue", msgspec.msgpack.encode(catalogue))
    return catalogue


def _check_names(overrides: Overrides, known: tuple[str, ...]) -> None:
    for option, names in (("--select", overrides.select), ("--ignore", overrides.ignore)):
        for name in names:
            if name not in known:
                raise ConfigurationError(f'{option}: unknown rule or gate "{name}"{did_you_mean(name, known)}')


def _baseline(root: Path, settings: Settings) -> Baseline:
    from constitution_lint.judge.baseline import Baseline, BaselineError

    if not settings.baseline:
        return Baseline()
    try:
        return Baseline.read(root / settings.baseline, settings.baseline)
    except BaselineError as error:
        raise ConfigurationError(str(error)) from None


def _inputs(survey: Survey, settings: Settings, root: Path) -> dict[str, FileState]:
    """The state of every file the report depends on: those kept, and those that the settings came from."""
    states = dict(survey.files)
    for name in filter(None, (settings.file, settings.baseline)):
        if (root / name).is_file():
            found = (root / name).stat()
            states[name] = FileState(found.st_mtime_ns, found.st_size)
    return states


@contextmanager
def _uncollected() -> Iterator[None]:
    """No cyclic collection meanwhile: facts are many, live to the end, and hold no cycles."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
