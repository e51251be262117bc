"""The language server: open buffers go to `examine()`, its findings to the editor, a finding's card to the hover.

An edge like the command line: it holds what is open and what was last found, and decides nothing about either. Editors
that pull diagnostics are answered when they ask, all others are sent them; never both, which would show each twice.
"""

import asyncio
import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import converters, types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from constitution_lint import __version__
from constitution_lint.cache import FOLDER
from constitution_lint.engine import ConfigurationError, TargetError, examine
from constitution_lint.facts.location import utf16_column
from constitution_lint.findings import Finding, Report
from constitution_lint.incremental import Kept
from constitution_lint.reporters import lsp

PAUSE = 0.1
"""Seconds without an edit after which a repository is examined again."""
_COLUMNS: dict[str, lsp.Column] = {
    "utf-8": lambda line, column: len(line[: column - 1].encode(errors="replace")),
    "utf-16": utf16_column,
    "utf-32": lambda line, column: column - 1,
}


@dataclass
class Desk:
    """One repository that an editor has open: its buffers, the last report, and how far that is behind the edits."""

    root: Path
    buffers: dict[str, bytes] = field(default_factory=dict)
    report: Report | None = None
    kept: Kept = field(default_factory=Kept)
    """What the last examination leaves for the next, so that an edit costs what rests on it."""
    edits: int = 1
    examined: int = 0
    fault: str = ""
    """Why there is no report, as far as the user can mend it."""
    told: str = ""
    shown: set[str] = field(default_factory=set)
    waiting: asyncio.Task[None] | None = None
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    def holds(self, path: Path) -> bool:
        return path.is_relative_to(self.root)

    async def present(self) -> Report | None:
        """The report on the buffers as they are now; None where the repository cannot be examined."""
        async with self.busy:
            if self.examined != self.edits:
                edits, buffers = self.edits, dict(self.buffers)
                self.report, self.fault = await asyncio.to_thread(_examined, self.root, buffers, self.kept)
                self.examined = edits
        return self.report


def _examined(root: Path, buffers: dict[str, bytes], kept: Kept) -> tuple[Report | None, str]:
    try:
        return examine(root, overlay=buffers, kept=kept), ""
    except TargetError:
        return None, ""
    except ConfigurationError as error:
        return None, str(error)


