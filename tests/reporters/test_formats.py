"""What the readers of each format demand, asked of the format itself: schemas, limits, escapes, columns."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from jsonschema import Draft4Validator
from lsprotocol import converters, types
from sample import CLEAN, CODE, FINDINGS, LOOK, PLAN, SOURCES, report

from constitution_lint.facts.location import Location, Span
from constitution_lint.findings import Severity
from constitution_lint.reporters import github, markdown, render, sarif
from constitution_lint.reporters.line_hashes import line_hashes

SCHEMAS = Path(__file__).parent / "schemas"
ALL = replace(LOOK, show_waived=True)


def document(form: str, look: Any = LOOK) -> Any:
    return json.loads(render(form, report(), look))


def many(count: int, severity: Severity = Severity.ERROR) -> Any:
    """A report with so many findings of one rule."""
    one = FINDINGS[0]
    return report(
        tuple(
            msgspec.structs.replace(
                one, severity=severity, location=Location(CODE, Span(number, 1, number, 2)), fingerprint=str(number)
            )
            for number in range(1, count + 1)
        )
    )


# --- SARIF ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", [LOOK, ALL, replace(LOOK, prefix="sub dir/")])
def test_sarif_is_valid(look: Any) -> None:
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    found = list(Draft4Validator(schema).iter_errors(document("sarif", look)))
    assert [error.message for error in found] == []


def test_sarif_has_all_that_code_scanning_asks_for() -> None:
    (run,) = document("sarif")["runs"]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}


def test_sarif_leaves_waived_findings_out() -> None:
    assert "hardcoded-secret" not in {result["ruleId"] for result in document("sarif")["runs"][0]["results"]}
    waived = [one for one in document("sarif", ALL)["runs"][0]["results"] if "suppressions" in one]
    assert [one["suppressions"][0]["justification"] for one in waived] == ["a demo, see #12"]


def test_sarif_counts_columns_in_utf_16() -> None:
    region = document("sarif")["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    line = SOURCES[CODE].splitlines()[4].encode("utf-16-le")
    named = line[(region["startColumn"] - 1) * 2 : (region["endColumn"] - 1) * 2].decode("utf-16-le")
    assert named == "session.get(Task, task_id)"


def test_sarif_tells_what_could_not_be_read() -> None:
    notifications = document("sarif")["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notifications[0]["message"]["text"] == "could not be read: invalid syntax, at <x>"
    assert notifications[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "backend/broken.py"


def test_sarif_paths_are_relative_uris() -> None:
    def uri(prefix: str) -> str:
        look = replace(LOOK, prefix=prefix)
        place = document("sarif", look)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        return str(place["artifactLocation"]["uri"])

    assert uri("") == "backend/app%20%26%20co/t%C3%A2ches.py"
    assert uri("sub/") == "sub/backend/app%20%26%20co/t%C3%A2ches.py"
    assert uri("/srv/x/") == uri("")


def test_sarif_keeps_within_what_github_takes() -> None:
    run = json.loads(sarif.render(many(sarif.MOST_RESULTS + 3), LOOK))["runs"][0]
    assert len(run["results"]) == sarif.MOST_RESULTS
    said = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert said.startswith("3 more findings are left out")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_line_hashes_are_those_of_the_codeql_action(end: str) -> None:
    """The values are those that its own tests expect, for each kind of line end."""
    text = " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n".replace("\n", end)
    assert line_hashes(text) == [
        "e9496ae3ebfced30:1",
        "fb7c023a8b9ccb3f:1",
        "ce8ba1a563dcdaca:1",
        "e20e36e16fcb0cc8:1",
        "b3edc88f2938467e:1",
        "c8e28b0b4002a3a0:1",
        "c129715d7a2bc9a3:1",
    ]


def test_line_hashes_tell_equal_lines_apart() -> None:
    assert line_hashes("Lorem ipsum dolor sit amet.\n" * 10)[:7] == [
        *(f"a7f2ff13bc495cf2:{number}" for number in range(1, 7)),
        "a7f2ff1481e87703:1",
    ]


# --- editors ----------------------------------------------------------------------------------------------------------


def test_lsp_is_what_lsprotocol_takes() -> None:
    converter = converters.get_converter()
    files = [converter.structure(one, types.PublishDiagnosticsParams) for one in document("lsp")]
    by_uri = {one.uri: one.diagnostics for one in files}
    (found,) = by_uri["file:///srv/a%20project/backend/app%20%26%20co/t%C3%A2ches.py"]
    assert found.range.start == types.Position(4, 26)
    assert found.severity == types.DiagnosticSeverity.Error
    assert found.related_information is not None
    assert found.related_information[0].message == "the way in"


def test_lsp_lists_a_named_file_without_findings() -> None:
    look = replace(LOOK, named=("clean.py",))
    assert {"uri": "file:///srv/a%20project/clean.py", "diagnostics": []} in json.loads(render("lsp", CLEAN, look))


def test_rdjson_counts_columns_in_bytes() -> None:
    place = document("rdjson")["diagnostics"][0]["location"]["range"]
    line = SOURCES[CODE].splitlines()[4].encode()
    assert line[place["start"]["column"] - 1 : place["end"]["column"] - 1] == b"session.get(Task, task_id)"


# --- servers ----------------------------------------------------------------------------------------------------------


def test_gitlab_fingerprints_are_unique() -> None:
    issues = document("gitlab", ALL)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(FINDINGS)
    assert {issue["severity"] for issue in issues} <= {"info", "minor", "major", "critical", "blocker"}
    assert all(issue["location"]["lines"]["begin"] >= 1 for issue in issues)


@pytest.mark.parametrize("look", [LOOK, ALL])
def test_junit_counts_are_those_of_its_cases(look: Any) -> None:
    root = ElementTree.fromstring(render("junit", report(), look))
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
    assert len(root.findall("*/testcase/failure")) == 2


def test_junit_never_counts_absence_as_a_pass() -> None:
    root = ElementTree.fromstring(render("junit", CLEAN, LOOK))
    skipped = {suite.attrib["name"] for suite in root if suite.find("testcase/skipped") is not None}
    assert skipped == {"6 traceable", "7 strict-rest-api"}


def test_checkstyle_names_every_place() -> None:
    root = ElementTree.fromstring(render("checkstyle", report(), LOOK))
    found = {(file.attrib["name"], error.attrib["line"]) for file in root for error in file}
    assert found == {
        (CODE, "5"),
        (PLAN, "5"),
        (PLAN, "3"),
        ("specs/001-todo/spec.md", "40"),
        ("backend/broken.py", "7"),
    }


# --- GitHub -----------------------------------------------------------------------------------------------------------


def commands(text: str) -> list[str]:
    """The workflow commands that a runner would obey, in order."""
    obeyed, token = [], ""
    for line in text.split("\n"):
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::"):
            obeyed.append(line)
            token = line.removeprefix("::stop-commands::") if line.startswith("::stop-commands::") else ""
    assert token == ""
    return obeyed


def test_github_shows_at_most_ten_of_a_kind_and_counts_the_rest() -> None:
    shown = commands(github.render(many(31), LOOK))
    assert len([line for line in shown if line.startswith("::error ")]) == 10
    (notice,) = [line for line in shown if line.startswith("::notice ")]
    assert "21 more findings" in notice
    notes = commands(github.render(many(31, Severity.NOTE), LOOK))
    assert len([line for line in notes if line.startswith("::notice ")]) == 10
    assert "22 more findings" in notes[9]


def test_github_obeys_no_line_of_the_target() -> None:
    one = msgspec.structs.replace(FINDINGS[0], message="x\n::error::forged\n::add-mask::y")
    first, *others = commands(github.render(report((one,)), LOOK))
    assert first.startswith("::error file=")
    assert [line.split("::")[1] for line in others] == ["stop-commands"]


def test_github_escapes_data_and_properties() -> None:
    first = commands(github.render(report(), LOOK))[0]
    assert first.startswith(
        "::error file=specs/001-todo/plan.md,line=5,col=1,endColumn=56,title=false-claim (user-data-"
    )
    assert "100%25" in github.render(report(), LOOK)


def test_the_job_summary_ends_on_a_row_within_its_limit() -> None:
    whole = markdown.render(many(500), LOOK)
    assert "and 0 more" not in whole
    cut = markdown.render(many(500), LOOK, 20_000)
    assert len(cut.encode()) <= 20_000
    rows = [line for line in cut.split("\n") if line.startswith("| ❌ error")]
    assert f"and {500 - len(rows)} more findings" in cut


# --- HTML -------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Tags that are opened and not closed, and all that would ask for something else."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.asks: list[str] = []
        self.seen: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.asks += [name for name, _ in attributes if name in ("src", "href", "style") or name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone() -> None:
    page = Page(render("html", report(), ALL))
    assert page.open == []
    assert page.asks == []
    assert not page.seen & {"script", "link", "img", "iframe", "b"}


def test_the_policy_admits_the_style_of_the_page_alone() -> None:
    text = render("html", CLEAN, LOOK)
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style is not None
    assert f"style-src 'sha256-{b64encode(sha256(style[1].encode()).digest()).decode()}'" in text
    assert "default-src 'none'" in text
