"""What each plan claims about each gate, as it was read: text and Markdown for people, JSON for machines."""

from collections.abc import Iterator

from constitution_lint.findings import Claim, ClaimStatus
from constitution_lint.model.documents.claims import claims_of, plans_of, standing_claims
from constitution_lint.model.documents.constitution_commands import Command, commands_of
from constitution_lint.model.project import Project
from constitution_lint.reporters.as_json import dumps
from constitution_lint.reporters.cells import padded, visible
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.markdown import cell, code
from constitution_lint.reporters.markdown import table as rows_of
from constitution_lint.reporters.paint import paint

_COLOUR = {ClaimStatus.PASS: "green", ClaimStatus.FAIL: "red", ClaimStatus.PARTIAL: "yellow"}
_GATE = 24
_NO_CLAIMS = {
    "template": "the Constitution Check is still the template's text",
    "empty": "the Constitution Check is empty",
    "prose": "the Constitution Check is prose: no item in it answers a gate",
    "answered": "the Constitution Check holds only questions that nobody answered",
    "summary": "the Constitution Check holds no item",
}


def as_text(project: Project, look: Look) -> str:
    """A block a plan: the line, what is said, of which gate, under which name; or why there is no claim."""
    lines: list[str] = []
    claims = claims_of(project)
    standing = set(standing_claims(claims))
    for plan in plans_of(project):
        lines += [paint(look, "bold", f"{look.prefix}{visible(plan)}")]
        of_plan = [claim for claim in claims if claim.plan == plan]
        lines += [_line(claim, claim in standing, look) for claim in of_plan] or [f"    {_silence(project, plan)}"]
        lines += [""]
    return "\n".join([*lines, *_laws(project, look), _sum(project, claims)]) + "\n"


def as_markdown(project: Project, look: Look) -> str:
    claims = claims_of(project)
    rows = (
        (code(f"{look.prefix}{claim.plan}:{claim.line}"), claim.status.value, claim.gate, cell(claim.name))
        for claim in claims
    )
    silent = [
        f"- {code(look.prefix + plan)} {_silence(project, plan)}"
        for plan in plans_of(project)
        if plan not in {claim.plan for claim in claims}
    ]
    listed = ["", *rows_of(("place", "claim", "gate", "as the plan names it"), rows)] if claims else []
    left = [f"- {code(look.prefix + _at(one))} {cell(one.text)}" for one in commands_of(project) if not one.gate]
    laws = ["", "### Not mechanically checkable", "", *left] if left else []
    return (
        "\n".join(["## Claims", "", _sum(project, claims), *listed, *(["", *silent] if silent else []), *laws]) + "\n"
    )


def as_json(project: Project, look: Look) -> str:
    """Version 1: keys may be added, never changed."""
    rows = [
        {"plan": one.plan, "line": one.line, "name": one.name, "status": one.status.value, "gate": one.gate}
        for one in claims_of(project)
    ]
    laws = [
        {"file": one.location.file, "line": one.location.span.line, "text": one.text, "gate": one.gate}
        for one in commands_of(project)
    ]
    return dumps({"version": 1, "claims": rows, "constitution": laws})


def _laws(project: Project, look: Look) -> Iterator[str]:
    """For each constitution how many of its commands the gates hold, and those that only a reader can judge."""
    commands = commands_of(project)
    for file in dict.fromkeys(one.location.file for one in commands):
        own = [one for one in commands if one.location.file == file]
        left = [one for one in own if not one.gate]
        yield paint(look, "bold", f"{look.prefix}{visible(file)}")
        yield f"  {len(own)} commands, {len(own) - len(left)} of them looked at by the gates"
        if left:
            yield "  not mechanically checkable:"
            yield from (f"  {one.location.span.line:4}  {visible(one.text)}" for one in left)
        yield ""


def _at(one: Command) -> str:
    return one.location.place


def _line(claim: Claim, stands: bool, look: Look) -> str:
    status = paint(look, _COLOUR.get(claim.status, "dim"), padded(claim.status.value, 9))
    later = "" if stands or claim.gate == "other" else " (a later answer stands)"
    return f"  {claim.line:4}  {status} {padded(claim.gate, _GATE)} {visible(claim.name)}{later}"


def _silence(project: Project, plan: str) -> str:
    """Why a plan claims nothing."""
    checks = project.documents[plan].checks
    return _NO_CLAIMS[checks[0].state] if checks else "there is no Constitution Check"


def _sum(project: Project, claims: tuple[Claim, ...]) -> str:
    return ", ".join(_counts(project, claims)) + "."


def _counts(project: Project, claims: tuple[Claim, ...]) -> Iterator[str]:
    plans = len(plans_of(project))
    yield f"{plans} plan{'' if plans == 1 else 's'}: {len(claims)} claim{'' if len(claims) == 1 else 's'}"
    for status in ClaimStatus:
        count = sum(claim.status == status for claim in claims)
        if count:
            yield f"{count} {status.value}"