class Server(LanguageServer):
    """The desks of one editor session, by folder."""

    def __init__(self) -> None:
        super().__init__("constitution-lint", __version__)
        self.desks: dict[Path, Desk] = {}
        self.converter = converters.get_converter()

    @property
    def pulled(self) -> bool:
        """Does the editor ask for diagnostics by itself?"""
        documents = self.client_capabilities.text_document
        return documents is not None and documents.diagnostic is not None

    def desk_of(self, uri: str) -> tuple[Desk, str] | None:
        """The repository that a file belongs to, the innermost one, and the file's path in it."""
        name = to_fs_path(uri)
        if name is None:
            return None
        try:
            path = Path(name).resolve()
        except (OSError, ValueError):
            return None
        holding = [desk for desk in self._open_folders() if desk.holds(path)]
        if not holding:
            return None
        desk = max(holding, key=lambda one: len(one.root.parts))
        return desk, path.relative_to(desk.root).as_posix()

    def _open_folders(self) -> Iterator[Desk]:
        names = [to_fs_path(uri) for uri in self.workspace.folders] or [self.workspace.root_path]
        for name in names:
            if name:
                root = Path(name).resolve()
                yield self.desks.setdefault(root, Desk(root))

    def take(self, uri: str, text: str | None) -> None:
        """A buffer as it is now; None when it was closed."""
        found = self.desk_of(uri)
        if found is None:
            return
        desk, file = found
        if text is None:
            desk.buffers.pop(file, None)
        else:
            desk.buffers[file] = text.encode(errors="surrogatepass")
        self.touch(desk)

    def touch(self, desk: Desk) -> None:
        """Something changed: examine again when the typing stops, unless the editor asks by itself."""
        desk.edits += 1
        if self.pulled:
            return
        if desk.waiting is not None:
            desk.waiting.cancel()
        desk.waiting = asyncio.get_running_loop().create_task(self._publish_later(desk))

    def look_again(self, changes: list[types.FileEvent]) -> None:
        """Files changed on the disk: what rests on them is examined again, and an editor that pulls is told to."""
        found = [self.desk_of(change.uri) for change in changes]
        desks = {id(one[0]): one[0] for one in found if one is not None and not one[1].startswith(FOLDER)}
        for desk in desks.values():
            self.touch(desk)
        workspace = self.client_capabilities.workspace
        if desks and self.pulled and workspace and workspace.diagnostics and workspace.diagnostics.refresh_support:
            self.workspace_diagnostic_refresh(None)

    async def report_of(self, desk: Desk) -> Report | None:
        """The report on a desk; a fault of its configuration is told once, since without a report nothing is shown."""
        report = await desk.present()
        if desk.fault != desk.told:
            desk.told = desk.fault
            if desk.fault:
                said = types.ShowMessageParams(types.MessageType.Error, f"constitution-lint: {desk.fault}")
                self.window_show_message(said)
        return report

    def watch(self) -> None:
        """Ask the editor to tell of files that change on the disk, where it can be asked."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching and watching.dynamic_registration:
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*")])
            registration = types.Registration(id="files", method=method, register_options=options)
            self.client_register_capability(types.RegistrationParams([registration]))

    async def _publish_later(self, desk: Desk) -> None:
        await asyncio.sleep(PAUSE)
        report = await asyncio.shield(self.report_of(desk))
        by_file = self.diagnostics(report)
        for file in sorted(desk.shown | by_file.keys()):
            uri = from_fs_path(str(desk.root / file))
            if uri is not None:
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(uri=uri, diagnostics=by_file.get(file, []))
                )
        desk.shown = set(by_file)

    def diagnostics(self, report: Report | None) -> dict[str, list[types.Diagnostic]]:
        """By file, in the units that editor and server agreed on; waived findings are not shown."""
        if report is None:
            return {}
        shown = [finding for finding in report.findings if finding.waiver is None]
        found = lsp.diagnostics(report, shown, _COLUMNS[self.workspace.position_encoding or "utf-16"])
        return {file: [self.converter.structure(one, types.Diagnostic) for one in rows] for file, rows in found.items()}


def made() -> Server:
    """A server with all it answers to."""
    server = Server()
    _follow_files(server)
    _follow_buffers(server)
    _answer(server)
    return server


def _follow_files(server: Server) -> None:
    """Files that change on the disk."""

    @server.feature(types.INITIALIZED)
    async def ready(params: types.InitializedParams) -> None:
        server.watch()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def watched(params: types.DidChangeWatchedFilesParams) -> None:
        server.look_again(list(params.changes))


def _follow_buffers(server: Server) -> None:
    """Documents that are open in the editor."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.take(params.text_document.uri, params.text_document.text)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.take(uri, server.workspace.get_text_document(uri).source)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.take(params.text_document.uri, None)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: types.DidSaveTextDocumentParams) -> None:
        found = server.desk_of(params.text_document.uri)
        if found is not None:
            server.touch(found[0])


def _answer(server: Server) -> None:
    """Requests for diagnostics, and hovers."""

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(
            identifier="constitution-lint", inter_file_dependencies=True, workspace_diagnostics=False
        ),
    )
    async def asked(params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
        found = server.desk_of(params.text_document.uri)
        items: list[types.Diagnostic] = []
        if found is not None:
            desk, file = found
            items = server.diagnostics(await server.report_of(desk)).get(file, [])
        return types.RelatedFullDocumentDiagnosticReport(items=items)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        found = server.desk_of(params.text_document.uri)
        if found is None or found[0].report is None:
            return None
        desk, file = found
        document = server.workspace.get_text_document(params.text_document.uri)
        at = document.position_codec.position_from_client_units(document.lines, params.position)
        text = card_at(desk.report, file, at.line + 1, at.character + 1)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None


def card_at(report: Report | None, file: str, line: int, column: int) -> str:
    """The cards of the findings at a place, each rule once, as Markdown; empty where there is none."""
    if report is None:
        return ""
    found = [finding for finding in report.findings if finding.location.file == file and _covers(finding, line, column)]
    return "\n\n---\n\n".join(
        dict.fromkeys(_card(finding, report) for finding in found if finding.rule in report.rules)
    )


def _covers(finding: Finding, line: int, column: int) -> bool:
    span = finding.location.span
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)


def _card(finding: Finding, report: Report) -> str:
    about = report.rules[finding.rule]
    head = f"**{finding.rule}** ({finding.severity.value}, {finding.gate})"
    return "\n\n".join((head, f"{about.title}.", about.why, about.remedy))


def serve() -> None:
    """Until the editor says that it is done; a server outlives its garbage, which a command does not."""
    gc.enable()
    made().start_io()
