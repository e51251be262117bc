"""Gate 4, reproducible execution: could somebody carry the plan out from what is written, and build what is there?"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from constitution_lint.facts.document import DocumentFacts, Field, Placeholder, Task, Tree, TreeEntry
from constitution_lint.facts.location import Location, Span
from constitution_lint.findings import Examination, Related, Undecided, Violation
from constitution_lint.model.documents.drawn_trees import is_not_made, tree_drifts
from constitution_lint.model.documents.entity_drift import drifted_entities
from constitution_lint.model.documents.gitignored_files import is_meant, kept_out_by
from constitution_lint.model.documents.plans import Plan, documents_of, file_set, folder_set, plans
from constitution_lint.model.documents.task_files import Named, is_there, made_files, removed_files
from constitution_lint.model.documents.task_lists import faults_of, shared_files, stated_tasks, written_tasks
from constitution_lint.model.missing_modules import Missing, missing_modules
from constitution_lint.model.pinning import unpinned_manifests
from constitution_lint.model.project import Project
from constitution_lint.model.security.environment import undocumented_variables
from constitution_lint.workspace import IgnoreRule

_SETTLED = re.compile(
    r"\b(?:no|zero|without|all|any|every|resolv\w*|remain\w*|identif\w*|extract\w*|unknown\w*|markers?|items?"
    r"|mark(?:ed)? as|each|were|if"
    r"|clarified|eliminat\w*|answered|addressed)\b",
    re.IGNORECASE,
)
_INSTRUCTED = re.compile(r"\b(?:use|using|write|insert|mark(?:ed|s)? (?:it |them )?(?:as|with))\W*$", re.IGNORECASE)
_OPEN_FORM = re.compile(r"\[NEEDS[ _]CLARIFICATION", re.IGNORECASE)
_TEMPLATE_VALUE = re.compile(r"^\s*\[.*\]\s*$|^\[e\.g\.|^\[domain-specific")
_DECLINED = re.compile(r"^\s*\[\s*(?:n/?a\b(?!.*\bor\b)|not applicable|none\b)", re.IGNORECASE)
"""An answer in brackets, where the template only says when there is none ("[if applicable, … or N/A]")."""
_EXPECTED_CONTEXT = (
    ("Testing", ("test",)),
    ("Target Platform", ("platform", "deployment", "hosting")),
    ("Performance Goals", ("performance",)),
    ("Constraints", ("constraint",)),
    ("Scale/Scope", ("scale", "scope")),
)
_ARTIFACTS = ("research.md", "data-model.md", "quickstart.md", "contracts/", "tasks.md", "spec.md")
_VAGUE = re.compile(
    r"\b(?:fast|quick(?:ly)?(?! (?:stats?|actions?|start|links?|add|views?|filters?|access"
    r"|reference|repl(?:y|ies)))|scalab(?:le|ility)|intuitive(?:ly)?|user[- ]friendly|easy|easily|robust"
    r"|efficient(?:ly)?|seamless(?:ly)?|smooth(?:ly)?|performant|reliabl[ey]|flexible|elegant|modern|reasonabl[ey]|adequate(?:ly)?)\b",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|ten|half|zero|no more than|WCAG|RFC|OWASP)\b", re.IGNORECASE
)
_STATUS_LABEL = re.compile(r"\bTODO\b\W{1,8}(?:(?:and|or|to) )?\W{0,4}(?:IN[ _-]?PROGRESS|DOING|DONE)\b", re.I)
_SHOWN = 5
_FEW = 3
_WIDTH = 90
_MOST_LOST = 12


def needs_clarification(project: Project) -> Iterator[Violation]:
    """NEEDS CLARIFICATION in a plan, spec or task list, where it marks something open."""
    for _feature, path, facts in documents_of(project, "plan", "spec", "tasks"):
        for placeholder in facts.placeholders:
            if placeholder.kind == "clarification" and not _spoken_of(placeholder):
                message = f"still to be clarified: {_shown(placeholder.text, placeholder.context)}"
                yield Violation(Location(path, placeholder.span), message, subject=placeholder.context[:80])


def open_question(project: Project) -> Iterator[Violation]:
    """TBD, ???, TODO left in a plan, spec or task list."""
    for _feature, path, facts in documents_of(project, "plan", "spec", "tasks"):
        for placeholder in facts.placeholders:
            if placeholder.kind == "question" and not _STATUS_LABEL.search(placeholder.context):
                message = f"left open: {_shown(placeholder.text, placeholder.context)}"
                yield Violation(Location(path, placeholder.span), message, subject=placeholder.context[:80])


def empty_context(project: Project) -> Iterator[Violation]:
    """A Technical Context that is absent, lacks a field of the template, or holds template text in one."""
    for plan in plans(project):
        section = plan.facts.section("technical context", "technology context", "tech stack", "technology stack")
        if section is None or not plan.facts.context:
            message = f'the plan of "{plan.feature.called}" states no Technical Context'
            message = "the Technical Context states none of its fields" if section else message
            yield Violation(Location(plan.path, section.span if section else plan.facts.title_span), message)
            continue
        yield from _unfilled(plan)
        absent = _absent_fields(plan.facts)
        if 0 < len(absent) <= 3:
            message = f"the Technical Context does not state {_and(absent)}"
            yield Violation(Location(plan.path, section.span), message, subject=plan.path)


def missing_artifact(project: Project) -> Iterator[Violation]:
    """The plan's documentation tree lists documents of the feature that are not there; one finding a plan."""
    for plan in plans(project):
        listed: dict[str, Location] = {}
        needless: set[str] = set()
        for tree in plan.facts.trees:
            if tree.part == "documentation":
                listed |= _listed_artifacts(plan, tree)
                needless |= {_artifact(entry) for entry in tree.entries if is_not_made(entry)}
        gone = [name for name in listed if name not in needless and not _is_kept(project, plan, name)]
        if gone:
            message = f"the plan lists {_and(gone)}, and {plan.feature.folder or 'the root'} holds none"
            related = tuple(Related(listed[name], f"{name} is not there") for name in gone[1:])
            yield Violation(listed[gone[0]], message, related, plan.path)


