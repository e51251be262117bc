"""Conditions: which paths continue when a test holds or fails, and what each outcome proves."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    Attribute,
    Binary,
    BoolOp,
    Call,
    Collection,
    Compare,
    Comprehension,
    Expr,
    Name,
    Unary,
    Walrus,
)
from constitution_lint.model.flow import elements
from constitution_lint.model.flow.identity import bearer_tokens, roles
from constitution_lint.model.flow.language import comparisons, expressions, loops
from constitution_lint.model.flow.queries import client_keys
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, is_foreign, truth
from constitution_lint.model.flow.values import (
    Atom,
    ClassRef,
    External,
    Instance,
    Known,
    Made,
    Mapping,
    Opaque,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Value,
)
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import dotted_name, last_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Branches = tuple[list[State], list[State]]
_OK_STATUS = frozenset({"status_code", "is_success", "ok", "status"})


def branch(machine: "Machine", test: Expr, state: State, frame: "Frame") -> Branches:
    """The states in which a test is true, and those in which it is false."""
    if type(test) is Unary and test.op == "not":
        true, false = branch(machine, test.operand, state, frame)
        return false, true
    if type(test) is BoolOp:
        return _boolean(machine, test, state, frame)
    if type(test) is Compare:
        return comparisons.compared(machine, test, state, frame)
    if type(test) is Call and dotted_name(test.func) == "isinstance" and len(test.args) == 2:
        return _isinstance(machine, test, state, frame)
    over = _quantified(machine, test, state, frame)
    if over is not None:
        return _any_or_all(machine, *over, state, frame)
    true, false = [], []
    around, frame.left = frame.left, test.span if type(test) is Call and not test.awaited else None
    found = machine.evaluate(test, state, frame)
    frame.left = around
    for after, value in found:
        yes, no = by_truth(machine, test, value, after, frame)
        true.extend(yes)
        false.extend(no)
    return true, false


def _quantified(machine: "Machine", test: Expr, state: State, frame: "Frame") -> tuple[bool, Comprehension] | None:
    """`any(… for … in …)`, `all(…)`: whether one is enough, and what is asked of each element."""
    if type(test) is not Call or type(test.func) is not Name or test.func.id not in ("any", "all"):
        return None
    asked = test.args[0].value if len(test.args) == 1 and test.args[0].name is None else None
    if type(asked) is not Comprehension or asked.kind == "dict" or len(asked.generators) != 1:
        return None
    if machine.lookup(test.func.id, state, frame) != (External(f"builtins.{test.func.id}"),):
        return None
    return test.func.id == "any", asked


def _any_or_all(machine: "Machine", is_any: bool, asked: Comprehension, state: State, frame: "Frame") -> Branches:
    """Element by element, as a loop would: `any` ends where one is true, `all` where one is false."""
    [generator], outside = asked.generators, state.env
    ended: list[State] = []
    passed: list[State] = []
    for after, iterable in machine.evaluate(generator.iterable, state, frame):
        rounds, is_open = expressions.rounds_of(machine, iterable, after, frame.at(generator.iterable.span))
        keys = [] if generator.conditions else elements.lists_in(iterable)
        going, known = [elements.begin(rounds, after)], len(ended)
        for element in rounds:
            following: list[State] = []
            for bound in (done for one in going for done in machine.bind(generator.target, element, one, frame)):
                true, false = _of_element(machine, asked.element, generator.conditions, bound, frame)
                ended += true if is_any else false
                following += false if is_any else true
            through = elements.gone_through(keys, following)
            if is_open or generator.conditions:
                is_certain = not generator.conditions and len(rounds) == 1
                skipped = [loops.without_rows(one, iterable) for one in going] if is_certain else going
                through += [elements.none_at_all(keys, one, through) for one in skipped]
            going = machine.merged(through)
        passed += going
        if is_any:
            ended[known:] = [loops.of_one(machine, iterable, after, one) for one in ended[known:]]
    ended, passed = ([one.within(outside) for one in machine.merged(ways)] for ways in (ended, passed))
    return (ended, passed) if is_any else (passed, ended)


def _of_element(
    machine: "Machine", asked: Expr, conditions: tuple[Expr, ...], bound: State, frame: "Frame"
) -> Branches:
    """The paths on which an element that meets the conditions is as asked, and those on which it is not."""
    met = [bound]
    for condition in conditions:
        met = [true for one in met for true in branch(machine, condition, one, frame)[0]]
    split = [branch(machine, asked, one, frame) for one in met]
    return [one for true, _ in split for one in true], [one for _, false in split for one in false]


def _boolean(machine: "Machine", test: BoolOp, state: State, frame: "Frame") -> Branches:
    going, decided = [state], []
    for operand in test.values:
        following: list[State] = []
        for one in going:
            true, false = branch(machine, operand, one, frame)
            following.extend(true if test.op == "and" else false)
            decided.extend(false if test.op == "and" else true)
        going = following
    for operand in _told_by_others(test):
        going = [one for state in going for one in branch(machine, operand, state, frame)[test.op == "or"]]
    return (going, decided) if test.op == "and" else (decided, going)


def _told_by_others(test: BoolOp) -> list[Expr]:
    """Comparisons that say more when what follows them is known: `note.task_id == key and note.owner == me`."""
    equal = "==" if test.op == "and" else "!="
    compared = [one for one in test.values if isinstance(one, Compare) and one.ops == (equal,)]
    return [one for one in compared[:-1] if isinstance(one.left, Attribute) and _is_name(one.comparators[0])]


def _is_name(node: Expr) -> bool:
    return isinstance(node, Name) or (isinstance(node, Attribute) and isinstance(node.value, Name))


def limited(value: Value, to_true: bool) -> Value:
    """The atoms of a value that can be true (or false)."""
    return tuple(atom for atom in value if truth(atom) is not (not to_true))


def by_truth(machine: "Machine", test: Expr, value: Value, state: State, frame: "Frame") -> Branches:
    """Split a state by the truth of a value; a name or attribute tested is narrowed to the atoms that remain."""
    true: list[State] = []
    false: list[State] = []
    yes, no = limited(value, True), limited(value, False)
    switch = switch_of(value) if yes and no else ""
    if yes:
        after = narrowed_by(machine, test, value, yes, state, frame)
        decided_by(after, switch and f"{switch} is set")
        granted(machine, yes, after)
        ranked(machine, test, yes, after)
        client_keys.all_within(value, after)
        true.append(after)
    if no:
        after = narrowed_by(machine, test, value, no, state, frame)
        decided_by(after, switch and f"{switch} is not set")
        client_keys.none_left(value, after)
        bearer_tokens.without(value, after)
        client_keys.names_none(machine, value, after)
        false.append(after)
    return true, false


def switch_of(value: Value) -> str:
    """The setting or environment variable that decides a test; "" when it is something of the request."""
    named = {_setting(atom) for atom in value}
    return named.pop() if len(named) == 1 else ""


def _setting(atom: Atom) -> str:
    if isinstance(atom, Known):
        return atom.setting
    kind, _, name = atom.key.partition(" ") if type(atom) is Scalar and atom.origin == "server" else ("", "", "")
    return name if kind in ("environment", "setting") else ""


def decided_by(state: State, condition: str) -> None:
    """Keep in mind what outside the request chose an unverified path; the first such choice is the one to name."""
    if condition and not state.verified and not state.switched:
        state.switched = condition


def narrowed_by(machine: "Machine", test: Expr, whole: Value, part: Value, state: State, frame: "Frame") -> State:
    state = state.copy()
    if type(test) is Walrus:
        state.env[test.target] = part
    elif type(test) is Name:
        if part != whole:
            state.env[test.id] = part
    elif type(test) is Attribute and type(test.value) is Name:
        for holder in machine.lookup(test.value.id, state, frame):
            if type(holder) is Instance and part != whole:
                state.store(holder.number, test.attr, part)
    return state


def granted(machine: "Machine", value: Value, state: State) -> None:
    """What follows from a value being true: a row exists, a role is held, a call that may verify said yes."""
    if value and all(isinstance(atom, Scalar) and _is_role_held(machine, atom, state) for atom in value):
        held = next(atom for atom in value if isinstance(atom, Scalar))
        state.admin = state.admin or f"{held.column or held.key} is checked"
    elif len(value) != 1:
        rows = [atom for atom in value if isinstance(atom, Row)]
        if len(rows) == len(value):
            found_is_proven = all(state.has_proven(row.number) for row in rows)  # which of them it is, nobody knows
            for row in rows:
                if found_is_proven:
                    machine.record.exists(row, state)
                roles.note_role_found(machine, row.number, state)
        for atom in value:
            _granted_perhaps(atom, state)
    else:
        _granted_alone(machine, value[0], state)


def _is_role_held(machine: "Machine", atom: Scalar, state: State) -> bool:
    return roles.ROLE.search(atom.column or atom.key) is not None and roles.is_held(machine, atom, state)


def _granted_alone(machine: "Machine", atom: Atom, state: State) -> None:
    if type(atom) is Row:
        machine.record.exists(atom, state)
        machine.record.look_up(atom, state)
        roles.note_role_found(machine, atom.number, state)
    elif type(atom) is Sequence and not atom.open:
        for row in (one for item in atom.items if len(item) == 1 for one in item if type(one) is Row):
            machine.record.exists(row, state)
            machine.record.look_up(row, state)
    elif isinstance(atom, (Rows, Result)):
        machine.record.look_up(Row(atom.table, atom.number), state)
        roles.note_role_found(machine, atom.number, state)
    elif type(atom) is Made:
        _granted_by_library(atom, state)
    else:
        _granted_perhaps(atom, state)


def granted_perhaps(value: Value, state: State) -> None:
    """What could not be followed has the shape that was asked for, as a result of a verification has."""
    for atom in value:
        _granted_perhaps(atom, state)


def _granted_perhaps(atom: Atom, state: State) -> None:
    """Something that a credential went into said yes, and what it is could not be followed."""
    reason = ""
    if isinstance(atom, Opaque) and atom.credential:
        reason = atom.reason
    elif type(atom) is Made and atom.credential and is_foreign(atom.dotted):
        reason = f"{atom.dotted} is not known"
    if reason and not state.verified and not state.maybe:
        state.maybe = reason


def _is_unknown(machine: "Machine", atom: Atom, state: State) -> bool:
    """Is it nothing that was followed, or a column of a row that nobody can tell whose it is?"""
    if isinstance(atom, Scalar) and atom.origin == "row" and not state.holds(atom.row):
        loaded = machine.record.loaded(atom.row)
        return loaded is not None and bool(loaded.unclear)
    return isinstance(atom, Opaque | Made) and not is_client((atom,))


def ranked(machine: "Machine", test: Expr, value: Value, state: State) -> None:
    """A role is held by somebody who could not be followed: whether it excuses what comes is open, not refused."""
    written = test.func if type(test) is Call else test.operand if type(test) is Unary else test
    name = written.attr if type(written) is Attribute else written.id if type(written) is Name else ""
    if roles.ROLE.search(name) and all(_is_unknown(machine, atom, state) for atom in value):
        state.ranked = state.ranked or f"{name} is checked, and whose it is could not be followed"


def _granted_by_library(atom: Made, state: State) -> None:
    if atom.dotted == "password.verified":
        state.prove(atom.taint)
        if atom.taint and atom.credential:
            state.verified = state.verified or "the presented password is checked against the stored one"
    elif atom.dotted == "digest.equal" and atom.credential:
        state.verified = state.verified or "the presented key is compared with the server's"
        state.admin = state.admin or "a shared key is presented"
    elif atom.dotted == roles.PERMITTED:
        state.admin = state.admin or "a permission is checked"
    elif atom.credential and atom.dotted.rsplit(".", 1)[-1] in _OK_STATUS:
        state.verified = state.verified or "the session is confirmed by another service"
    else:
        _granted_perhaps(atom, state)


def _isinstance(machine: "Machine", test: Call, state: State, frame: "Frame") -> Branches:
    true: list[State] = []
    false: list[State] = []
    asked, names = test.args[0].value, _class_names(test.args[1].value)
    for after, value in machine.evaluate(asked, state, frame):
        said = [_is_of(machine, atom, names) for atom in value]
        yes = tuple(atom for atom, one in zip(value, said, strict=True) if one is not False)
        no = tuple(atom for atom, one in zip(value, said, strict=True) if one is not True)
        if yes:
            true.append(narrowed_by(machine, asked, value, yes, after, frame))
        if no:
            false.append(narrowed_by(machine, asked, value, no, after, frame))
    return true, false


def _class_names(asked: Expr) -> frozenset[str]:
    """The classes that are asked for, by their last names: one, several in a tuple, or `A | B`."""
    if isinstance(asked, Collection):
        return frozenset().union(*map(_class_names, asked.items))
    if isinstance(asked, Binary):
        return _class_names(asked.left) | _class_names(asked.right)
    return frozenset({last_name(asked) or _UNKNOWN})


_UNKNOWN = "?"
_BUILTIN = frozenset({"str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "set", "frozenset", "NoneType"})
_NO_MORE = frozenset({"object", "ABC", "Protocol", "Generic", "Enum", "StrEnum", "str", "NamedTuple", "Exception"})
"""Bases outside the project above which no class of the project stands."""


def _is_of(machine: "Machine", atom: Atom, names: frozenset[str]) -> bool | None:
    """Is a value of one of these classes? None where that cannot be told."""
    if _UNKNOWN in names:
        return None
    if isinstance(atom, Instance):
        bases = machine.names.ancestors(atom.definition)
        if any(_last(base) in names for base in bases):
            return True
        return False if all(base.kind == "class" or _last(base) in _NO_MORE for base in bases) else None
    own = _class_of(atom)
    if own is None:
        return None
    if own in names or (own == "bool" and "int" in names):
        return True
    return False if own == "NoneType" or names <= _BUILTIN or not isinstance(atom, Known | Row | Mapping) else None


def _last(base: Definition) -> str:
    return (base.name if base.kind == "class" else base.dotted).rpartition(".")[2]


def _class_of(atom: Atom) -> str | None:
    if isinstance(atom, Known):
        return type(atom.value).__name__
    if isinstance(atom, Row):
        return atom.table.rsplit(":", 1)[-1]
    return {Mapping: "dict", ClassRef: "type"}.get(type(atom))
