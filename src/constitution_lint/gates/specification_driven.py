"""Gate 1, specification-driven: does each plan answer a specification? It sees documents as facts."""

import re
from collections import defaultdict
from collections.abc import Iterator

from constitution_lint.facts.document import (
    CheckItem,
    ConstitutionCheck,
    DocumentFacts,
    Field,
    Placeholder,
    Principle,
    Section,
)
from constitution_lint.facts.location import START, Location, Span
from constitution_lint.findings import GATES, Examination, Related, Undecided, Violation
from constitution_lint.model.documents.claims import gate_of
from constitution_lint.model.documents.definitions import contradictions
from constitution_lint.model.documents.plans import (
    Plan,
    constitution_of,
    documents_of,
    iso_date,
    plans,
    resolve,
    written_on,
)
from constitution_lint.model.documents.principles import unnamed
from constitution_lint.model.project import Project

_MANDATORY = (
    ("user scenarios", ("user scenario", "user stor", "scenarios")),
    ("requirements", ("requirement",)),
    ("success criteria", ("success criteri", "acceptance criteri", "measurable outcome", "success metric")),
)
_BRANCH = re.compile(r"[\w./-]+")
_NO_FEATURE = frozenset({"spec", "specs"})
"""Folders that hold the documents of one feature without being named for it."""
_NUMBER = re.compile(r"^\d{1,4}(?=-)")
_VERSION = re.compile(r"\bconstitution\b[\s:*(`]*(?:version[\s:*`]*v?|v)(\d+\.\d+(?:\.\d+)?)\b", re.IGNORECASE)
_SHOWN, _FEW = 5, 3
_LEAST_LAW = 3
"""Principles from which on a constitution counts as written."""


def missing_spec(project: Project) -> Iterator[Violation]:
    """No spec.md beside the plan, and its Spec link resolves to nothing."""
    for plan in plans(project):
        if plan.feature.spec or _linked_spec(project, plan):
            continue
        field = plan.facts.field("spec", "specification", "feature spec")
        span = field.span if field else _title(plan.facts)
        said = f"and its Spec field says {_shown(field.value)}" if field and field.value else "and no Spec link"
        yield Violation(
            Location(plan.path, span),
            f'the plan of "{plan.feature.called}" has no spec.md beside it {said}',
            subject=plan.feature.folder,
        )


def template_plan(project: Project) -> Iterator[Violation]:
    """The header still holds the template's placeholders."""
    for plan in plans(project):
        left = [
            placeholder for placeholder in plan.facts.placeholders if placeholder.header and _is_template(placeholder)
        ]
        if left:
            named = ", ".join(dict.fromkeys(placeholder.text for placeholder in left))
            part = _part_of_header(plan.facts, left)
            yield Violation(
                Location(plan.path, left[0].span), f"the plan's {part} still holds {named}", subject=plan.path
            )


def _part_of_header(facts: DocumentFacts, left: list[Placeholder]) -> str:
    """The one line of the header that all placeholders stand in, or the header: "Input line"."""
    names = {
        field.name
        for one in left
        for field in facts.header
        if field.span.line == one.span.line and field.span.column <= one.span.column <= field.span.end_column
    }
    titled = any(one.span.line == facts.title_span.line for one in left)
    return f"{next(iter(names))} line" if len(names) == 1 and not titled else "header"


def placeholder_text(project: Project) -> Iterator[Violation]:
    """Placeholder text or ACTION REQUIRED comments left in the body of a spec or plan; one finding a section, or one
    for a document of which much is still the template."""
    for _feature, path, facts in documents_of(project, "spec", "plan"):
        sections: dict[str, list[Placeholder]] = {}
        for placeholder in facts.placeholders:
            waits = placeholder.kind in ("template", "variable", "action") and not placeholder.header
            if waits and not placeholder.section.casefold().startswith("complexity"):
                sections.setdefault(placeholder.section, []).append(placeholder)
        if len(sections) > _FEW:
            yield _much_left(path, sections)
            continue
        for title, left in sections.items():
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            message = f'the section "{title}" still holds {_shown(left[0].text)}{more} of the template'
            yield Violation(Location(path, left[0].span), message, subject=f"{path}#{title}")


