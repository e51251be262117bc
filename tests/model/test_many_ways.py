"""Handlers with more ways through than are kept apart: what is proven before them stays proven."""

import pytest
from isolating import api_of

from constitution_lint.model.api import Auth, Isolation
from constitution_lint.model.flow import executing, merging
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import taint
from constitution_lint.model.flow.values import Opaque, Value

ONE = """
    if body.get("a{n}"):
        row = db.exec(select(Task).where(Task.user_id == me.id, Task.title == body["a{n}"])).first()
        if row is None:
            told.append("no {n}")
        else:
            row.done = not row.done
            told.append(row.title)
    elif body.get("b{n}"):
        told.extend(one.title for one in db.exec(select(Task).where(Task.user_id == me.id)).all())
"""
HEAD = """
@app.post("/chat")
def chat(body: dict, db: Db, me: Me):
    told = []
"""


def handler(ways: int, of_them: str = ONE) -> str:
    return f"{HEAD}{''.join(of_them.format(n=n) for n in range(ways))}    return told\n"


def verdict(code: str) -> tuple[Auth, Isolation]:
    route = api_of(code).routes[0]
    return route.guard.auth, route.isolation


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executing, "MOST_STEPS", 700)


def test_a_long_handler_is_followed_with_fewer_paths_kept_apart() -> None:
    assert verdict(handler(20)) == (Auth.ENFORCED, Isolation.ISOLATED)


def test_a_leak_at_its_end_is_found() -> None:
    code = handler(20).replace("    return told\n", '    return [*told, db.get(Task, body["id"])]\n')
    assert verdict(code) == (Auth.ENFORCED, Isolation.LEAK)


def test_of_a_handler_that_is_too_long_the_guard_is_told_all_the_same() -> None:
    assert verdict(handler(150)) == (Auth.ENFORCED, Isolation.UNPROVEN)


def test_what_only_the_handler_verifies_is_open_where_it_is_too_long() -> None:
    code = (
        handler(150)
        .replace("me: Me)", "token: str)")
        .replace("    told = []", "    me = get_current_user(db, get_user_id(token))\n    told = []")
    )
    assert verdict(code) == (Auth.UNPROVEN, Isolation.UNPROVEN)


def test_what_is_taken_together_keeps_in_its_value_what_each_way_proved() -> None:
    ways = []
    for number in range(1, 13):
        state = State()
        for other in range(1, 13):
            state.owe(other)
        state.prove((number,))
        ways.append((state, (Opaque("told", frozenset({number})),)))

    def proven(state: State, value: Value) -> Value:
        return tuple(Opaque("told", state.unproven(taint((one,)))) for one in value)

    [(together, value)] = merging.merge_outcomes(ways, proven)
    assert not taint(value)
    assert not any(together.has_proven(number) for number in range(1, 13))
    assert merging.merge_outcomes(ways[:3], proven) == ways[:3]
