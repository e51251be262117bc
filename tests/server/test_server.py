"""The language server as an editor meets it: a process, JSON-RPC over its pipes, pulled from or pushing."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_repository import CLEAN, MAIN, TREE
from trees import plant

TIMEOUT = 60
Message = dict[str, Any]


class Editor:
    """Sends requests and notifications, and keeps every message that comes."""

    def __init__(self, root: Path, capabilities: Message) -> None:
        self.root = root
        command = [sys.executable, "-m", "constitution_lint.cli", "server"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.messages: queue.Queue[Message] = queue.Queue()
        self.seen: list[Message] = []
        self.number = 0
        threading.Thread(target=self._listen, daemon=True).start()
        self.initialized = self.ask("initialize", rootUri=root.as_uri(), processId=None, capabilities=capabilities)
        self.tell("initialized")

    def _listen(self) -> None:
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            length = int(line.split(b":")[1])
            while self.process.stdout.readline().strip():
                pass
            self.messages.put(json.loads(self.process.stdout.read(length)))

    def _send(self, message: Message) -> None:
        assert self.process.stdin is not None
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.process.stdin.flush()

    def tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, **params: Any) -> Any:
        self.number += 1
        self._send({"id": self.number, "method": method, "params": params or None})
        number = self.number
        answer = self.wait(lambda message: message.get("id") == number and "method" not in message)
        assert "error" not in answer, answer
        return answer["result"]

    def wait(self, wanted: Callable[[Message], bool]) -> Message:
        while True:
            message = self.messages.get(timeout=TIMEOUT)
            self.seen.append(message)
            if wanted(message):
                return message

    def uri(self, file: str) -> str:
        return (self.root / file).as_uri()

    def open(self, file: str, text: str) -> None:
        document = {"uri": self.uri(file), "languageId": "python", "version": 1, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)

    def change(self, file: str, text: str) -> None:
        document = {"uri": self.uri(file), "version": 2}
        self.tell("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])

    def published(self, file: str) -> list[Message]:
        """The next diagnostics that are sent for a file."""
        message = self.wait(
            lambda one: (
                one.get("method") == "textDocument/publishDiagnostics" and one["params"]["uri"] == self.uri(file)
            )
        )
        found: list[Message] = message["params"]["diagnostics"]
        return found

    def pulled(self, file: str) -> list[Message]:
        found: list[Message] = self.ask("textDocument/diagnostic", textDocument={"uri": self.uri(file)})["items"]
        return found


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Callable[[Message], Editor]]:
    started: list[Editor] = []

    def start(capabilities: Message) -> Editor:
        started.append(Editor(plant(tmp_path / "a tree", TREE), capabilities))
        return started[-1]

    yield start
    for one in started:
        one.ask("shutdown")
        one.tell("exit")
        assert one.process.wait(TIMEOUT) == 0


def codes(diagnostics: list[Message]) -> set[str]:
    return {one["code"] for one in diagnostics}


def test_an_editor_that_does_not_pull_is_sent_what_is_found(editor: Callable[[Message], Editor]) -> None:
    one = editor({})
    one.open("backend/main.py", MAIN)
    assert codes(one.published("backend/main.py")) >= {"hardcoded-secret"}
    one.change("backend/main.py", CLEAN)
    assert "hardcoded-secret" not in codes(one.published("backend/main.py"))
    assert (one.root / "backend/main.py").read_text() == MAIN


def test_an_editor_that_pulls_is_sent_nothing(editor: Callable[[Message], Editor]) -> None:
    one = editor({"textDocument": {"diagnostic": {}}})
    assert one.initialized["capabilities"]["diagnosticProvider"]["interFileDependencies"] is True
    one.open("backend/main.py", MAIN)
    (secret,) = [found for found in one.pulled("backend/main.py") if found["code"] == "hardcoded-secret"]
    assert secret["range"] == {"start": {"line": 4, "character": 13}, "end": {"line": 4, "character": 43}}
    assert secret["severity"] == 1
    one.change("backend/main.py", CLEAN)
    assert "hardcoded-secret" not in codes(one.pulled("backend/main.py"))
    assert "textDocument/publishDiagnostics" not in {message.get("method") for message in one.seen}


def test_a_closed_buffer_gives_way_to_the_file(editor: Callable[[Message], Editor]) -> None:
    one = editor({"textDocument": {"diagnostic": {}}})
    one.open("backend/main.py", CLEAN)
    assert "hardcoded-secret" not in codes(one.pulled("backend/main.py"))
    one.tell("textDocument/didClose", textDocument={"uri": one.uri("backend/main.py")})
    assert "hardcoded-secret" in codes(one.pulled("backend/main.py"))


def test_columns_are_counted_as_agreed(editor: Callable[[Message], Editor]) -> None:
    one = editor({"textDocument": {"diagnostic": {}}, "general": {"positionEncodings": ["utf-8"]}})
    assert one.initialized["capabilities"]["positionEncoding"] == "utf-8"
    one.open("backend/main.py", MAIN.replace("SECRET_KEY =", '"🎉"; SECRET_KEY ='))
    (secret,) = [found for found in one.pulled("backend/main.py") if found["code"] == "hardcoded-secret"]
    assert secret["range"]["start"] == {"line": 4, "character": 13 + len('"🎉"; '.encode())}


def test_the_card_is_shown_on_hover(editor: Callable[[Message], Editor]) -> None:
    one = editor({"textDocument": {"diagnostic": {}}})
    one.open("backend/main.py", MAIN)
    one.pulled("backend/main.py")
    document = {"uri": one.uri("backend/main.py")}
    shown = one.ask("textDocument/hover", textDocument=document, position={"line": 4, "character": 20})
    assert shown["contents"]["kind"] == "markdown"
    assert shown["contents"]["value"].startswith("**hardcoded-secret** (error, security-first)")
    assert one.ask("textDocument/hover", textDocument=document, position={"line": 2, "character": 0}) is None


def test_a_faulty_configuration_is_told_and_files_on_the_disk_are_watched(editor: Callable[[Message], Editor]) -> None:
    watched = {"didChangeWatchedFiles": {"dynamicRegistration": True}, "diagnostics": {"refreshSupport": True}}
    one = editor({"textDocument": {"diagnostic": {}}, "workspace": watched})
    one.wait(lambda message: message.get("method") == "client/registerCapability")
    one.open("backend/main.py", MAIN)
    assert one.pulled("backend/main.py")
    configuration = one.root / "constitution-lint.toml"
    configuration.write_text("selct = []")
    one.tell("workspace/didChangeWatchedFiles", changes=[{"uri": one.uri("constitution-lint.toml"), "type": 1}])
    one.wait(lambda message: message.get("method") == "workspace/diagnostic/refresh")
    assert one.pulled("backend/main.py") == []
    (said,) = [message["params"] for message in one.seen if message.get("method") == "window/showMessage"]
    fault = 'constitution-lint.toml:1: unknown key "selct"; did you mean "select"?'
    assert said == {"type": 1, "message": f"constitution-lint: {fault}"}
    configuration.unlink()
    one.tell("workspace/didChangeWatchedFiles", changes=[{"uri": one.uri("constitution-lint.toml"), "type": 3}])
    assert "hardcoded-secret" in codes(one.pulled("backend/main.py"))


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "git:/a/b?x", "file:///%00", "", "http://x/y.py"])
def test_odd_addresses_have_no_diagnostics(editor: Callable[[Message], Editor], uri: str) -> None:
    one = editor({"textDocument": {"diagnostic": {}}})
    one.tell("textDocument/didOpen", textDocument={"uri": uri, "languageId": "python", "version": 1, "text": "x = 1"})
    assert one.ask("textDocument/diagnostic", textDocument={"uri": uri})["items"] == []


def test_edits_are_taken_piece_by_piece(editor: Callable[[Message], Editor]) -> None:
    one = editor({"textDocument": {"diagnostic": {}}})
    one.open("backend/main.py", MAIN)
    above = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    literal = {"start": {"line": 5, "character": 13}, "end": {"line": 5, "character": 43}}
    document = {"uri": one.uri("backend/main.py"), "version": 2}
    changes = [{"range": above, "text": "# 🎉\n"}, {"range": literal, "text": "read_setting()"}]
    one.tell("textDocument/didChange", textDocument=document, contentChanges=changes[:1])
    (secret,) = [found for found in one.pulled("backend/main.py") if found["code"] == "hardcoded-secret"]
    assert secret["range"] == literal
    one.tell("textDocument/didChange", textDocument=document, contentChanges=changes[1:])
    assert "hardcoded-secret" not in codes(one.pulled("backend/main.py"))


def test_what_lies_outside_has_no_diagnostics(editor: Callable[[Message], Editor]) -> None:
    one = editor({"textDocument": {"diagnostic": {}}})
    one.open("../elsewhere.py", MAIN)
    assert one.pulled("../elsewhere.py") == []


def test_the_server_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from constitution_lint import cli

    monkeypatch.setitem(sys.modules, "constitution_lint.server", None)
    assert cli.run(["server"]) == 2
    assert "the server needs" in capsys.readouterr().err