def _much_left(path: str, sections: dict[str, list[Placeholder]]) -> Violation:
    titles = [f'"{title}"' for title in sections]
    told = f"{', '.join(titles[:_FEW])} and {len(titles) - _FEW} more"
    first, *others = (left[0] for left in sections.values())
    related = tuple(Related(Location(path, one.span), f'"{one.section}" does') for one in others[:_SHOWN])
    return Violation(Location(path, first.span), f"the sections {told} still hold the template's text", related, path)


def missing_constitution_check(project: Project) -> Iterator[Violation]:
    """The Constitution Check is absent, empty, or still the template's text."""
    for plan in plans(project):
        checks = plan.facts.checks
        if not checks:
            message = f'the plan of "{plan.feature.called}" has no Constitution Check'
            yield Violation(Location(plan.path, _title(plan.facts)), message, subject=plan.path)
        elif all(check.state in ("template", "empty") for check in checks):
            state = "still the template's text" if checks[0].state == "template" else "empty"
            yield Violation(
                Location(plan.path, checks[0].span), f"the Constitution Check is {state}", subject=plan.path
            )


def unanswered_gate(project: Project) -> Iterator[Violation]:
    """A gate that the check lists and leaves open, and gates that it does not name at all."""
    for plan in plans(project):
        answered = [check for check in plan.facts.checks if check.state == "answered"]
        if not answered or any(check.state == "summary" for check in plan.facts.checks):
            continue
        items = [item for check in answered for item in check.items]
        named = {gate_of(item, project.gate_aliases): item for item in items}
        yield from _left_open(plan, named)
        absent = [gate for gate in GATES if gate not in named]
        answers_own_law = len(absent) > len(GATES) // 2 and _has_own_law(project, plan)
        if absent and not answers_own_law and any(item.status != "unmarked" for item in items):
            yield _not_named(plan, answered[0], absent)


def _has_own_law(project: Project, plan: Plan) -> bool:
    """Whether the governing constitution asks other questions than the ten: fewer than half of them are its own.

    A check that answers such a law is held against its principles (unnamed-principle).
    """
    governing = constitution_of(project, plan.path)
    law = governing[1].constitution if governing else None
    principles = law.principles if law else ()
    asked = {gate_of(CheckItem(one.span, one.name, "unmarked"), project.gate_aliases) for one in principles}
    return len(principles) >= _LEAST_LAW and 2 * len(asked - {"other"}) < len(GATES)


def incomplete_spec(project: Project) -> Iterator[Violation]:
    """A mandatory section absent or empty, a user story without acceptance scenario, no requirement with an id."""
    for feature, path, facts in documents_of(project, "spec"):
        yield from _sections_missing(path, facts)
        yield from _stories_unaccepted(path, facts)
        stated = any(requirement.kind != "SC" for requirement in facts.requirements)
        if not stated and facts.section("requirement"):
            message = f'the spec of "{feature.called}" states no requirement with an id such as FR-001'
            yield Violation(Location(path, _span(facts.section("requirement"))), message, subject=path)


def branch_mismatch(project: Project) -> Iterator[Violation]:
    """The branch that a plan or spec names is not the feature's folder, or plan and spec name two branches."""
    for feature, path, facts in documents_of(project, "plan", "spec"):
        field = facts.field("branch", "feature branch")
        branch = _branch(field)
        if field and branch and feature.name not in _NO_FEATURE and not _belongs(branch, feature.name):
            message = f'the branch is "{branch}" and the feature\'s folder is "{feature.name}"'
            yield Violation(Location(path, field.span), message, subject=path)


def spec_without_plan(project: Project) -> Iterator[Violation]:
    """A spec that no plan answers."""
    for feature, path, facts in documents_of(project, "spec"):
        if feature.plan is None:
            message = f'no plan answers the spec of "{feature.called}"'
            yield Violation(Location(path, _title(facts)), message, subject=path)


def stale_plan(project: Project) -> Iterator[Violation]:
    """The constitution's version or amendment date is newer than the plan that claims to obey it.

    An amendment that leaves many plans behind is told once, where it stands.
    """
    behind: dict[Location, list[Violation]] = defaultdict(list)
    for plan in plans(project):
        governed = constitution_of(project, plan.path)
        if governed is None or not plan.facts.checks or governed[1].constitution is None:
            continue
        path, stated = governed[0], governed[1].constitution
        if violation := _older_version(plan, path, stated.version):
            yield violation
        elif stated.amended and (violation := _older_date(plan, path, stated.amended)):
            behind[Location(path, stated.amended.span)].append(violation)
    for amendment, violations in behind.items():
        yield from [_left_behind(amendment, violations)] if len(violations) > _SHOWN else violations


