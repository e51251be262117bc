"""What a call came to is told again only where all it rests on is the same, whichever route came first."""

import re
from itertools import permutations
from pathlib import Path
from typing import get_type_hints

import pytest
from isolating import HERE, Form, api_of, forms_of

from constitution_lint.engine import load
from constitution_lint.facts.code import Const, FunctionDef, Lambda
from constitution_lint.facts.location import Location, Span
from constitution_lint.facts.source import Source
from constitution_lint.model.api import Auth, Route
from constitution_lint.model.flow import summaries, values
from constitution_lint.model.flow.fastapi.request_texts import PATH
from constitution_lint.model.flow.journal import Journal
from constitution_lint.model.flow.machine import Machine
from constitution_lint.model.flow.numbering import HOLDING
from constitution_lint.model.flow.record import Loaded
from constitution_lint.model.flow.shared import Shared
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.summaries import Outcome, recall
from constitution_lint.model.flow.values import NONE, Atom, FunctionValue, Row, Scalar, Sequence
from constitution_lint.model.names import Names
from constitution_lint.model.ownership import Ownership
from constitution_lint.model.project import Project
from constitution_lint.model.routes import build_api
from constitution_lint.readers.python import read
from constitution_lint.workspace import Workspace

TESTS = Path(__file__).parents[1]
PLACE = Location("a.py", Span(1, 0, 1, 1))
NODE = Lambda(PLACE.span, (), Const(PLACE.span, None))
NESTED = read(Source("g.py", b"def g():\n    return row, given, g\n")).body[0]
assert isinstance(NESTED, FunctionDef)
PLAIN = {"value", "status"}
"""Whole numbers that number nothing: literals and statuses."""
HEAD = """\
import jwt
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPBearer
from sqlmodel import Field, Session, SQLModel, create_engine, select

app = FastAPI()
engine = create_engine("postgresql://localhost/items")


class User(SQLModel, table=True):
    id: int = Field(primary_key=True)


class Item(SQLModel, table=True):
    id: int = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id")


def get_session():
    with Session(engine) as session:
        yield session


def verify(token: str) -> int:
    return jwt.decode(token, "key", algorithms=["HS256"])["sub"]


def current(token=Depends(HTTPBearer())):
    return verify(token.credentials)


def find(session, item_id, owner):
    query = select(Item).where(Item.id == item_id)
    if owner is not None:
        query = query.where(Item.user_id == owner)
    return session.exec(query).first()
"""
PATHS_READ = """
@app.middleware("http")
async def guard(request: Request, call_next):
    if not request.url.path.startswith("/open"):
        verify(request.headers["authorization"])
    return await call_next(request)
"""
PATHS_LISTED = """
OPEN = ["/open", "/closed"]


@app.middleware("http")
async def guard(request: Request, call_next):
    if request.url.path not in OPEN:
        verify(request.headers["authorization"])
    return await call_next(request)
"""
PATHS_PASSED_ON = """
@app.middleware("http")
async def guard(request: Request, call_next):
    verify(request.headers["authorization"])
    print(f"{request.method} {request.url.path}")
    return await call_next(request)
"""
READ = """
@app.get("/{name}/{{item_id}}")
def read_{name}(item_id: int, session=Depends(get_session), me=Depends({guard})):
    return find(session, item_id, {owner})
"""


def routes_of(code: str) -> list[Route]:
    facts = {"main.py": read(Source("main.py", (HEAD + code).encode()))}
    return list(build_api(Project(workspace=Workspace(root=".", files=("main.py",)), code=facts)).routes)


def test_a_middleware_that_asks_for_the_path_is_followed_for_each_answer() -> None:
    code = (
        PATHS_READ
        + '@app.get("/open/a")\ndef a(): ...\n@app.get("/b")\ndef b(): ...\n@app.get("/open/c")\ndef c(): ...'
    )
    found = {route.path: route.guard.auth for route in routes_of(code)}
    assert found == {"/open/a": Auth.NONE, "/b": Auth.ENFORCED, "/open/c": Auth.NONE}


