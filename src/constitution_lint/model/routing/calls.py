"""Within the routing evaluator: calls of the project's own functions and classes, and what decorators do."""

from __future__ import annotations

from constitution_lint.facts.code import AnnAssign, Call, Expr, FunctionDef, Lambda, Name, Param
from constitution_lint.facts.location import Location
from constitution_lint.model.routing.applications import call_router_method, configure, registered
from constitution_lint.model.routing.library import call_external, is_application, is_router
from constitution_lint.model.routing.methods import call_builtin_method
from constitution_lint.model.routing.scopes import Env, expression_of
from constitution_lint.model.routing.spelling import spelled
from constitution_lint.model.routing.values import (
    Arguments,
    Class,
    Depends,
    Either,
    External,
    Function,
    Installed,
    Instance,
    Listed,
    Literal,
    Made,
    Mapped,
    Method,
    Partial,
    Registrar,
    Router,
    Super,
    Unknown,
    Value,
)
from constitution_lint.model.routing.world import DEEPEST_CALL, MOST_STEPS_OF_A_CALL, ExhaustedError, World

_NOTHING = Arguments([], {})


def call(world: World, callee: Value, arguments: Arguments, node: Call, env: Env) -> Value:
    """The value of a call whose callee and arguments are evaluated."""
    if isinstance(callee, Function):
        return call_function(world, callee, arguments)
    if isinstance(callee, External):
        if callee.last in ("Depends", "Security") and arguments.positional:
            return _depends(arguments.positional[0], callee)
        if callee.dotted == "builtins.super":
            return _super(env)
        return call_external(world, callee, arguments, node, env)
    if isinstance(callee, Class):
        return instantiate(world, callee, arguments, node, env)
    if isinstance(callee, Method):
        return _call_method(world, callee, arguments, node, env)
    if isinstance(callee, Registrar):
        for target in arguments.positional[:1]:
            registered(world, callee, target)
            return target
    return _call_rarer(world, callee, arguments, node, env)


def _depends(dependency: Value, callee: External) -> Value:
    """`Depends` called by something else than an expression of its own, as `map` does."""
    written = expression_of(dependency)
    return Depends(written) if written is not None else Unknown(callee.dotted)


def _call_rarer(world: World, callee: Value, arguments: Arguments, node: Call, env: Env) -> Value:
    if isinstance(callee, Partial):
        merged = Arguments(
            [*callee.arguments.positional, *arguments.positional],
            {**callee.arguments.keywords, **arguments.keywords},
        )
        return call(world, callee.function, merged, node, env)
    if isinstance(callee, Instance):
        member = callee.cls.member("__call__")
        if isinstance(member, Function):
            return call_function(world, member.bind(callee), arguments)
    if isinstance(callee, Either):
        results = [call(world, option, arguments, node, env) for option in callee.options]
        known = [one for one in results if not isinstance(one, Unknown)]
        return Either(tuple(known)) if len(known) > 1 else known[0] if known else results[0]
    if isinstance(callee, Made):
        return Made(f"{callee.dotted}()", arguments, Location(env.file, node.span))
    given = (*arguments.positional, *arguments.keywords.values())
    if isinstance(callee, Unknown) and any(isinstance(one, Router) for one in given):
        world.unresolved(env.file, node, f"what {spelled(node.func)} does to a router cannot be read: {callee.reason}")
    return Unknown(callee.reason if isinstance(callee, Unknown) else "a call that is not followed")


def _call_method(world: World, callee: Method, arguments: Arguments, node: Call, env: Env) -> Value:
    of = callee.of
    if isinstance(of, Super):
        if callee.name == "__init__" and isinstance(of.of, Router):
            configure(world, of.of, arguments)
            return Literal(None)
        return (
            call_router_method(world, of.of, callee.name, arguments, node, env)
            if isinstance(of.of, Router)
            else Literal(None)
        )
    if isinstance(of, Class):
        first = arguments.positional[0] if arguments.positional else None
        if isinstance(first, Router):
            configure(world, first, Arguments(arguments.positional[1:], arguments.keywords))
        return Literal(None)
    if isinstance(of, Router):
        return call_router_method(world, of, callee.name, arguments, node, env)
    return call_builtin_method(world, of, callee.name, arguments, node, env)