def _is_kept(project: Project, plan: Plan, name: str) -> bool:
    path = f"{plan.feature.folder}/{name}".strip("/")
    known = getattr(plan.feature, name.removesuffix(".md").replace("-", "_"), None)
    return known is not None or path in file_set(project) or path in folder_set(project)


def structure_drift(project: Project) -> Iterator[Violation]:
    """Folders and files that the plan's source tree draws and the repository does not hold."""
    yield from tree_drifts(project)


def entity_drift(project: Project) -> Iterator[Violation]:
    """An entity of the data model and its table part in fields, types or owner; one finding an entity."""
    for drift in drifted_entities(project):
        parts = [f"lacks {_and([field.name for field in drift.lacking[:_SHOWN]])}"] if drift.lacking else []
        if drift.other_types:
            told = [
                f"{field.name} as {column.annotation}, not {_cut(field.type)}" for field, column in drift.other_types
            ]
            parts.append(f"keeps {_and(told[:_SHOWN])}")
        message = f"the table of {drift.entity} {' and '.join(parts)}"
        related = (Related(drift.table.location, f"the table {drift.table.name}"),)
        yield Violation(drift.location, message, related, f"{drift.location.file}#{drift.entity}")


def malformed_task(project: Project) -> Iterator[Violation]:
    """Tasks that part from `- [ ] T001 [P] [US1] text with a path`; one finding a fault and file."""
    for _feature, path, facts in documents_of(project, "tasks"):
        faults: dict[str, list[Task]] = defaultdict(list)
        numbered = {task.phase for task in facts.tasks if task.id}
        for task in written_tasks(facts.tasks):
            for fault in faults_of(task):
                if task.id or task.phase in numbered:
                    faults[fault].append(task)
        for fault, tasks in faults.items():
            yield _grouped(path, fault, tasks)


