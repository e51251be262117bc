"""A report as SARIF 2.1.0, with what GitHub's code scanning asks for beyond the schema.

Columns are UTF-16 units from 1, as `columnKind` says. Waived findings are left out unless they are asked for, since
GitHub shows suppressed results like any other. Paths are relative to where the tool ran.
"""

import re
from functools import cache

from constitution_lint import __version__
from constitution_lint.facts.location import Location
from constitution_lint.findings import About, Finding, Related, Report, Severity, UnreadableFile
from constitution_lint.reporters.as_json import dumps
from constitution_lint.reporters.line_hashes import line_hashes
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.places import relative_prefix, uri_path, utf16_range

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 25_000
"""GitHub refuses a run with more."""
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}

Fields = dict[str, object]


def render(report: Report, look: Look) -> str:
    shown = look.shown(report)
    names = sorted({finding.rule for finding in shown})
    hashes = cache(lambda file: line_hashes(look.source(file)))
    results = [
        {
            **_result(finding, report, look),
            "ruleIndex": names.index(finding.rule),
            "partialFingerprints": _fingerprints(finding, hashes(finding.location.file)),
        }
        for finding in shown[:MOST_RESULTS]
    ]
    driver = {
        "name": "constitution-lint",
        "semanticVersion": __version__,
        "rules": [_rule(name, report.rules[name]) for name in names if name in report.rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "invocations": [_invocation(report, look, len(shown))],
        "results": results,
        "properties": {"verdicts": {gate.gate: gate.verdict.value for gate in report.gates}},
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(name: str, about: About) -> Fields:
    told = f"{about.why}\n\n{about.remedy}"
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": about.title},
        "fullDescription": {"text": plain(about.why.split("\n\n")[0])},
        "help": {"text": plain(told), "markdown": f"{about.why}\n\n**Remedy.** {about.remedy}"},
        "defaultConfiguration": {"level": _LEVEL[about.severity]},
        "properties": {"tags": [about.gate], "precision": "high", "problem.severity": _PROBLEM[about.severity]},
    }


def plain(markdown: str) -> str:
    """Prose of a card without its marks, paragraphs as single lines."""
    text = re.sub(r"(?<!\n)\n(?![\n\-*>`\d])", " ", markdown)
    return re.sub(r"`([^`\n]+)`|\*\*([^*\n]+)\*\*", lambda match: match[1] or match[2], text)


def _result(finding: Finding, report: Report, look: Look) -> Fields:
    result: Fields = {
        "ruleId": finding.rule,
        "level": _LEVEL[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": _physical(finding.location, report, look)}],
        "properties": {"gate": finding.gate},
    }
    if finding.related:
        result["relatedLocations"] = [
            _related(number, one, report, look) for number, one in enumerate(finding.related, 1)
        ]
    if finding.waiver is not None:
        kind = "inSource" if finding.waiver.location.file == finding.location.file else "external"
        result["suppressions"] = [{"kind": kind, "justification": finding.waiver.reason}]
    return result


def _fingerprints(finding: Finding, lines: list[str]) -> Fields:
    """GitHub's own, where the line is there, and ours, which no edit of other lines changes."""
    own: Fields = {"constitutionLint/v1": finding.fingerprint}
    number = finding.location.span.line
    return {"primaryLocationLineHash": lines[number - 1], **own} if number <= len(lines) else own


def _related(number: int, one: Related, report: Report, look: Look) -> Fields:
    return {"id": number, "message": {"text": one.message}, "physicalLocation": _physical(one.location, report, look)}


def _physical(location: Location, report: Report, look: Look) -> Fields:
    line, column, end_line, end_column = utf16_range(report, location)
    region = {"startLine": line, "startColumn": column + 1, "endLine": end_line, "endColumn": end_column + 1}
    return {"artifactLocation": _artifact(location.file, look), "region": region}


def _artifact(file: str, look: Look) -> Fields:
    return {"uri": uri_path(f"{relative_prefix(look)}{file}"), "uriBaseId": "%SRCROOT%"}


def _invocation(report: Report, look: Look, count: int) -> Fields:
    notifications = [_notification(lost, look) for lost in report.unreadable]
    notifications += [{"level": "note", "message": {"text": note}} for note in report.notes]
    if count > MOST_RESULTS:
        said = f"{count - MOST_RESULTS} more findings are left out here: GitHub takes {MOST_RESULTS}"
        notifications.append({"level": "warning", "message": {"text": said}})
    return {"executionSuccessful": True, "toolExecutionNotifications": notifications}


def _notification(lost: UnreadableFile, look: Look) -> Fields:
    place: Fields = {
        "artifactLocation": _artifact(lost.location.file, look),
        "region": {"startLine": lost.location.span.line},
    }
    return {
        "level": "warning",
        "message": {"text": f"could not be read: {lost.reason}"},
        "locations": [{"physicalLocation": place}],
        "descriptor": {"id": "unreadable"},
    }
