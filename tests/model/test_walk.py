from constitution_lint.facts.code import Call, Const, FunctionDef, If
from constitution_lint.facts.source import Source
from constitution_lint.model.walk import (
    calls,
    dotted_name,
    functions,
    walk_expressions,
    walk_statements,
    without_docstring,
)
from constitution_lint.readers.python import read

MODULE = b'''
import os
@wrap(1)
def outer(a: int = first()):
    """Says."""
    if second(a):
        with third() as t:
            return [fourth(x) for x in t if fifth(x)]
    def inner():
        return sixth()
    try:
        pass
    except Error:
        seventh({"a": eighth(), **ninth()}, lambda: tenth())
'''


def body():
    return read(Source("m.py", MODULE)).body


def test_calls_are_found_wherever_they_stand():
    names = [dotted_name(call.func) for call in calls(body())]
    assert sorted(names) == sorted(
        ["wrap", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
    )


def test_nested_definitions_can_be_left_alone():
    outer = next(functions(body()))
    names = {dotted_name(call.func) for call in calls(outer.body, into_definitions=False)}
    assert "sixth" not in names
    assert "seventh" in names


def test_outer_comes_before_inner():
    kinds = [type(statement) for statement in walk_statements(body())]
    assert kinds.index(FunctionDef) < kinds.index(If)
    inner = [found for found in walk_expressions(body()) if isinstance(found, Call | Const)]
    assert inner[0].span < inner[-1].span


def test_docstring_is_set_aside():
    outer = next(functions(body()))
    assert len(without_docstring(outer.body)) == len(outer.body) - 1
    assert without_docstring(()) == ()