@pytest.mark.parametrize(("middleware", "times"), [(PATHS_READ, 2), (PATHS_LISTED, 2), (PATHS_PASSED_ON, 1)])
def test_a_middleware_is_followed_once_for_all_that_it_cannot_tell_apart(
    middleware: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[str] = []
    enter = Journal.enter

    def noted(journal: Journal, function: FunctionDef, depth: int) -> None:
        entered.append(function.name)
        enter(journal, function, depth)

    monkeypatch.setattr(Journal, "enter", noted)
    routes_of(middleware + "".join(f'@app.get("/{name}")\ndef {name}(): ...\n' for name in ("open", "b", "c", "d")))
    assert entered.count("guard") == times


PARTS = (
    READ.format(name="own", guard="current", owner="me"),
    READ.format(name="any", guard="current", owner="None"),
    READ.format(name="open", guard="get_session", owner="None"),
)


@pytest.mark.parametrize("order", list(permutations(PARTS)), ids=str)
def test_the_order_of_routes_changes_nothing(order: tuple[str, ...]) -> None:
    wanted = {path: said for part in PARTS for path, said in _placeless(part).items()}
    assert _placeless("".join(order)) == wanted


def _placeless(code: str) -> dict[str, tuple[object, ...]]:
    """What is said of each route, save where it stands."""
    return {
        route.path: (
            route.guard.auth,
            route.guard.name,
            route.isolation,
            [(one.location, one.verdict, one.why, one.fault, len(one.chain)) for one in route.accesses],
        )
        for route in routes_of(code)
    }


def test_one_function_is_isolated_from_one_route_and_leaks_from_another() -> None:
    found = {route.path: (route.guard.auth, route.isolation) for route in routes_of("".join(PARTS))}
    assert found == {
        "/own/{item_id}": (Auth.ENFORCED, "isolated"),
        "/any/{item_id}": (Auth.ENFORCED, "leak"),
        "/open/{item_id}": (Auth.NONE, "leak"),
    }


FORMS = [form for file in sorted(HERE.glob("*.md")) for form in forms_of(file)]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_telling_again_changes_nothing(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    told = api_of(form.code)
    monkeypatch.setattr(summaries, "_MOST_KEPT", 0)
    assert api_of(form.code) == told


@pytest.mark.parametrize("root", sorted((TESTS / "mutation" / "apps").iterdir()), ids=lambda root: root.name)
def test_telling_again_changes_nothing_of_an_application(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = load(root, cache=False).api
    monkeypatch.setattr(summaries, "_MOST_KEPT", 0)
    assert load(root, cache=False).api == told
    assert told.routes


# --- the memory by itself --------------------------------------------------------------------------------------------


def machine(shared: Shared, path: str = "/a") -> Machine:
    made = Machine(Names({}), Ownership({}), shared)
    made.endpoint = (path, "GET")
    shared.request.follow(made.journal, path, "GET")
    return made


def asked(one: Machine, state: State, work: object) -> bool:
    """Was the work done, not told again?"""
    done: list[bool] = []

    def noted(started: State) -> Outcome:
        done.append(True)
        return work(started)  # type: ignore[operator, no-any-return]

    recall(one, "work", state, (), noted)
    return bool(done)


def test_what_a_path_has_proven_counts_where_it_was_asked() -> None:
    def work(state: State) -> Outcome:
        return Outcome([(state, ())] if state.holds(7) else [], [])

    shared = Shared()
    proven, unasked = State(), State()
    proven.prove((7,))
    unasked.prove((8,))
    assert asked(machine(shared), State(), work)
    assert asked(machine(shared), proven, work)
    assert not asked(machine(shared), unasked, work)
    assert not asked(machine(shared), proven, work)


def test_of_the_path_counts_what_was_asked() -> None:
    def work(state: State) -> Outcome:
        [atom] = current.requested(PATH)
        return Outcome([(state, ())] if atom.is_any("startswith", "/a") else [], [])  # type: ignore[attr-defined]

    shared = Shared()
    for path, anew in (("/a", True), ("/ab", False), ("/b", True), ("/c", False)):
        current = machine(shared, path)
        assert asked(current, State(), work) is anew


def test_effects_are_told_again_and_changes_come_to_the_path_at_hand() -> None:
    def work(state: State) -> Outcome:
        one.watch.exchange("token")
        after = state.copy()
        after.prove((5,))
        return Outcome([(after, ())], [])

    shared = Shared()
    one = machine(shared)
    recall(one, "work", State(), (), work)
    one = machine(shared)
    state = State()
    state.equate("path id")
    [(after, _)] = recall(one, "work", state, (), work).returns
    assert one.watch.exchanged == {"token"}
    assert after.holds(5) and after.is_equal("path id")


def test_objects_that_came_to_be_stay_apart_within_a_run() -> None:
    def work(state: State) -> Outcome:
        done.append(True)
        number = one.number()
        after = state.copy()
        after.store(number, "name", NONE)
        return Outcome([(after, (Row("item", number),))], [])

    done: list[bool] = []
    one = machine(Shared())
    found = [recall(one, "work", State(), (), work).returns[0] for _ in range(3)]
    assert len(done) == 1
    assert len({value for _, value in found}) == 3, "each time another row comes to be"
    assert all(after.attribute(row.number, "name") == NONE for after, [row] in found)  # type: ignore[attr-defined]


def test_what_differs_in_its_numbers_alone_is_told_again() -> None:
    def work(state: State) -> Outcome:
        done.append(True)
        child = one.number()
        one.record.load(child, Loaded("part", PLACE, "select", ()))
        after = state.copy()
        if state.holds(given.number):
            after.prove((child,))
        return Outcome([(after, (Sequence(((given,), (Row("part", child),))),))], [])

    done: list[bool] = []
    one = machine(Shared())
    for given, proven, anew in ((Row("item", 7), True, 1), (Row("item", 8), True, 1), (Row("item", 9), False, 2)):
        state = State()
        if proven:
            state.prove((given.number,))
        [(after, [found])] = recall(one, (given,), state, (), work).returns
        [row], [child] = found.items  # type: ignore[attr-defined]
        assert row == given
        assert after.holds(child.number) is proven
        assert one.record.loaded(child.number) is not None
        assert len(done) == anew


def test_two_of_one_are_not_one_and_another() -> None:
    def work(state: State) -> Outcome:
        done.append(True)
        return Outcome([(state, ())], [])

    done: list[bool] = []
    one = machine(Shared())
    for first, second in ((7, 7), (8, 9), (15, 15), (16, 14)):
        recall(one, (Row("item", first), Row("item", second)), State(), (), work)
    assert len(done) == 2


def test_what_a_function_closes_over_is_exchanged_too() -> None:
    def work(state: State) -> Outcome:
        done.append(True)
        env = {"row": (Row("item", one.number()),), "given": (given,), "unused": (Row("item", 99),)}
        function = one.closures.defined(FunctionValue("a.py", "f.g", NESTED, None), env)
        return Outcome([(state, (Sequence(((function,),)),))], [])

    done: list[bool] = []
    one = machine(Shared())
    found = []
    for given in (Row("item", 7), Row("item", 8)):
        [(_, [listed])] = recall(one, (given,), State(), (), work).returns
        [[function]] = listed.items  # type: ignore[attr-defined]
        env = one.closures.env(function.closure)
        assert set(env) == {"row", "given", "g"} and env["given"] == (given,) and env["g"] == (function,)
        found.append(env["row"])
    assert len(done) == 1 and len(set(found)) == 2


def test_a_limit_inside_a_piece_holds_for_it_and_not_for_a_part_of_it() -> None:
    def outer(state: State) -> Outcome:
        one.stack.append(NODE)
        recall(one, "inner", state, (), inner)
        one.stack.pop()
        return Outcome([(state, ())], [])

    def inner(state: State) -> Outcome:
        done.append(True)
        one.journal.limit(one.stack.index(NODE))
        return Outcome([(state, ())], [])

    done: list[bool] = []
    one = machine(Shared())
    recall(one, "outer", State(), (), outer)
    recall(one, "outer", State(), (), outer)
    assert len(done) == 1, "the function is called inside the piece, whoever calls it"
    one.stack.append(NODE)
    recall(one, "inner", State(), (), inner)
    assert len(done) == 2, "how deep it is called matters to the part"


def test_no_row_a_row_and_the_twin_of_one_differ() -> None:
    numbering = Shared().numbering
    found = [numbering.form(Scalar("row", "item.id", number, "id")) for number in (0, 17, -17, 18)]
    assert [one.numbers for one in found] == [(), (17,), (17,), (18,)]
    assert found[1].shape == found[3].shape and len({one.shape for one in found}) == 3


def test_there_is_one_of_each_thing_of_the_module_level() -> None:
    shared = Shared()
    module = machine(shared)
    module.module_level = True
    first, second = (shared.numbering.form((Row("item", module.number()),)) for _ in range(2))
    assert first.shape != second.shape and not first.numbers


@pytest.mark.parametrize(
    "kind", [one for one in vars(values).values() if isinstance(one, type) and issubclass(one, Atom)]
)
def test_every_field_that_may_hold_numbers_is_exchanged(kind: type[Atom]) -> None:
    hints = get_type_hints(kind)
    holding = {
        name
        for name in kind.__struct_fields__
        if re.search(r"\bint\b|Atom|Part|Condition|Query|ColumnRef", str(hints[name]))
    }
    assert holding - PLAIN <= set(HOLDING.get(kind, ()))
