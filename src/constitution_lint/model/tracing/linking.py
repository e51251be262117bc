"""The whole trace of a project: elements, links of every kind, and the state of each element."""

from collections import defaultdict
from collections.abc import Iterable

from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.tracing.by_name import links_by_name
from constitution_lint.model.tracing.by_words import links_by_words
from constitution_lint.model.tracing.collecting import route_element, tables_of, tests_of, traced_features
from constitution_lint.model.tracing.dangling import dangling_references
from constitution_lint.model.tracing.elements import Element, Link, Trace, surest_first
from constitution_lint.model.tracing.requests import links_of_tests
from constitution_lint.model.tracing.states import states_of


@remembered
def trace_of(project: Project) -> Trace:
    """Everything traced in a project. Between two elements the surest link stands alone."""
    links = _once([*links_by_name(project), *links_by_words(project), *links_of_tests(project)])
    elements = _elements(project, links)
    dangling = tuple(sorted(dangling_references(project)))
    return Trace(elements, links, states_of(project, elements, links, dangling), dangling)


def _once(links: Iterable[Link]) -> tuple[Link, ...]:
    between: dict[tuple[Element, Element], list[Link]] = defaultdict(list)
    for link in links:
        between[link.below, link.above].append(link)
    return tuple(sorted(surest_first(found)[0] for found in between.values()))


def _elements(project: Project, links: Iterable[Link]) -> tuple[Element, ...]:
    """What documents state first, then the code; files only where something leads to them or from them."""
    found = [element for traced in traced_features(project) for element in traced.elements()]
    found += [route_element(route) for route in project.api.routes]
    found += tables_of(project)
    found += [test.element for test in tests_of(project)]
    linked = [element for link in links for element in (link.below, link.above)]
    found += sorted({element for element in linked if element.kind == "file"})
    return tuple(dict.fromkeys(found))