def duplicate_task(project: Project) -> Iterator[Violation]:
    """Two tasks of one list with the same id; one finding an id."""
    for _feature, path, facts in documents_of(project, "tasks"):
        by_id: dict[str, list[Task]] = defaultdict(list)
        for task in stated_tasks(facts.tasks):
            by_id[task.id].append(task)
        for identity, tasks in by_id.items():
            others = [task for task in tasks[1:] if _key(task.text) != _key(tasks[0].text)]
            if others:
                related = (Related(Location(path, tasks[0].span), f"{identity} is used here first"),)
                message = (
                    f'{identity} names {len(others) + 1} tasks: "{_cut(tasks[0].text)}" and "{_cut(others[0].text)}"'
                )
                yield Violation(Location(path, others[0].span), message, related, identity)


def colliding_parallel_tasks(project: Project) -> Iterator[Violation]:
    """Two `[P]` tasks of one phase that change one file; one finding a file and phase, one a list of many."""
    for _feature, path, facts in documents_of(project, "tasks"):
        shared = shared_files(facts.tasks)
        if len(shared) > _FEW:
            yield _collisions(path, shared)
            continue
        for names in shared:
            yield _collision(path, names[0].mention.path, names)


def phantom_task(project: Project) -> Iterator[Violation]:
    """A ticked task names a file that does not exist; one finding for all that one line of a .gitignore leaves out."""
    for feature, path, facts in documents_of(project, "tasks"):
        made = [named for task in facts.tasks if task.ticked for named in made_files(task)]
        gone = [
            named
            for named in made
            if named.mention.path not in removed_files(project)
            and not is_there(project, named.mention.path, feature.folder)
        ]
        if len(gone) > _MOST_LOST and 2 * len(gone) > len(made):
            yield _lost_work(path, gone, len(made))
            continue
        for rule, lost in _by_ignore_rule(project, feature.folder, _once(gone)).items():
            yield from (_ignored(path, rule, lost),) if rule else (_phantom(path, named) for named in lost)


def missing_module(project: Project) -> Iterator[Violation]:
    """A module of the project's own is imported and not there; one finding for all that one ignored pattern hides."""
    hidden: dict[IgnoreRule, list[Missing]] = defaultdict(list)
    for one in missing_modules(project):
        rule = kept_out_by(project, one.path, "")
        if rule is not None:
            hidden[rule] += [] if is_meant(rule) else [one]
            continue
        related = tuple(Related(place, "imported here too") for place in one.places[1:_SHOWN])
        yield Violation(one.places[0], f"{one.written} is imported, and there is no such module", related, one.path)
    yield from (_hidden(rule, modules) for rule, modules in hidden.items() if modules)


def vague_requirement(project: Project) -> Iterator[Violation]:
    """A requirement or success criterion with a word such as "fast" and no measure."""
    for _feature, path, facts in documents_of(project, "spec"):
        for requirement in facts.requirements:
            vague = _VAGUE.search(requirement.text)
            if vague and not _MEASURE.search(requirement.text):
                message = f'{requirement.id} says "{vague.group().casefold()}" and gives no measure'
                yield Violation(Location(path, requirement.span), message, subject=requirement.id)


def unpinned_dependency(project: Project) -> Iterator[Violation]:
    """A manifest leaves versions open, and no lock file settles them; one finding a manifest."""
    for found in unpinned_manifests(project):
        are = "is" if len(found.names) == 1 else "are"
        subject = f"{len(found.names)} of {found.asked} package{'' if found.asked == 1 else 's'}"
        message = f"{subject} {are} neither pinned nor locked: {_some(found.names)}"
        yield Violation(found.location, message, subject=found.location.file)


def undocumented_variable(project: Project) -> Iterator[Violation]:
    """The code reads a variable of the environment that no document, example or deployment names."""
    for read in undocumented_variables(project):
        yield Violation(read.location, f"{read.name} is read here and documented nowhere", subject=read.name)