def _left_behind(amendment: Location, older: list[Violation]) -> Violation:
    told = ", ".join(violation.location.file for violation in older[:_SHOWN])
    message = f"{len(older)} plans are older than this amendment: {told} and {len(older) - _SHOWN} more"
    return Violation(amendment, message, tuple(Related(one.location, one.message) for one in older), amendment.file)


def unnamed_principle(project: Project) -> Iterator[Violation]:
    """The constitution has principles that the plan's check never mentions; one finding a plan.

    What many plans pass over alike, a principle that came after them for instance, is told once, where it stands.
    """
    passed_over: dict[tuple[Location, ...], list[Violation]] = defaultdict(list)
    for plan in plans(project):
        governed = constitution_of(project, plan.path)
        answered = [check for check in plan.facts.checks if check.state == "answered"]
        if governed is None or governed[1].constitution is None or not answered:
            continue
        left = unnamed(governed[1].constitution.principles, answered, project.gate_aliases)
        if left:
            related = tuple(
                Related(Location(governed[0], principle.span), f'the principle "{principle.name}"')
                for principle in left[:_SHOWN]
            )
            message = f"the Constitution Check never mentions the {_principles(left)}"
            place = Location(plan.path, answered[0].span)
            key = tuple(Location(governed[0], principle.span) for principle in left)
            passed_over[key].append(Violation(place, message, related, plan.path))
    for places, violations in passed_over.items():
        yield from [_by_many(places[0], violations)] if len(violations) > _SHOWN else violations


def _by_many(place: Location, violations: list[Violation]) -> Violation:
    what = violations[0].message.partition("never mentions ")[2]
    related = tuple(Related(one.location, "it is never mentioned here") for one in violations)
    return Violation(place, f"{len(violations)} Constitution Checks never mention {what}", related, place.file)


def _principles(left: tuple[Principle, ...]) -> str:
    names = ", ".join(f'"{principle.name}"' for principle in left[:_SHOWN])
    more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
    return f"principle{'s' if len(left) > 1 else ''} {names}{more}"


def contradicting_specs(project: Project) -> Iterator[Violation]:
    """Two features define one entity differently."""
    for found in contradictions(project):
        message = f"{found.entity}.{found.field} is {found.type} here and {found.other_type} in {found.other.file}"
        related = (Related(found.other, f"{found.entity}.{found.field} is {found.other_type}"),)
        yield Violation(found.here, message, related, f"{found.entity}.{found.field}")


def examine(project: Project) -> Examination:
    """Plans, specs and the answers of their Constitution Checks; a check in prose cannot be held against anything."""
    specs = sum(1 for _ in documents_of(project, "spec"))
    answers = sum(len(check.items) for plan in plans(project) for check in plan.facts.checks)
    undecided = tuple(
        Undecided(Location(plan.path, check.span), "the Constitution Check is prose: no answer can be told apart")
        for plan in plans(project)
        if all(check.state == "prose" for check in plan.facts.checks)
        for check in plan.facts.checks[:1]
    )
    return Examination({"plans": len(plans(project)), "specs": specs, "answers": answers}, undecided)


def _linked_spec(project: Project, plan: Plan) -> bool:
    """Whether the plan's Spec field leads to a file."""
    field = plan.facts.field("spec", "specification", "feature spec", "input")
    if field is None:
        return False
    linked = [link.target for link in plan.facts.links if link.span.line == field.span.line]
    named = [path.path for path in plan.facts.paths if path.span.line == field.span.line]
    targets = [target for target in (*linked, *named) if target.casefold().endswith(".md") and "template" not in target]
    return any(resolve(project, plan.path, target) for target in targets)


def _is_template(placeholder: Placeholder) -> bool:
    return placeholder.kind in ("template", "variable")


def _left_open(plan: Plan, named: dict[str, CheckItem]) -> Iterator[Violation]:
    """Answers of the ten gates that have neither a tick nor any other mark, where other answers have one."""
    for gate, item in named.items():
        if gate != "other" and item.status == "unmarked":
            message = f'"{item.name}" ({gate}) is neither ticked nor answered'
            yield Violation(Location(plan.path, item.span), message, subject=gate)


