"""The tool under test by mutation: applications that are sound, each weakened in one place, and what is proven of them.

What a mutant really does is observed by running it (`mutation.running`), route by route. Whatever lets a request in
without a valid token, or one user at another's rows, must be found; what is seen to be sound must not be called
otherwise.
"""

from collections.abc import Iterator

import pytest

from constitution_lint.catalogue import generators, load
from constitution_lint.findings import Severity
from constitution_lint.model.api import Auth, Isolation, Route
from constitution_lint.model.project import Project
from mutation import authentication, isolation
from mutation.edits import Mutant, Tree
from mutation.running import Observed, observe
from mutation.subjects import SUBJECTS, Subject, understood

OPERATORS = (*authentication.OPERATORS, *isolation.OPERATORS)
FILES = {subject.name: subject.files() for subject in SUBJECTS}
TREES = {name: {path: Tree(path, text) for path, text in files.items()} for name, files in FILES.items()}
MUTANTS = {
    (subject.name, operator.__name__): list(operator(subject, TREES[subject.name]))
    for subject in SUBJECTS
    for operator in OPERATORS
}
LET_GO = (Auth.NONE, Auth.OPTIONAL)
PUBLIC = "GET /health"


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_the_applications_are_sound_and_proven_so(subject: Subject) -> None:
    assert differences(subject, {}) == []
    routes = [route for route in understood(subject, {}).api.routes if route.name != PUBLIC]
    assert {route.guard.auth for route in routes} == {Auth.ENFORCED}
    assert {route.isolation for route in routes} <= {Isolation.ISOLATED, Isolation.NOT_APPLICABLE}


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
def test_every_operator_applies_somewhere(operator: object) -> None:
    name = operator.__name__  # type: ignore[attr-defined]
    assert any(MUTANTS[subject.name, name] for subject in SUBJECTS)


@pytest.mark.parametrize(
    ("subject", "operator"),
    [
        pytest.param(subject, operator.__name__, id=f"{subject.name}-{operator.__name__}")
        for subject in SUBJECTS
        for operator in OPERATORS
        if MUTANTS[subject.name, operator.__name__]
    ],
)
def test_what_a_mutant_does_is_what_is_said_of_it(subject: Subject, operator: str) -> None:
    told = {
        mutant.place: found for mutant in MUTANTS[subject.name, operator] if (found := list(_told(subject, mutant)))
    }
    assert told == {}


def _told(subject: Subject, mutant: Mutant) -> Iterator[str]:
    for path, text in mutant.files.items():
        compile(text, path, "exec")
    yield from differences(subject, mutant.files)


def differences(subject: Subject, changes: dict[str, str]) -> list[str]:
    """Where observation and verdict part, route by route, and breaches that no finding of gates 8 and 9 tells of."""
    seen = observe({**FILES[subject.name], **changes}, subject.setup)
    assert seen is not None, "the application does not start"
    project = understood(subject, changes)
    verdicts = {route.name: route for route in project.api.routes}
    parting = [
        f"{name} {words}"
        for name, observed in seen.items()
        if name != PUBLIC
        for words in _differences(observed, verdicts.get(name))
    ]
    breached = any(one.open or one.leaking for name, one in seen.items() if name != PUBLIC)
    return [*parting, *(["no finding tells of it"] if breached and not _has_findings(project) else [])]


def _differences(observed: Observed, route: Route | None) -> Iterator[str]:
    if route is None:
        yield "is served and not in the route table"
        return
    let_go = route.guard.auth in LET_GO
    if observed.open and not let_go:
        yield f"serves requests without a valid token: {route.guard.auth} ({route.guard.why})"
    if observed.leaking and not let_go and route.isolation is not Isolation.LEAK:
        yield f"shows or changes another user's rows: {route.isolation}"
    if observed.open is not False:
        return
    if route.guard.auth is not Auth.ENFORCED:
        yield f"serves no request without a valid token: {route.guard.auth} ({route.guard.why})"
    sound = not observed.leaking and not observed.crashed
    if sound and route.isolation in (Isolation.LEAK, Isolation.UNPROVEN):
        reasons = [access.why for access in route.accesses if access.verdict in ("leak", "unproven")]
        yield f"shows and changes nobody else's rows: {route.isolation} ({reasons})"


def _has_findings(project: Project) -> bool:
    cards = load().cards
    return any(
        cards[rule].severity is Severity.ERROR and any(check(project))
        for gate in ("enforced-authentication", "user-data-isolation")
        for rule, check in generators(gate).items()
        if rule in cards
    )
