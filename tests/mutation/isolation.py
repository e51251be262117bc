"""Operators that let one user reach another's rows, each at every place where it applies."""

import re
from collections.abc import Iterator

import libcst as cst

from mutation.authentication import Trees, unguarded
from mutation.edits import Mutant, Tree, called, code, refuses, with_import
from mutation.subjects import Subject

_OWNER = re.compile(r"\b(?:user_id|owner_id)\b")


def drop_condition(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """One condition of a query is left out: the owner's, the parent's, the row's own key."""
    for tree in trees.values():
        for call in tree.all(cst.Call):
            if called(call) not in ("where", "filter", "filter_by"):
                continue
            for number in range(len(call.args)):
                kept = [arg for at, arg in enumerate(call.args) if at != number]
                new = call.with_changes(args=_uncommaed(kept)) if kept else _receiver(call)
                yield tree.mutant("drop_condition", call, tree.with_((call, new)))


def _uncommaed(args: list[cst.Arg]) -> list[cst.Arg]:
    return [*args[:-1], args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]


def _receiver(call: cst.Call) -> cst.BaseExpression:
    return cst.ensure_type(call.func, cst.Attribute).value


def drop_comparison(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """A check that refuses is left out, whole or one half of it."""
    for tree in trees.values():
        for statement in tree.all(cst.If):
            if not refuses(statement):
                continue
            yield tree.mutant("drop_comparison", statement, tree.without(statement))
            if isinstance(statement.test, cst.BooleanOperation):
                for half in (statement.test.left, statement.test.right):
                    yield tree.mutant("drop_comparison", statement, tree.with_((statement.test, half)))


def client_named(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """The guard stays, and what it proves is not used: the client says who it is."""
    for tree in trees.values():
        for function in tree.all(cst.FunctionDef):
            for param in function.params.params:
                plain = unguarded(subject, param)
                if plain is not None:
                    kept = param.with_changes(name=cst.Name("guarded"), comma=cst.Comma())
                    params = [
                        one for old in function.params.params for one in ((kept, plain) if old is param else (old,))
                    ]
                    text = tree.with_((function.params, function.params.with_changes(params=params)))
                    yield tree.mutant("client_named", param, with_import(text, subject.import_of_type))


def swap_guard(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """The dependency that compares the path's user with the token's gives way to one that does not."""
    for tree in trees.values():
        for call in tree.all(cst.Call):
            if code(call) == "Depends(same_user)":
                yield tree.mutant("swap_guard", call, tree.with_((call, cst.parse_expression("Depends(current_user)"))))


def swap_principal(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """The principal is replaced, where it is used, by what the client says: the path's id, or a query parameter."""
    for tree in trees.values():
        for node, _ in tree.nodes:
            function = tree.function(node)
            if function is None or not function.decorators:
                continue
            if isinstance(node, cst.Attribute) and code(node) == "request.state.user_id":
                asked = cst.parse_expression('request.query_params["user_id"]')
                yield tree.mutant("swap_principal", node, tree.with_((node, asked)))
            if (
                isinstance(node, cst.Name)
                and node.value == "caller"
                and isinstance(tree.parent(node), cst.Arg | cst.Comparison)
            ):
                yield tree.mutant("swap_principal", node, tree.with_((node, cst.Name("user_id"))))


def conditional_filter(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """A filter is applied only under a condition that has nothing to do with whose the rows are."""
    for tree in trees.values():
        for call in tree.all(cst.Call):
            function = tree.function(call)
            if called(call) not in ("where", "filter") or function is None:
                continue
            condition = _any_condition(function)
            either = cst.parse_expression(f"({code(call)} if {condition} else {code(_receiver(call))})")
            yield tree.mutant("conditional_filter", call, tree.with_((call, either)))
        for line in tree.all(cst.SimpleStatementLine):
            function = tree.function(line)
            if function is not None and re.match(r"\s*(\w+) = \1\.where\(", code(line)):
                block = cst.IndentedBlock([line.with_changes(leading_lines=[])])
                wrapped = cst.If(cst.parse_expression(_any_condition(function)), block)
                yield tree.mutant("conditional_filter", line, tree.with_((line, wrapped)))


def _any_condition(function: cst.FunctionDef) -> str:
    """Something that is false in every request of the observation, and unknown to the reader."""
    names = [param.name.value for param in function.params.params]
    keys = [name for name in names if name.endswith("_id") and not _OWNER.match(name)]
    if keys:
        return f"{keys[0]} < 0"
    owner = next((name for name in names if _OWNER.match(name)), "request.url.path")
    return f"len({owner}) > 99"


def check_after_use(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """A check moves behind what it was there to prevent."""
    for tree in trees.values():
        for block in tree.all(cst.IndentedBlock):
            body = list(block.body)
            for number, statement in enumerate(body):
                rest = body[number + 1 :]
                last = [rest.pop()] if rest and _returns(rest[-1]) else []
                if refuses(statement) and rest:
                    moved = block.with_changes(body=[*body[:number], *rest, statement, *last])
                    yield tree.mutant("check_after_use", statement, tree.with_((block, moved)))


def _returns(statement: cst.BaseStatement) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.Return)


def owner_from_body(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """The owner of a new row is what the body says, copied by name or with everything else."""
    for tree in trees.values():
        for arg in tree.all(cst.Arg):
            call = tree.parent(arg)
            function = tree.function(arg)
            if arg.keyword is None or not _OWNER.fullmatch(arg.keyword.value) or function is None:
                continue
            if not isinstance(call, cst.Call) or not code(call.func)[:1].isupper():
                continue
            name = arg.keyword.value
            for form in _body_forms(call, arg):
                yield from _with_field(tree, trees, function, call, form, name)


def _body_forms(call: cst.Call, arg: cst.Arg) -> Iterator[cst.Call]:
    assert arg.keyword is not None
    named = arg.with_changes(value=cst.parse_expression(f"body.{arg.keyword.value}"))
    others = [one for one in call.args if one is not arg]
    if any(one.star == "**" for one in others):
        yield call.with_changes(args=_uncommaed(others))
    else:
        yield call.with_changes(args=[named if one is arg else one for one in call.args])


def _with_field(
    tree: Tree, trees: Trees, function: cst.FunctionDef, call: cst.Call, form: cst.Call, name: str
) -> Iterator[Mutant]:
    annotation = next((param.annotation for param in function.params.params if param.name.value == "body"), None)
    if annotation is not None:
        text = tree.with_((call, form))
        path, widened = _widened(trees, {tree.path: text}, code(annotation.annotation), name)
        yield tree.mutant("owner_from_body", call, text, **{path: widened})


def _widened(trees: Trees, changed: dict[str, str], schema: str, name: str) -> tuple[str, str]:
    """The module that defines a schema, with the owner among its fields."""
    pattern = re.compile(rf"^(class {schema}\(.*\):\n)", re.M)
    for path, tree in trees.items():
        text = changed.get(path, tree.module.code)
        if pattern.search(text):
            return path, pattern.sub(rf"\1    {name}: str | None = None\n", text)
    raise LookupError(schema)


def owner_in_schema(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """A schema of requests comes to have the owner among its fields, and nothing else changes."""
    for tree in trees.values():
        for found in tree.all(cst.ClassDef):
            if re.search(r"(?:Body|Create|Update|Change)$", found.name.value):
                name = "owner_id" if subject.name in ("classes", "middleware") else "user_id"
                text = _widened(trees, {}, found.name.value, name)[1]
                yield tree.mutant("owner_in_schema", found, text)


def unbind_child(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """The parent is looked up no more: its id is taken as the request gives it."""
    for tree in trees.values():
        for function in tree.all(cst.FunctionDef):
            source = code(function)
            for found in re.finditer(r"\n( +)(\w+) = [^\n]*?\b((?!user|owner)\w+_id)\b[^\n]*\n", source):
                name, key = found[2], found[3]
                uses = re.findall(rf"\b{name}\b(\.\w+)?", source[found.end() :])
                checks = rf"\n +if (?:{name} is None|not {name}\b)[^\n]*:\n +raise [^\n]*"
                rest = re.sub(checks, "", "\n" + source[found.end() :])
                uses = re.findall(rf"\b{name}\b(?:\.(\w+))?", rest)
                if uses and set(uses) == {"id"}:
                    text = source[: found.start()] + re.sub(rf"\b{name}\.id\b", key, rest)
                    new = tree.module.code.replace(source.strip("\n"), text.strip("\n"))
                    yield tree.mutant("unbind_child", function, new)


OPERATORS = (
    drop_condition,
    drop_comparison,
    client_named,
    swap_guard,
    swap_principal,
    conditional_filter,
    check_after_use,
    owner_from_body,
    owner_in_schema,
    unbind_child,
)
