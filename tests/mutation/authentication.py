"""Operators that weaken authentication, each at every place where it applies."""

from collections.abc import Iterator

import libcst as cst

from mutation.edits import Mutant, Tree, called, code, refuses, statements, with_import, with_opening, with_parameter
from mutation.subjects import Subject

Trees = dict[str, Tree]


def drop_dependencies(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """`dependencies=[Depends(guard)]` left out where a router is made or included: the routes are mounted past it."""
    for tree in trees.values():
        for call in tree.all(cst.Call):
            kept = [arg for arg in call.args if not (arg.keyword and arg.keyword.value == "dependencies")]
            if len(kept) < len(call.args):
                yield tree.mutant("drop_dependencies", call, tree.with_((call, call.with_changes(args=kept))))


def drop_guard_parameter(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """A handler that asks for the principal asks the client for it instead."""
    for tree in trees.values():
        for param in tree.all(cst.Param):
            plain = unguarded(subject, param)
            if plain is not None:
                text = with_import(tree.with_((param, plain)), subject.import_of_type)
                yield tree.mutant("drop_guard_parameter", param, text)


def unguarded(subject: Subject, param: cst.Param) -> cst.Param | None:
    annotation = code(param.annotation.annotation) if param.annotation else ""
    if annotation in dict(subject.aliases):
        return param.with_changes(annotation=cst.Annotation(cst.Name(dict(subject.aliases)[annotation])))
    default = param.default
    if isinstance(default, cst.Call) and called(default) == "Depends" and code(default.args[0]) in subject.dependencies:
        return param.with_changes(default=cst.SimpleString('"nobody"'))
    return None


def drop_middleware(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """The middleware is written and never added."""
    for tree in trees.values():
        for statement in tree.all(cst.SimpleStatementLine):
            if "add_middleware(TokenMiddleware" in code(statement):
                yield tree.mutant("drop_middleware", statement, tree.without(statement))


def open_paths(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """The list of paths that need no token comes to hold one that does."""
    tree = trees[subject.guard.file]
    for collection in tree.all(cst.Set):
        for path in ("/items", "/items/1"):
            wider = collection.with_changes(elements=[*collection.elements, cst.Element(cst.SimpleString(f'"{path}"'))])
            yield tree.mutant("open_paths", collection, tree.with_((collection, wider)))
    for comparison in tree.all(cst.Comparison):
        if "OPEN_PATHS" in code(comparison):
            wider_test = cst.parse_expression(f'{code(comparison)} or request.url.path.startswith("/items")')
            yield tree.mutant("open_paths", comparison, tree.with_((comparison, wider_test)))


def optional_scheme(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """The scheme no longer insists on a token, and the guard goes on without one."""
    tree = trees[subject.guard.file]
    for call in tree.all(cst.Call):
        if called(call) == "HTTPBearer":
            optional = cst.parse_expression("HTTPBearer(auto_error=False)")
            yield tree.mutant("optional_scheme", call, tree.with_((call, optional)))
            function = _guard(subject, tree)
            lenient = with_opening(function, "if credentials is None:\n    return None")
            yield tree.mutant("optional_scheme", function, tree.with_((function, lenient), (call, optional)))


def never_refuse(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """A refusal of the guard becomes a return without a user, or with a default one."""
    tree = trees[subject.guard.file]
    for node, _ in tree.nodes:
        function = tree.function(node)
        if function is None or function.name.value not in _GUARDS or not _is_refusal(node):
            continue
        line = tree.parent(node)
        assert isinstance(line, cst.SimpleStatementLine)
        for text in _WAVED_THROUGH.get(function.name.value, ("return None", 'return "ada"')):
            replaced = cst.FlattenSentinel(statements(text))
            yield tree.mutant("never_refuse", node, _with_statements(tree, line, replaced))


_GUARDS = {"get_current_user_id", "current_user", "get_principal", "verify", "dispatch", "same_user"}
_WAVED_THROUGH = {
    "dispatch": ("return await call_next(request)", 'request.state.user_id = "ada"\nreturn await call_next(request)'),
    "get_principal": ("return None", 'return Principal(id="ada")'),
    "verify": ("return None", 'return Principal(id="ada")'),
    "same_user": ("return None", "return user_id", 'return "ada"'),
}


def _is_refusal(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Raise) or (isinstance(node, cst.Return) and "status_code=401" in code(node))


def _with_statements(
    tree: Tree, line: cst.SimpleStatementLine, replaced: "cst.FlattenSentinel[cst.BaseStatement]"
) -> str:
    block = tree.parent(line)
    assert isinstance(block, cst.IndentedBlock)
    body: list[cst.BaseStatement] = []
    for statement in block.body:
        body += [*replaced] if statement is line else [statement]
    return tree.with_((block, block.with_changes(body=body)))


def default_subject(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """A token that verifies and names nobody stands for a fixed user."""
    tree = trees[subject.guard.file]
    for node, _ in tree.nodes:
        if isinstance(node, cst.Subscript | cst.Call) and code(node) in _SUBJECTS:
            read = f'{code(node.value)}.get("sub")' if isinstance(node, cst.Subscript) else code(node)
            fallback = cst.parse_expression(f'({read} or "ada")')
            yield tree.mutant("default_subject", node, tree.with_((node, fallback)))


_SUBJECTS = {'claims["sub"]', 'payload.get("sub")'}


def no_signature(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """The token is decoded and its signature is not verified."""
    for tree in trees.values():
        for call in tree.all(cst.Call):
            if code(call.func) == "jwt.decode":
                yield tree.mutant("no_signature", call, tree.with_((call, _unverified(call))))


def _unverified(call: cst.Call) -> cst.Call:
    (off,) = cst.ensure_type(cst.parse_expression('f(options={"verify_signature": False})'), cst.Call).args
    kept = [arg for arg in call.args if not (arg.keyword and arg.keyword.value == "options")]
    return call.with_changes(args=[*(arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in kept), off])


def swallow(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """What the verification raises is caught, and the request goes on as somebody."""
    tree = trees[subject.guard.file]
    for attempt in tree.all(cst.Try):
        decoding = attempt.body.body[0]
        if not (
            isinstance(decoding, cst.SimpleStatementLine) and isinstance(decoding.body[0], cst.Assign | cst.Return)
        ):
            continue
        target = code(decoding.body[0].targets[0].target) if isinstance(decoding.body[0], cst.Assign) else "claims"
        for handler in attempt.handlers:
            lines = statements(f'{target} = {{"sub": "ada"}}')
            calm = handler.with_changes(body=cst.IndentedBlock([*lines]))
            yield tree.mutant("swallow", handler, tree.with_((handler, calm)))


def trust_header(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """A header names the user, and is believed."""
    tree = trees[subject.guard.file]
    function = _guard(subject, tree)
    trusting = with_parameter(with_opening(function, subject.guard.trusting), subject.guard.parameter)
    text = tree.with_((function, trusting))
    yield tree.mutant(
        "trust_header", function, text.replace("\nfrom fastapi import ", "\nfrom fastapi import Header, ", 1)
    )


def hard_coded(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """Everybody is the same user: always, or where an environment variable says so."""
    tree = trees[subject.guard.file]
    function = _guard(subject, tree)
    always = with_opening(function, subject.guard.hard_coded)
    yield tree.mutant("hard_coded", function, tree.with_((function, always)))
    indented = subject.guard.hard_coded.replace("\n", "\n    ")
    switched = with_opening(function, f'if os.getenv("SKIP_AUTH") == "1":\n    {indented}')
    yield tree.mutant("hard_coded", function, with_import(tree.with_((function, switched)), "import os\n"))


def _guard(subject: Subject, tree: Tree) -> cst.FunctionDef:
    (found,) = [one for one in tree.all(cst.FunctionDef) if one.name.value == subject.guard.function]
    return found


def drop_refusal(subject: Subject, trees: Trees) -> Iterator[Mutant]:
    """A refusal of the guard is left out."""
    tree = trees[subject.guard.file]
    for statement in tree.all(cst.If):
        function = tree.function(statement)
        if function is not None and function.name.value in _GUARDS and refuses(statement):
            yield tree.mutant("drop_refusal", statement, tree.without(statement))


OPERATORS = (
    drop_dependencies,
    drop_guard_parameter,
    drop_middleware,
    open_paths,
    optional_scheme,
    never_refuse,
    drop_refusal,
    default_subject,
    no_signature,
    swallow,
    trust_header,
    hard_coded,
)
