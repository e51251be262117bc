"""One Markdown document as facts: plan, spec, tasks, data model, constitution, prompt history.

The Markdown reader writes this form; the model links it and gates 1, 4 and 6 read it. Every part is filled for every
document, whatever its kind, so that a spec kept in a plan file is still seen. Nothing inside a fenced block becomes a
fact, except the drawn source trees and the fence itself.
"""

from typing import Literal

import msgspec

from constitution_lint.facts.location import START, Span
from constitution_lint.facts.source import Unreadable

DocumentKind = Literal[
    "spec", "plan", "tasks", "research", "data-model", "quickstart", "constitution", "history", "contract", "other"
]

Mark = Literal["pass", "fail", "partial", "na", "unmarked"]
"""What an item of a Constitution Check says; the values are those of `findings.ClaimStatus`."""


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False, order=True):
    span: Span


class Section(Fact, frozen=True, array_like=True, gc=False):
    """One heading and what it governs: lines `span.line` to `last_line`, deeper headings included.

    `title` is plain text without emphasis, marks kept; `words` counts the words below it, deeper sections and fences
    included, comments and placeholders not.
    """

    level: int
    title: str
    last_line: int
    words: int


class Field(Fact, frozen=True, array_like=True, gc=False):
    """A `**Name**: value` pair. `span` covers the value (the name when the value is empty)."""

    name: str
    value: str


class CheckItem(Fact, frozen=True, array_like=True, gc=False):
    """One answer of a Constitution Check, with the name as written (numbering, emphasis and marks removed)."""

    name: str
    status: Mark
    text: str = ""
    """What the item says behind the name: the requirement column, the reason given."""
    template: bool = False
    """The template's own question, not ticked."""
    group: str = ""
    """The sub-heading or bold line above it."""


class ConstitutionCheck(Fact, frozen=True, array_like=True, gc=False):
    """One Constitution Check section. `span` is its heading.

    `state`: "answered" (it has items), "template" (still the template's text), "prose" (text without any item),
    "summary" (only a sentence such as "All gates pass"), "empty".
    """

    title: str
    state: Literal["answered", "template", "prose", "summary", "empty"]
    items: tuple[CheckItem, ...] = ()
    summary: CheckItem | None = None
    """The line that speaks for all gates ("**Result**: all gates pass")."""
    versions: tuple[Field, ...] = ()
    """Versions of the constitution that its text names ("Constitution v1.1.0"); `value` is the number."""


class Requirement(Fact, frozen=True, array_like=True, gc=False):
    """A requirement where it is stated. `id` is upper case ("FR-001", "SC-002", "FR-001a"); `kind` its letters."""

    id: str
    kind: str
    text: str


class Scenario(Fact, frozen=True, array_like=True, gc=False):
    """An acceptance scenario (Given … When … Then …)."""

    text: str


class Story(Fact, frozen=True, array_like=True, gc=False):
    """A user story. `id` is "US1"."""

    id: str
    title: str
    scenarios: tuple[Scenario, ...]
    has_acceptance: bool
    """Scenarios, or a filled paragraph or list under a heading of acceptance criteria."""
    last_line: int


class PathMention(Fact, frozen=True, array_like=True, gc=False):
    """A file or folder named in prose, as written (no leading "./"); a folder ends in "/"."""

    path: str


class Task(Fact, frozen=True, array_like=True, gc=False):
    """One task line. `id` is "T001" or "" when the line has none; `phase` the heading above it; `story` "US1" or ""."""

    id: str
    ticked: bool
    parallel: bool
    story: str
    phase: str
    text: str
    paths: tuple[PathMention, ...]
    checkbox: bool = True
    """False for a task written without a checkbox ("T001 …" as heading, plain item or table row)."""
    faults: tuple[str, ...] = ()
    """Where the line parts from `- [ ] T001 [P] [US1] text with a path`: "lower-case id", "marker before id"."""


class EntityField(Fact, frozen=True, array_like=True, gc=False):
    """A field of a data-model entity. `type` and `note` as written, "" when absent."""

    name: str
    type: str
    note: str = ""


class Entity(Fact, frozen=True, array_like=True, gc=False):
    """An entity of a data model or of a spec's "Key Entities" (those have a `description` and mostly no fields)."""

    name: str
    fields: tuple[EntityField, ...]
    description: str = ""
    has_code: bool = False
    """A fenced model or DDL stands below the heading."""


class TreeEntry(Fact, frozen=True, array_like=True, gc=False):
    """One line of a drawn tree, joined to a full path ("backend/src/main.py"); a folder ends in "/".

    `placeholder` marks what stands for something else ("[feature]/", "…", "*.py"). `note` is the comment on the line.
    """

    path: str
    is_folder: bool
    note: str = ""
    placeholder: bool = False


