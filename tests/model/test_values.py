"""What values say of themselves, and what is left of many of them."""

import pytest

from constitution_lint.model.flow.traits import is_client, is_credential, is_plain, says, taint
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import NONE, SERVER, Known, Made, Mapping, Opaque, Row, Scalar, Sequence, Value

SENT: Value = (Scalar("client", "body title"),)
TOKEN: Value = (Scalar("client", "token", credential=True),)
ROW: Value = (Row("task", 7),)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda value: (Sequence((NONE, value)),),
        lambda value: (Mapping((("a", value),)),),
        lambda value: (Mapping((), value),),
        lambda value: (Made("a.b", (("c", value),)),),
    ],
)
def test_what_is_inside_counts_wherever_it_stands(wrap: object) -> None:
    inside = [wrap(value) for value in (SENT, TOKEN, ROW)]  # type: ignore[operator]
    assert [is_client(value) for value in inside] == [True, True, False]
    assert [is_credential(value) for value in inside] == [False, True, False]
    assert [taint(value) for value in inside] == [frozenset(), frozenset(), {7}]


@pytest.mark.parametrize(
    ("literal", "flag"),
    [(True, True), (None, True), ("admin", True), (1, True), ("no such task", False), (404, False), (0.5, False)],
)
def test_a_flag_is_what_code_may_ask_again(literal: str | int | float | None, flag: bool) -> None:
    assert says((Known(literal),)) is says((Sequence(((Known(literal),),)),)) is flag


def test_plain_is_what_no_client_said_and_no_row_holds() -> None:
    assert is_plain((Known("a"), *SERVER, Sequence((NONE,)), Mapping((("a", SERVER),))))
    for value in (SENT, ROW, (Opaque("?"),), (Mapping((), SENT),), (Sequence((ROW,)),)):
        assert not is_plain(value)


def test_too_many_atoms_become_one_with_all_that_is_inside() -> None:
    several = [(Row("task", number),) for number in range(1, 12)]
    [folded] = union(*several, TOKEN)
    assert isinstance(folded, Opaque)
    assert folded.taint == frozenset(range(1, 12)) and folded.credential and folded.client
