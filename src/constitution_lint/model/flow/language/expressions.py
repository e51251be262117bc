"""Expressions over abstract values: names, attributes, items, displays and comprehensions."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from constitution_lint.facts.code import (
    Attribute,
    Binary,
    BoolOp,
    Call,
    Collection,
    Compare,
    Comprehension,
    Conditional,
    Const,
    DictDisplay,
    Expr,
    FunctionDef,
    JoinedStr,
    Lambda,
    Name,
    Node,
    Starred,
    Subscript,
    Unary,
    Walrus,
    Yield,
)
from constitution_lint.facts.location import Location, Span
from constitution_lint.model.flow import elements, merging
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.fastapi import request_texts, responses
from constitution_lint.model.flow.fastapi.request_texts import Requested
from constitution_lint.model.flow.identity import principals, roles
from constitution_lint.model.flow.language import (
    attributes,
    calls,
    comparisons,
    comprehensions,
    conditions,
    container_methods,
    dicts,
    exceptions,
    indexing,
    module_caches,
    operators,
)
from constitution_lint.model.flow.queries import client_keys, database, predicates, results, sql_fragments
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import holds_tools, is_bool, is_client, is_credential, is_literal, taint
from constitution_lint.model.flow.unions import listed, union
from constitution_lint.model.flow.values import (
    FALSE,
    NONE,
    TRUE,
    Atom,
    Body,
    ColumnRef,
    Condition,
    Dump,
    Failure,
    FunctionValue,
    Instance,
    Known,
    Made,
    Mapping,
    Opaque,
    Query,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Session,
    Value,
    literal,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
_MOST_ROUNDS = 12
_MOST_DICTS = 8
_MOST_WAYS = 4
"""So many ways through the parts of one expression are kept apart."""


def evaluate(machine: "Machine", node: Expr, state: State, frame: "Frame") -> Pairs:
    """All values an expression can have from a state, each with the state after it; raising paths go to the frame."""
    method = _EXPRESSIONS.get(type(node))
    if method is None:
        return [(state, (Opaque("an expression that is not followed"),))]
    found: Pairs = method(machine, node, state, frame)
    return found


def evaluate_all(
    machine: "Machine", nodes: tuple[Expr, ...], state: State, frame: "Frame"
) -> list[tuple[State, list[Value]]]:
    """Several expressions from left to right."""
    paths: list[tuple[State, list[Value]]] = [(state, [])]
    for node in nodes:
        if len(paths) == 1:
            one, values = paths[0]
            paths = [(after, [*values, value]) for after, value in evaluate(machine, node, one, frame)]
            continue
        paths = [
            (after, [*values, value]) for one, values in paths for after, value in evaluate(machine, node, one, frame)
        ]
        paths = merging.merge_paths(paths, _MOST_WAYS)
    return paths


def _attribute(machine: "Machine", node: Attribute, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, holder in evaluate(machine, node.value, state, frame):
        if exceptions.of_nothing(node.value, holder, after, frame, "AttributeError"):
            continue
        values: list[Value] = []
        for atom in holder:
            if is_literal(atom, None) and len(holder) > 1:
                continue
            getter = attributes.getter_of(machine, atom, node.attr, after)
            if getter is None:
                values.append(attributes.attribute_of(machine, atom, node.attr, after))
                continue
            found.extend(
                (done, value if after.switched else named_switch(value, done, node.attr))
                for done, value in calls.call_function(machine, *getter, after, frame, node.span)
            )
        present = [value for value in values if value]
        if present:
            found.append((after, union(*present)))
        elif values:
            frame.raises.append((after, Failure("AttributeError")))
    return merging.merge_outcomes(found)


def named_switch(value: Value, state: State, name: str) -> Value:
    """True or false as the environment decides it is a setting by the name it is kept in."""
    if len(value) == 1 and is_bool(value[0]) and state.switched:
        return (msgspec.structs.replace(value[0], setting=name),)
    return value


_STATUS = {"HTTP_": 5}


def _tests(machine: "Machine", node: Expr, state: State, frame: "Frame") -> Pairs:
    """A comparison or `not`: a statement's condition where a column is in it, else both outcomes with their proofs."""
    if isinstance(node, Compare):
        pairs = comparisons.comparison(machine, node, state, frame)
        if pairs is not None:
            return pairs
    elif isinstance(node, Unary):
        operand = evaluate(machine, node.operand, state, frame) if node.op != "not" else None
        if operand is not None:
            return [(after, _negated(node.op, value)) for after, value in operand]
    true, false = conditions.branch(machine, node, state, frame)
    return [*((after, TRUE) for after in true), *((after, FALSE) for after in false)]