def _super(env: Env) -> Value:
    """`super()`: the class whose body holds the running method, and the object it was called on."""
    running = env.running()
    if running is None:
        return Unknown("super() outside a method")
    function = running.function
    owner = running.owner
    if owner is None or not isinstance(function, FunctionDef) or not function.params:
        return Unknown("super() outside a class")
    this = running.names.get(function.params[0].name)
    return Super(owner, this) if this is not None else Unknown("super() without an object")


# --- functions -------------------------------------------------------------------------------------------------------


def call_function(world: World, function: Function, arguments: Arguments) -> Value:
    """Run the body with its parameters bound; recursion and too long runs give an unknown value."""
    node = function.node
    if function.remembered is not None:
        return _recalled(world, function, arguments)
    if world.stack.count(id(node)) > 1 or len(world.stack) >= DEEPEST_CALL:
        return Unknown("a recursion")
    inner = Env("function", function.file, function.env, node)
    inner.owner = function.owner
    _bind_parameters(world, function, arguments, inner)
    world.called.add(id(node))
    world.stack.append(id(node))
    limit, world.limit = world.limit, min(world.limit, world.steps + MOST_STEPS_OF_A_CALL)
    try:
        return _run_body(world, node, inner)
    except ExhaustedError:
        if world.steps > limit:
            raise
        return Unknown("a function that runs too long to follow")
    finally:
        world.limit = limit
        world.stack.pop()


def _recalled(world: World, function: Function, arguments: Arguments) -> Value:
    """What a cached function gave for the same arguments before."""
    remembered, function.remembered = function.remembered or {}, None
    key = (
        tuple(one.value if isinstance(one, Literal) else id(one) for one in arguments.positional),
        tuple((name, one.value if isinstance(one, Literal) else id(one)) for name, one in arguments.keywords.items()),
    )
    if key not in remembered:
        world.kept.append(arguments)
        try:
            remembered[key] = call_function(world, function, arguments)
        finally:
            function.remembered = remembered
    function.remembered = remembered
    return remembered[key]


def _run_body(world: World, node: FunctionDef | Lambda, inner: Env) -> Value:
    from constitution_lint.model.routing.expressions import evaluate
    from constitution_lint.model.routing.statements import run_block

    if isinstance(node, Lambda):
        return evaluate(world, node.body, inner)
    with world.under():
        run_block(world, node.body, inner)
    if node.is_generator:
        return Listed(inner.yields)
    return _returned(inner.returns)


def _returned(values: list[Value]) -> Value:
    distinct: list[Value] = []
    for value in values:
        if not any(value is other for other in distinct):
            distinct.append(value)
    if len(distinct) > 1:
        known = [one for one in distinct if not isinstance(one, Unknown)]
        useful = [one for one in known if not (isinstance(one, Literal) and one.value is None)]
        distinct = useful or known or distinct
    if not distinct:
        return Literal(None)
    return distinct[0] if len(distinct) == 1 else Either(tuple(distinct))


def _bind_parameters(world: World, function: Function, arguments: Arguments, inner: Env) -> None:
    params = list(function.node.params)
    inner.passing.update(param.name for param in params)
    if function.bound is not None and params:
        inner.names[params.pop(0).name] = function.bound
    waiting = list(arguments.positional)
    keywords = dict(arguments.keywords)
    for param in params:
        if param.kind == "args":
            inner.names[param.name], waiting = Listed(waiting), []
        elif param.kind == "kwargs":
            inner.names[param.name] = Mapped(dict(keywords))
        elif waiting and param.kind != "keyword":
            inner.names[param.name] = waiting.pop(0)
        elif param.name in keywords:
            inner.names[param.name] = keywords.pop(param.name)
        else:
            inner.names[param.name] = _default(world, param, function)


def _default(world: World, param: Param, function: Function) -> Value:
    from constitution_lint.model.routing.expressions import evaluate

    if param.default is None:
        return Unknown(f"the parameter {param.name}")
    return evaluate(world, param.default, function.env)


