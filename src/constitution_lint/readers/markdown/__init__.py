"""The Markdown reader: any document of spec-driven development becomes `DocumentFacts`.

It stands between the workspace (which documents there are) and the model. `read` is a pure function of the bytes; the
path only hints at the kind of document. Lines are classified once, then one module per kind of fact looks at them.
"""

import re

from constitution_lint.facts.document import Constitution, DocumentFacts, DocumentKind, HtmlComment, Reference, Section
from constitution_lint.facts.location import START
from constitution_lint.facts.source import Source, Unreadable
from constitution_lint.readers.markdown.checks import checks
from constitution_lint.readers.markdown.complexity import complexity
from constitution_lint.readers.markdown.constitution import constitution
from constitution_lint.readers.markdown.directory_trees import trees
from constitution_lint.readers.markdown.entities import entities
from constitution_lint.readers.markdown.front_matter import front_matter
from constitution_lint.readers.markdown.header import context_fields, header_end, header_fields
from constitution_lint.readers.markdown.lines import Line, Lines, scan
from constitution_lint.readers.markdown.mentions import (
    actions,
    addresses,
    capital_names,
    endpoints,
    links,
    mentions_in,
    names_token,
    paths,
    placeholders,
    references,
    words_of,
)
from constitution_lint.readers.markdown.requirements import requirements, stories
from constitution_lint.readers.markdown.sections import sections
from constitution_lint.readers.markdown.tasks import tasks

SIZE_LIMIT = 32 * 1024 * 1024
MENTION_LIMIT = 20_000
"""Links, paths, ids and endpoints kept of one document, each."""

_KINDS: tuple[tuple[str, DocumentKind], ...] = (
    (r"(^|/)history/prompts/|\.prompt\.md$", "history"),
    (r"(^|/)contracts?/", "contract"),
    (r"constitution[^/]*\.md$", "constitution"),
    (r"(^|[/._-])spec(ification)?\.md$", "spec"),
    (r"(^|[/._-])plan\.md$", "plan"),
    (r"(^|[/._-])tasks\.md$", "tasks"),
    (r"(^|/)research\.md$", "research"),
    (r"(^|/)data[-_]?model\.md$", "data-model"),
    (r"(^|/)quickstart\.md$", "quickstart"),
)


def read(source: Source) -> DocumentFacts:
    """The facts of one Markdown document; never raises."""
    if len(source.data) > SIZE_LIMIT:
        return DocumentFacts(unreadable=(Unreadable(START, "document is larger than 32 MB"),))
    document = scan(source.text)
    return _facts(document, kind_of(source.path), source.text)


def kind_of(path: str) -> DocumentKind:
    """The kind a path suggests ("specs/001-todo/plan.md" is a plan)."""
    lowered = path.casefold()
    return next((kind for pattern, kind in _KINDS if re.search(pattern, lowered)), "other")


def _facts(document: Lines, kind: DocumentKind, text: str) -> DocumentFacts:
    found = sections(document)
    title = next((section for section in found if section.level == 1), found[0] if found else None)
    spoken = tuple(mentions_in(document.lines))
    states = kind in ("spec", "other")
    stated = requirements(document.lines) if states else ()
    told = stories(document, found) if states else ()
    listed = tasks(document, found, kind)
    defined = {(fact.span.line, fact.id) for fact in stated} | {(fact.span.line, fact.id) for fact in told}
    defined |= {(task.span.line, task.id) for task in listed if task.id}
    commented = [(comment.span, comment.text) for comment in document.comments]
    waiting = [*placeholders(spoken, found, header_end(document, found)), *actions(commented, found)]
    return DocumentFacts(
        kind=kind,
        title=title.title if title else "",
        title_span=title.span if title else START,
        lines=len(document.lines),
        header=header_fields(document, found),
        context=context_fields(document, found),
        sections=found,
        checks=checks(document, found) if kind in ("plan", "other", "tasks") else (),
        requirements=stated,
        stories=told,
        tasks=listed,
        entities=entities(document, found, kind == "data-model"),
        trees=trees(document.fences, found),
        complexity=complexity(document, found),
        links=tuple(links(spoken))[:MENTION_LIMIT],
        paths=tuple(path for line in spoken for path in paths(line))[:MENTION_LIMIT],
        references=_references(spoken, frozenset(defined)),
        placeholders=tuple(sorted(waiting))[:MENTION_LIMIT],
        endpoints=tuple(endpoints(spoken))[:MENTION_LIMIT],
        constitution=_constitution(document, found, kind),
        front_matter=front_matter(document),
        fences=document.fences,
        comments=_spoken_to_the_tool(document.comments),
        names=capital_names(text)[:MENTION_LIMIT],
        addresses=addresses(text)[:MENTION_LIMIT],
        words=words_of(text)[:MENTION_LIMIT] if kind in ("spec", "tasks") else (),
        names_token=names_token(text),
    )


def _references(spoken: tuple[Line, ...], defined: frozenset[tuple[int, str]]) -> tuple[Reference, ...]:
    return tuple(references(spoken, defined))[:MENTION_LIMIT]


def _constitution(document: Lines, found: tuple[Section, ...], kind: DocumentKind) -> Constitution | None:
    return constitution(document, found) if kind == "constitution" else None


def _spoken_to_the_tool(comments: tuple[HtmlComment, ...]) -> tuple[HtmlComment, ...]:
    return tuple(comment for comment in comments if "constitution:" in comment.text)