def _negated(op: str, value: Value) -> Value:
    return predicates.negated(value) if op == "~" else value


def _boolean(machine: "Machine", node: BoolOp, state: State, frame: "Frame") -> Pairs:
    """`a or b`, `a and b` as values: the operand that decides, with what its truth proves."""
    found: Pairs = []
    states = [state]
    for position, operand in enumerate(node.values):
        last = position == len(node.values) - 1
        following: list[State] = []
        for one in states:
            if last:
                found.extend(evaluate(machine, operand, one, frame))
                continue
            true, false = conditions.branch(machine, operand, one, frame)
            decided, following_now = (true, false) if node.op == "or" else (false, true)
            for after in decided:
                found.extend(
                    (done, conditions.limited(value, node.op == "or"))
                    for done, value in evaluate(machine, operand, after, frame)
                )
            following.extend(following_now)
        states = following
    return [(after, value) for after, value in found if value]


def _binary(machine: "Machine", node: Binary, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, left in evaluate(machine, node.left, state, frame):
        for done, right in evaluate(machine, node.right, after, frame):
            own = operators.applied(machine, node.op, left, right, done, frame, node.span)
            if own is not None:
                found.extend(own)
                continue
            held = roles.common_roles(machine, "__and__", left, right, done) if node.op == "&" else None
            if held is not None:
                found.append((done, (held,)))
                continue
            both = client_keys.among_both(machine, left, right, done) if node.op == "&" else None
            if both is not None:
                found.append((done, both))
                continue
            left_over = client_keys.left_over(machine, left, right, done) if node.op == "-" else None
            found.append((done, (left_over,) if left_over is not None else _combined(node.op, left, right)))
    return found


def _combined(op: str, left: Value, right: Value) -> Value:
    if op in ("&", "|") and any(isinstance(atom, Condition | Query) for atom in (*left, *right)):
        both = (predicates.predicate(left), predicates.predicate(right))
        if op == "&":
            return (Condition(None, "and", all_of=both),)
        return (Condition(None, "or", alternatives=((both[0],), (both[1],))),)
    if op == "+" and (statement := sql_fragments.appended(left, right)) is not None:
        return statement
    if op == "+" and len(left) == 1 and len(right) == 1:
        first, second = left[0], right[0]
        if isinstance(first, Known) and isinstance(second, Known) and Requested in (type(first), type(second)):
            return request_texts.joined([first, second])
        if (
            isinstance(first, Known)
            and isinstance(second, Known)
            and isinstance(first.value, str)
            and isinstance(second.value, str)
        ):
            return (Known(first.value + second.value, first.setting or second.setting),)
    if op == "+" and all(isinstance(atom, Sequence) for atom in (*left, *right)):
        return union(*((_concatenated(first, second),) for first in left for second in right))
    if op == "*" and any(isinstance(atom, Sequence) for atom in (*left, *right)):
        return tuple(Sequence(atom.items, True) for atom in (*left, *right) if isinstance(atom, Sequence))
    if op == "|" and any(isinstance(atom, Mapping | Dump) for atom in (*left, *right)):
        return dicts.with_items(left, right)
    return mixed("a computed value", left, right)


def _concatenated(first: Any, second: Any) -> Sequence:
    return listed((*first.items, *second.items), first.open or second.open)


def mixed(reason: str, *values: Value) -> Value:
    joined = union(*values) if values else NONE
    rows = taint(joined)
    if not rows and not is_client(joined):
        return (Scalar("server"),)
    return (Opaque(reason, rows, is_credential(joined), is_client(joined)),)


def _subscript(machine: "Machine", node: Subscript, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, holder in evaluate(machine, node.value, state, frame):
        if exceptions.of_nothing(node.value, holder, after, frame, "TypeError"):
            continue
        for done, key in evaluate(machine, node.index, after, frame):
            own = operators.applied(machine, "[]", holder, key, done, frame, node.span)
            if own is not None:
                found.extend(own)
                continue
            kept = module_caches.item_under_proof(machine, holder, key, done)
            found.append(kept or (done, indexing.item_at(machine, node.value, holder, key, done)))
    return found


def _display(machine: "Machine", node: Collection, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, values in evaluate_all(machine, node.items, state, frame):
        items: list[Value] = []
        is_open = node.kind == "slice"
        for item, value in zip(node.items, values, strict=True):
            if isinstance(item, Starred):
                rounds, spread_open = rounds_of(machine, value, after, frame.at(item.span))
                items.extend(rounds)
                is_open = is_open or spread_open
            else:
                items.append(value)
        whole = listed(items, is_open)
        certain = tuple(value for item, value in zip(node.items, values, strict=True) if not isinstance(item, Starred))
        found.append((after, (Sequence(certain), Sequence(whole.items)) if is_open and certain else (whole,)))
    return found


def _dict(machine: "Machine", node: DictDisplay, state: State, frame: "Frame") -> Pairs:
    paths: Pairs = [(state, (Mapping(()),))]
    for key, held in node.items:
        following: Pairs = []
        for one, built in paths if len(paths) <= _MOST_DICTS else merging.merge_outcomes(paths):
            for after, value in evaluate(machine, held, one, frame):
                if key is None:
                    added = tuple(container_methods.spread(machine, atom) for atom in value)
                    following.append((after, dicts.with_items(built, added)))
                else:
                    following.extend(
                        (done, dicts.with_item(built, _column_name(name), value))
                        for done, name in evaluate(machine, key, after, frame)
                    )
        paths = following
    return paths


def _column_name(key: Value) -> Value:
    """`{Task.user_id: …}` says the same to a statement as `{"user_id": …}`."""
    return tuple(Known(atom.column) if isinstance(atom, ColumnRef) else atom for atom in key)


def _text(machine: "Machine", node: JoinedStr, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, values in evaluate_all(machine, node.parts, state, frame):
        if all(len(value) == 1 and isinstance(value[0], Known) for value in values):
            found.append((after, request_texts.joined([value[0] for value in values])))
        else:
            found.append((after, _as_sql(machine, values, after) or _formatted(machine, values, after)))
    return found


def _as_sql(machine: "Machine", values: list[Value], state: State) -> Value | None:
    return sql_fragments.from_pieces(values, lambda value: principals.principal(machine, value, state))


def _formatted(machine: "Machine", values: list[Value], state: State) -> Value:
    """A text with values in it; one that is nothing but a plain value says the same."""
    if len(values) == 1 and all(isinstance(atom, Scalar) for atom in values[0]):
        return values[0]
    told = (responses.without_echoes(machine, value) for value in values)
    return mixed("a formatted text", *(operators.held(machine, value, state) for value in told))


def _conditional(machine: "Machine", node: Conditional, state: State, frame: "Frame") -> Pairs:
    true, false = conditions.branch(machine, node.test, state, frame)
    return [
        *(pair for after in true for pair in evaluate(machine, node.body, after, frame)),
        *(pair for after in false for pair in evaluate(machine, node.orelse, after, frame)),
    ]


def _lambda(machine: "Machine", node: Lambda, state: State, frame: "Frame") -> Pairs:
    closure = machine.closures.number(node, {**frame.closure, **state.env})
    return [(state, (FunctionValue(frame.file, f"{frame.qualname}.<lambda>", node, None, closure),))]


def _starred(machine: "Machine", node: Starred, state: State, frame: "Frame") -> Pairs:
    return evaluate(machine, node.value, state, frame)


def _walrus(machine: "Machine", node: Walrus, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, value in evaluate(machine, node.value, state, frame):
        after = after.copy()
        after.env[node.target] = value
        found.append((after, value))
    return found


def _yield(machine: "Machine", node: Yield, state: State, frame: "Frame") -> Pairs:
    pairs: Pairs = [(state, NONE)] if node.value is None else evaluate(machine, node.value, state, frame)
    frame.yields.extend(comprehensions.settled(machine, after, value) for after, value in pairs)
    if frame.suspended is not None:
        frame.suspended.extend(pairs)
    return [(after, NONE) for after, _ in pairs]


def _name(machine: "Machine", node: Name, state: State, frame: "Frame") -> Pairs:
    return [(state, machine.lookup(node.id, state, frame))]


def _call(machine: "Machine", node: Call, state: State, frame: "Frame") -> Pairs:
    return calls.evaluate_call(machine, node, state, frame)


def _constant(machine: "Machine", node: Const, state: State, frame: "Frame") -> Pairs:
    return [(state, literal(node.value if node.kind == "plain" else "..."))]


def _comprehension(machine: "Machine", node: Comprehension, state: State, frame: "Frame") -> Pairs:
    return comprehensions.comprehension(machine, node, state, frame)


_EXPRESSIONS: dict[type[Node], Callable[["Machine", Any, State, "Frame"], Pairs]] = {
    Name: _name,
    Const: _constant,
    Attribute: _attribute,
    Call: _call,
    Compare: _tests,
    Unary: _tests,
    BoolOp: _boolean,
    Binary: _binary,
    Subscript: _subscript,
    Collection: _display,
    DictDisplay: _dict,
    Comprehension: _comprehension,
    JoinedStr: _text,
    Conditional: _conditional,
    Lambda: _lambda,
    Starred: _starred,
    Walrus: _walrus,
    Yield: _yield,
}


def rounds_of(machine: "Machine", iterable: Value, state: State, location: Location) -> tuple[list[Value], bool]:
    """What a loop's target is bound to in turn, and whether the loop may run any number of times (also none)."""
    rounds: list[Value] = []
    is_open = False
    for atom in iterable:
        if type(atom) is Sequence:
            rounds.extend(_items(atom, state) if atom.open else atom.items)
            is_open = is_open or atom.open
        elif type(atom) is Rows:
            rounds.append((Row(atom.table, atom.number),))
            is_open = True
        elif type(atom) is Result:
            rounds.append(results.element(atom))
            is_open = True
        elif type(atom) is Query and atom.session:
            rounds.append(results.element(database.executed(machine, atom, state, location)))
            is_open = True
        elif type(atom) is Session and atom.number:
            inner, _ = rounds_of(machine, machine.heap(state, atom.number, "result") or NONE, state, location)
            rounds.extend(inner)
            is_open = True
        elif type(atom) is Mapping:
            rounds.extend((Known(name),) for name, _ in atom.items)
            is_open = is_open or bool(atom.rest)
        else:
            rounds.append((_element(atom, state),))
            is_open = True
    if len(rounds) > _MOST_ROUNDS:
        return [union(*rounds)], True
    return rounds, is_open or len(iterable) > 1


def _items(atom: Sequence, state: State) -> list[Value]:
    return [tuple(elements.of_list(one, state) for one in item) for item in atom.items]


def _element(atom: Atom, state: State) -> Atom:
    if isinstance(atom, Scalar) or (isinstance(atom, Made) and holds_tools(atom)):
        return elements.of_list(atom, state)
    if isinstance(atom, Made) and atom.dotted in ("request.headers", "request.cookies"):
        return Scalar("client", f"{atom.dotted.removeprefix('request.')} ?", credential=True)
    if isinstance(atom, Dump):
        return Made("dump.key", (("dump", (atom,)),), client=True)
    if isinstance(atom, Body):
        return elements.of_list(atom if atom.definition is not None else Scalar("client", atom.key), state)
    return Opaque("an element of something unknown", taint((atom,)), is_credential((atom,)), is_client((atom,)))


def entered(machine: "Machine", value: Value, state: State, frame: "Frame", span: Span) -> Pairs:
    """What `with value as x` gives: an object of the project is asked, sessions and clients give themselves.

    Of a generator it is the item, as its author means it, whether or not a decorator makes a context manager of it.
    """
    found: Pairs = []
    for atom in value:
        entering = _entering(machine, atom)
        if isinstance(atom, Sequence) and atom.items:
            found.append((state, union(*atom.items)))
        elif entering is None:
            found.append((state, (atom,)))
        else:
            found.extend(calls.call_function(machine, entering, Arguments(), state, frame, span))
    return merging.merge_outcomes(found)


def _entering(machine: "Machine", atom: Atom) -> FunctionValue | None:
    if not isinstance(atom, Instance):
        return None
    for name in ("__aenter__", "__enter__"):
        member = machine.names.member(atom.definition, name)
        if member is not None and isinstance(member.node, FunctionDef):
            owner = machine.names.resolve(member.file, member.name.split(".")[0])
            return FunctionValue(member.file, member.name, member.node, atom, 0, owner)
    return None