# --- classes ---------------------------------------------------------------------------------------------------------


def instantiate(world: World, cls: Class, arguments: Arguments, node: Call, env: Env) -> Value:
    """An object of a project's class; one that descends from FastAPI or APIRouter is a router."""
    made: Instance | Router
    externals = cls.externals()
    if any(is_application(dotted) or is_router(dotted) for dotted in externals):
        made = world.new_router(any(map(is_application, externals)), Location(env.file, node.span), cls)
        made.origin = (node, env)
    else:
        made = Instance(cls)
        made.origin = (node, env)
    member = cls.member("__init__")
    if isinstance(member, Function):
        call_function(world, member.bind(made), arguments)
    elif isinstance(made, Router):
        configure(world, made, arguments)
    else:
        _fill_fields(made, cls, arguments)
    _wrap_application(made, cls, arguments, Location(env.file, node.span), world)
    post = cls.member("__post_init__")
    if isinstance(post, Function):
        call_function(world, post.bind(made), _NOTHING)
    return made


def _wrap_application(made: Instance | Router, cls: Class, arguments: Arguments, where: Location, world: World) -> None:
    """`app = Guard(app)`: an ASGI class of the project around an application is its outermost middleware."""
    call_method = cls.member("__call__")
    app = arguments.get(0, "app")
    if not isinstance(made, Instance) or not isinstance(app, Router) or not isinstance(call_method, Function):
        return
    if [param.name for param in call_method.node.params[1:4]] == ["scope", "receive", "send"]:
        keywords = tuple((name, value) for name, value in arguments.keywords.items() if name != "app")
        app.middleware.insert(0, Installed(cls, keywords, where, tuple(world.conditions)))


def _fill_fields(made: Instance, cls: Class, arguments: Arguments) -> None:
    """Fields of dataclasses, named tuples and models, in the order they are declared."""
    made.attributes.update(arguments.keywords)
    if not arguments.positional:
        return
    fields = [
        statement.target.id
        for base in reversed(cls.lineage())
        if isinstance(base, Class)
        for statement in base.node.body
        if isinstance(statement, AnnAssign) and isinstance(statement.target, Name)
    ]
    made.attributes.update(zip(dict.fromkeys(fields), arguments.positional, strict=False))


# --- decorators ------------------------------------------------------------------------------------------------------


def apply_decorator(world: World, decorator: Value, value: Value, written: Expr, env: Env) -> Value:
    """What a definition is bound to behind a decorator: itself, but for what decorators do to routes and methods."""
    node = written if isinstance(written, Call) else Call(written.span, written, ())
    if isinstance(decorator, Registrar):
        registered(world, decorator, value)
        return value
    if isinstance(decorator, Either):
        for option in decorator.options:
            apply_decorator(world, option, value, written, env)
        return value
    if isinstance(decorator, External | Made | Method):
        return _by_library(world, decorator, value, node, env)
    if isinstance(decorator, Function | Class | Instance | Partial):
        result = call(world, decorator, Arguments([value], {}), node, env)
        return result if isinstance(result, Router) else value
    return value


def _by_library(world: World, decorator: Value, value: Value, node: Call, env: Env) -> Value:
    if isinstance(decorator, Method) and isinstance(decorator.of, Router):
        call_router_method(world, decorator.of, decorator.name, Arguments([value], {}), node, env)
        return value
    if not isinstance(value, Function) or not isinstance(decorator, External | Made):
        return value
    if decorator.last in ("property", "cached_property", "computed_field"):
        value.is_property = True
    elif decorator.last == "staticmethod":
        value.is_static = True
    elif decorator.last == "classmethod":
        value.is_static = True
        value.bound = value.owner
    elif decorator.last in ("lru_cache", "cache"):
        value.remembered = {}
    elif decorator.last == "wraps" and isinstance(decorator, Made):
        wrapped = decorator.arguments.get(0, "wrapped")
        value.wrapped = wrapped if isinstance(wrapped, Function) else None
    return value