def _not_named(plan: Plan, check: ConstitutionCheck, absent: list[str]) -> Violation:
    count = len(GATES) - len(absent)
    message = f"the Constitution Check answers {count} of the ten gates, and not {', '.join(absent)}"
    return Violation(Location(plan.path, check.span), message, subject=plan.path)


def _sections_missing(path: str, facts: DocumentFacts) -> Iterator[Violation]:
    """The mandatory sections that are not there, in one finding, and each that is empty."""
    absent = []
    for name, titles in _MANDATORY:
        section = facts.section(*titles)
        if section is None:
            absent += [] if _said_elsewhere(name, facts) else [name]
        elif section.words == 0:
            yield Violation(
                Location(path, section.span), f'the section "{section.title}" is empty', subject=f"{path}#{name}"
            )
    if absent:
        named = " or ".join(filter(None, (", ".join(absent[:-1]), absent[-1])))
        yield Violation(Location(path, _title(facts)), f"the spec has no section of {named}", subject=f"{path}#{named}")


def _said_elsewhere(name: str, facts: DocumentFacts) -> bool:
    """Stories, requirements or criteria stated without the section's heading."""
    if name == "user scenarios":
        return bool(facts.stories)
    kinds = ("SC",) if name == "success criteria" else ("FR", "NFR", "REQ")
    return any(requirement.kind in kinds for requirement in facts.requirements)


def _stories_unaccepted(path: str, facts: DocumentFacts) -> Iterator[Violation]:
    shared = facts.section("acceptance criteri", "acceptance scenario") is not None
    for story in facts.stories:
        if not story.has_acceptance and not shared:
            title = f' "{story.title}"' if story.title else ""
            yield Violation(
                Location(path, story.span), f"{story.id}{title} has no acceptance scenario", subject=story.id
            )


def _branch(field: Field | None) -> str:
    """The branch a field names, "" when it names none (a template, prose, the main branch)."""
    text = field.value.strip().strip("`*").strip() if field else ""
    match = _BRANCH.fullmatch(text.split()[0].strip("`*,")) if text and not text.startswith("[") else None
    branch = match.group() if match and len(text.split()) <= 2 else ""
    return "" if branch.casefold() in ("main", "master", "dev", "develop", "n/a", "tbd", "none") else branch


def _belongs(branch: str, folder: str) -> bool:
    """`feature/001-todo`, `001-todo` and `todo` all belong to the folder 001-todo; another number or name does not."""
    name, own = branch.rpartition("/")[2].casefold(), folder.casefold()
    numbers = _NUMBER.match(name), _NUMBER.match(own)
    if name == own or own in branch.casefold():
        return True
    if numbers[0] and numbers[1] and int(numbers[0][0]) != int(numbers[1][0]):
        return False
    bare, own_bare = (re.sub(r"^\d+-|[^a-z0-9]", "", text) for text in (name, own))
    return bare in own_bare or own_bare in bare


def _older_version(plan: Plan, path: str, version: Field | None) -> Violation | None:
    """The plan names a version of the constitution below the one that stands."""
    current = _numbers(version.value) if version else ()
    for check in plan.facts.checks:
        for text, span in _claimed_versions(plan.facts, check):
            if version and _numbers(text) < current:
                related = (Related(Location(path, version.span), f"the constitution is at {version.value.strip()}"),)
                message = f"the plan claims constitution {text}, and the constitution is at {version.value.strip()}"
                return Violation(Location(plan.path, span), message, related, plan.path)
    return None


def _claimed_versions(facts: DocumentFacts, check: ConstitutionCheck) -> Iterator[tuple[str, Span]]:
    for field in check.versions:
        yield field.value, field.span
    for field in facts.header:
        if match := _VERSION.search(f"{field.name} {field.value}"):
            yield match.group(1), field.span


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _older_date(plan: Plan, path: str, amended: Field | None) -> Violation | None:
    day, written = iso_date(amended.value) if amended else None, written_on(plan.facts)
    if amended is None or day is None or written is None or written[0] >= day:
        return None
    related = (Related(Location(path, amended.span), f"the constitution was amended on {day}"),)
    message = f"the plan is of {written[0]}, and the constitution was amended on {day}"
    return Violation(Location(plan.path, written[1].span), message, related, plan.path)


def _title(facts: DocumentFacts) -> Span:
    return facts.title_span


def _span(section: Section | None) -> Span:
    return section.span if section else START


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'
