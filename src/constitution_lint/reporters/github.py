"""A report as workflow commands of GitHub Actions: annotations within the caps of one step, worst first.

GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest unsaid; so what is left is counted in
the last notice, and the whole report goes to the job summary. Source text is printed between stop-commands tokens.
"""

from hashlib import blake2b
from itertools import islice

from constitution_lint.findings import Finding, Report, Severity
from constitution_lint.reporters import concise
from constitution_lint.reporters.cells import visible
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.text import in_order

CAP = 10
LONGEST = 4_096
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report, look: Look) -> str:
    """Annotations, then all findings one a line, which the log shows and no runner obeys."""
    findings = in_order(look.shown(report))
    lines = [line for severity in Severity for line in _annotations(findings, severity, look)]
    listed = concise.render(report, look)
    token = blake2b(listed.encode(errors="replace"), digest_size=12).hexdigest()
    return "".join(f"{line}\n" for line in lines) + f"::stop-commands::{token}\n{listed}::{token}::\n"


def _annotations(findings: list[Finding], severity: Severity, look: Look) -> list[str]:
    """At most ten; of notices one place is kept for saying how many findings have none."""
    of_severity = [finding for finding in findings if finding.severity == severity]
    if severity != Severity.NOTE:
        return [_annotation(finding, look) for finding in islice(of_severity, CAP)]
    worse = sum(
        max(0, sum(finding.severity == one for finding in findings) - CAP) for one in (Severity.ERROR, Severity.WARNING)
    )
    room = CAP if len(of_severity) <= CAP and not worse else CAP - 1
    left = worse + max(0, len(of_severity) - room)
    lines = [_annotation(finding, look) for finding in of_severity[:room]]
    if left:
        said = (
            f"{left} more findings have no annotation here: GitHub shows {CAP} of a kind. The job summary lists them."
        )
        lines.append(f"::notice title=constitution-lint::{escaped(said)}")
    return lines


def _annotation(finding: Finding, look: Look) -> str:
    span = finding.location.span
    properties = {"file": f"{look.prefix}{finding.location.file}", "line": str(span.line)}
    if span.end_line > span.line:
        properties["endLine"] = str(span.end_line)
    else:
        properties |= {"col": str(span.column), "endColumn": str(max(span.column, span.end_column - 1))}
    properties["title"] = f"{finding.rule} ({finding.gate})"
    told = ",".join(f"{name}={escaped_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {told}::{escaped(_message(finding, look))}"


def _message(finding: Finding, look: Look) -> str:
    related = [f"{look.prefix}{one.location.place}: {visible(one.message)}" for one in finding.related]
    whole = "\n".join([visible(finding.message), *related])
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 1] + "…"


def escaped(text: str) -> str:
    """The data of a command, as actions/toolkit escapes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    return escaped(text).replace(":", "%3A").replace(",", "%2C")