def examine(project: Project) -> Examination:
    """Plans, specs and tasks; without any there is nothing to carry out, and from a bare template nothing can be."""
    unwritten = tuple(
        Undecided(
            Location(plan.path, plan.facts.context[0].span), "the plan is still the template, which plans nothing"
        )
        for plan in plans(project)
        if 2 * sum(_is_template_value(field) for field in plan.facts.context) > len(plan.facts.context)
    )
    tasks = sum(len(facts.tasks) for _, _, facts in documents_of(project, "tasks"))
    specs = sum(1 for _ in documents_of(project, "spec"))
    return Examination({"plans": len(plans(project)), "specs": specs, "tasks": tasks}, unwritten)


def _spoken_of(placeholder: Placeholder) -> bool:
    """Talk about such marks ("no NEEDS CLARIFICATION remains", "use [NEEDS CLARIFICATION: …]"), not one of them."""
    if _INSTRUCTED.search(placeholder.context.partition(placeholder.text)[0]):
        return True
    if _OPEN_FORM.search(placeholder.text) and ":" in placeholder.text:
        return False
    around = placeholder.context.replace(placeholder.text, " ")
    return bool(_SETTLED.search(around)) or "→" in around or placeholder.context.lstrip().startswith("#")


def _unfilled(plan: Plan) -> Iterator[Violation]:
    """Fields that are empty, and those that hold the template's own bracketed text; one finding of either kind."""
    empty = [field for field in plan.facts.context if field.name and not field.value]
    template = [field for field in plan.facts.context if _is_template_value(field)]
    for fields, one, many in (
        (empty, "is empty", "are empty"),
        (template, "is the template's text", "are the template's"),
    ):
        if fields:
            names = _and([f'"{field.name}"' for field in fields])
            message = f"{names} {one if len(fields) == 1 else many}"
            yield Violation(Location(plan.path, fields[0].span), message, subject=f"{plan.path}#{one}")


def _is_template_value(field: Field) -> bool:
    value = field.value.replace("](", "")
    return bool(_TEMPLATE_VALUE.match(value)) and not _DECLINED.match(value)


def _absent_fields(facts: DocumentFacts) -> list[str]:
    names = " | ".join(field.name.casefold() for field in facts.context)
    return [name for name, words in _EXPECTED_CONTEXT if not any(word in names for word in words)]


def _listed_artifacts(plan: Plan, tree: Tree) -> dict[str, Location]:
    """The feature's documents that a tree lists, by name, with the line that lists each."""
    found: dict[str, Location] = {}
    for entry in tree.entries:
        name = _artifact(entry)
        if name in _ARTIFACTS and entry.path.rstrip("/").count("/") <= 3:
            found.setdefault(name, Location(plan.path, entry.span))
    return found


def _artifact(entry: TreeEntry) -> str:
    return entry.path.rstrip("/").rpartition("/")[2] + ("/" if entry.is_folder else "")


def _collision(path: str, file: str, names: list[Named]) -> Violation:
    ids = [named.task.id or f'"{_cut(named.task.text)}"' for named in names]
    told = _and(ids if len(ids) <= _SHOWN else [*ids[:_SHOWN], f"{len(ids) - _SHOWN} more"])
    related = tuple(
        Related(Location(path, named.mention.span), f"{named.task.id or 'a task'} changes it too")
        for named in names[:1]
    )
    message = (
        f"{told} are all marked [P] and change {file}"
        if len(ids) > 2
        else f"{told} are both marked [P] and change {file}"
    )
    return Violation(Location(path, names[1].mention.span), message, related, file)


def _collisions(path: str, shared: list[list[Named]]) -> Violation:
    """One finding for a list in which [P] stands for no more than "soon"."""
    told = ", ".join(f"{names[0].mention.path} ({names[0].task.id}, {names[1].task.id})" for names in shared[:_FEW])
    more = len(shared) - _FEW
    message = f"{len(shared)} files are changed by several tasks of one phase marked [P]: {told} and {more} more"
    related = tuple(
        Related(Location(path, named.mention.span), f"{named.task.id} changes {named.mention.path}")
        for names in shared[:_SHOWN]
        for named in names[:2]
    )
    return Violation(Location(path, shared[0][1].mention.span), message, related[1:], path)