class Tree(Fact, frozen=True, array_like=True, gc=False):
    """A drawn tree. `part` is "documentation" (specs/…), "source", or "other"; `title` the heading above it."""

    part: Literal["documentation", "source", "other"]
    title: str
    entries: tuple[TreeEntry, ...]


class ComplexityRow(Fact, frozen=True, array_like=True, gc=False):
    """A row of the Complexity Tracking table: what is violated, and why."""

    violation: str
    reason: str
    template: bool = False


class Link(Fact, frozen=True, array_like=True, gc=False):
    """A Markdown link or image; `target` as written, without title."""

    text: str
    target: str


class Reference(Fact, frozen=True, array_like=True, gc=False):
    """An id referred to (FR-001, SC-002, T014, US3), upper case; the place that defines it is no reference."""

    id: str


class Placeholder(Fact, frozen=True, array_like=True, gc=False):
    """Text that still waits for its author.

    `kind`: "template" (a bracketed text of the template such as [FEATURE] or [e.g., …]), "variable" ({{NAME}},
    $ARGUMENTS), "action" (an ACTION REQUIRED comment), "clarification" (NEEDS CLARIFICATION), "question" (TBD, ???
    and the like). `section` is the heading above.
    """

    kind: Literal["template", "variable", "action", "clarification", "question"]
    text: str
    section: str = ""
    header: bool = False
    """In the document's title or header fields."""
    context: str = ""
    """The line around it, stripped, at most 300 characters."""


class Endpoint(Fact, frozen=True, array_like=True, gc=False):
    """An endpoint named in prose, a table or a list: "GET /api/tasks". `method` is "" when only the path is named."""

    method: str
    path: str


class Principle(Fact, frozen=True, array_like=True, gc=False):
    """A principle or article of a constitution; `musts` are its sentences with MUST, SHALL, or "must not"."""

    name: str
    musts: tuple[Field, ...] = ()


class Constitution(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a constitution states. Dates as written (ISO wherever the document is)."""

    version: Field | None = None
    amended: Field | None = None
    principles: tuple[Principle, ...] = ()
    technologies: tuple[Field, ...] = ()
    """What its technology sections declare: `name` the part ("Backend", "ORM"), `value` the declared text."""


class Fence(Fact, frozen=True, array_like=True, gc=False):
    """A fenced block: `language` is its info string's first word in lower case; `text` is cut at 8,000 characters."""

    language: str
    text: str


class HtmlComment(Fact, frozen=True, array_like=True, gc=False):
    """A `<!-- … -->` that speaks to the tool (it holds "constitution:"); `text` is what stands inside, stripped."""

    text: str


class FrontMatter(Fact, frozen=True, array_like=True, gc=False):
    """YAML front matter, flattened: nested keys joined by dots, list items numbered ("files.0"). `fault` if invalid."""

    fields: tuple[Field, ...]
    fault: str = ""


class DocumentFacts(msgspec.Struct, frozen=True):
    """All that one document says, in the order of its lines."""

    kind: DocumentKind = "other"
    title: str = ""
    title_span: Span = START
    lines: int = 0
    header: tuple[Field, ...] = ()
    """Fields before the first level-2 heading: Branch, Date, Spec, Input, Status, Created …"""
    context: tuple[Field, ...] = ()
    """Fields of the Technical Context section."""
    sections: tuple[Section, ...] = ()
    checks: tuple[ConstitutionCheck, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    stories: tuple[Story, ...] = ()
    tasks: tuple[Task, ...] = ()
    entities: tuple[Entity, ...] = ()
    trees: tuple[Tree, ...] = ()
    complexity: tuple[ComplexityRow, ...] = ()
    links: tuple[Link, ...] = ()
    paths: tuple[PathMention, ...] = ()
    """Files and folders named in inline code or link targets, tasks included, fences not."""
    references: tuple[Reference, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    constitution: Constitution | None = None
    front_matter: FrontMatter | None = None
    fences: tuple[Fence, ...] = ()
    comments: tuple[HtmlComment, ...] = ()
    names: tuple[str, ...] = ()
    """Names in capitals with an underscore (DATABASE_URL) that occur anywhere, fences included; sorted, each once."""
    addresses: tuple[str, ...] = ()
    """Paths with a leading slash (/api/tasks/{id}) that occur anywhere, fences and URLs included; sorted, each once."""
    words: tuple[str, ...] = ()
    """Every word of a spec or task list, fences and details below tasks included; sorted, each once."""
    names_token: bool = False
    """Is authentication by a token named (JWT, bearer, Better Auth)? A question as the template asks does not count."""
    unreadable: tuple[Unreadable, ...] = ()

    def section(self, *titles: str) -> Section | None:
        """The first section whose title contains one of the given lower-case texts."""
        return next((s for s in self.sections if any(title in s.title.casefold() for title in titles)), None)

    def field(self, *names: str) -> Field | None:
        """The first header field whose name equals one of the given lower-case names."""
        return next((f for f in self.header if f.name.casefold() in names), None)