def _grouped(path: str, fault: str, tasks: list[Task]) -> Violation:
    ids = [task.id or f'"{_cut(task.text)}"' for task in tasks]
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    told = {"marker before id": "has a marker before its id", "lower-case id": "has an id in lower case"}.get(
        fault, fault
    )
    message = f"{ids[0]} {told}"
    if len(ids) > 1:
        message = f"{len(ids)} tasks: each {told} ({', '.join(ids[:_SHOWN])}{more})"
    related = tuple(Related(Location(path, task.span), f"{task.id or 'this task'} {told}") for task in tasks[1:_SHOWN])
    return Violation(Location(path, tasks[0].span), message, related, f"{path}#{fault}")


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())[:40]


def _lost_work(path: str, gone: list[Named], made: int) -> Violation:
    told = f"{gone[0].mention.path} of {gone[0].task.id or 'a task'} first"
    message = f"ticked tasks name {made} files, and {len(gone)} do not exist, {told}"
    return Violation(Location(path, gone[0].mention.span), message, _further(path, gone), path)


def _by_ignore_rule(project: Project, folder: str, gone: Iterable[Named]) -> dict[IgnoreRule | None, list[Named]]:
    """The missing files by the line of a .gitignore that leaves their folder out, None for those that nobody made."""
    found: dict[IgnoreRule | None, list[Named]] = defaultdict(list)
    for named in gone:
        rule = kept_out_by(project, named.mention.path, folder)
        if rule is None or not is_meant(rule):
            found[rule].append(named)
    return found


def _ignored(path: str, rule: IgnoreRule, gone: list[Named]) -> Violation:
    told = f"{gone[0].mention.path} of {gone[0].task.id or 'a task'}"
    subject = (
        f"{told}, which is ticked, is" if len(gone) == 1 else f"{len(gone)} files of ticked tasks, {told} first, are"
    )
    message = f"{subject} not in the repository: {rule.file} leaves out {rule.pattern.strip()}"
    line = Related(Location(rule.file, Span.of_line(rule.line, rule.pattern)), "left out by this line")
    return Violation(
        Location(path, gone[0].mention.span), message, (line, *_further(path, gone)), f"{path}#{rule.file}"
    )


def _hidden(rule: IgnoreRule, modules: list[Missing]) -> Violation:
    names = list(dict.fromkeys(one.written for one in modules))
    told = _and(names if len(names) <= _SHOWN else [*names[:_SHOWN], f"{len(names) - _SHOWN} more modules"])
    verb, them = ("is", "it") if len(names) == 1 else ("are", "them")
    message = f"{told} {verb} imported, and {rule.file} leaves {them} out by {rule.pattern.strip()}"
    line = Related(Location(rule.file, Span.of_line(rule.line, rule.pattern)), "left out by this line")
    further = (Related(one.places[0], f"{one.written} is imported here") for one in modules[1:_SHOWN])
    return Violation(modules[0].places[0], message, (line, *further), f"{rule.file} {rule.pattern.strip()}")


def _phantom(path: str, named: Named) -> Violation:
    message = f"{named.task.id or 'a task'} is ticked, and {named.mention.path} does not exist"
    return Violation(Location(path, named.mention.span), message, subject=named.mention.path)


def _further(path: str, gone: list[Named]) -> tuple[Related, ...]:
    return tuple(
        Related(Location(path, mention.span), f"{task.id or 'a task'} is ticked, and {mention.path} does not exist")
        for task, mention in gone[1:_SHOWN]
    )


def _once(gone: list[Named]) -> Iterator[Named]:
    first = {named.mention.path: named for named in reversed(gone)}
    yield from (named for named in gone if first[named.mention.path] is named)


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _cut(text: str) -> str:
    return text if len(text) <= 50 else f"{text[:50]}…"


def _shown(text: str, context: str) -> str:
    """The mark with its question, or with as much of its line as stands around it."""
    mark = " ".join(text.split())
    told = mark if ":" in text else " ".join(context.replace("**", "").split())
    start = max(0, min(told.find(mark) - (_WIDTH - len(mark)) // 2, len(told) - _WIDTH))
    end = start + _WIDTH
    return f'"{"…" if start else ""}{told[start:end]}{"…" if end < len(told) else ""}"'
