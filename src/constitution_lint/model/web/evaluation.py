"""The value of an expression in a script, as far as it can be known without running it.

Names are followed to their declarations, through imports, and through parameters where the call is known; functions of
the project are entered for what they return. An expression may have several values. What is not understood is UNKNOWN.
"""

from collections.abc import Iterable, Iterator

from constitution_lint.facts.web import (
    MODULE,
    Array,
    Assignment,
    Bound,
    Call,
    ClassAt,
    Constant,
    Either,
    Expr,
    FunctionAt,
    Member,
    Name,
    Object,
    Spread,
    Template,
    Text,
    WebFacts,
)
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.web.calls import script_of
from constitution_lint.model.web.modules import Modules, modules_of
from constitution_lint.model.web.scopes import Declared, Given, Scopes
from constitution_lint.model.web.values import (
    ABSENT,
    UNKNOWN,
    Arr,
    Blank,
    Closure,
    Foreign,
    Frame,
    Func,
    Hole,
    Instance,
    Klass,
    Made,
    Module,
    Obj,
    Plain,
    Str,
    Value,
)

_MOST = 8
"""Values kept of one expression."""
_DEEPEST = 40
_LONGEST = 1_500
"""Steps for one question; a knot of functions that call each other is given up."""
_SAME = frozenset({"replace", "replaceAll", "trim", "toString", "trimEnd", "trimStart", "toLowerCase", "bind", "href"})
"""Members that leave a text, or a function, in essence what it was."""
_GLOBAL = frozenset({"window", "globalThis", "self", "global"})
_KEEPERS = frozenset({"useCallback", "useMemo", "memo", "cache", "forwardRef", "useRef"})


class Evaluator:
    """Answers for one project; it keeps no answers, so that the order of questions does not matter."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.web: dict[str, WebFacts] = project.web
        self.modules: Modules = modules_of(project)
        self.scopes: dict[str, Scopes] = {}
        self._depth = 0
        self._steps = 0
        self._entered: list[tuple[str, int]] = []
        """The functions whose results are being worked out: one that calls itself is not entered again."""
        self._assigning: set[int] = set()
        """The assignments, by identity, whose values are being worked out: `url = url.trim()` adds no further one."""

    def names(self, file: str) -> Scopes:
        if file not in self.scopes:
            self.scopes[file] = _scopes_of(self.project, file)
        return self.scopes[file]

    def frame(self, file: str, scope: int, bound: Frame | None = None) -> Frame:
        """The frame of a scope with every caller unknown, but for one function around it whose frame is given."""
        names = self.names(file)
        inwards: list[int] = []
        while scope != MODULE and not (bound is not None and bound.file == file and bound.function == scope):
            inwards.append(scope)
            scope = names.facts.functions[scope].scope
        frame = Frame(file, MODULE) if bound is None or scope == MODULE else bound
        for scope in reversed(inwards):
            owner = names.methods.get(scope, -1)
            this = Instance(Klass(file, owner, Frame(file, MODULE)), None) if owner >= 0 else frame.this
            frame = Frame(file, scope, None, frame, this)
        return frame

    def ask(self, expr: Expr, frame: Frame) -> tuple[Value, ...]:
        """The values of an expression: a question of its own, with all the steps it may take."""
        self._steps = 0
        return self.values(expr, frame)

    def values(self, expr: Expr, frame: Frame) -> tuple[Value, ...]:
        self._steps += 1
        if self._depth >= _DEEPEST or self._steps > _LONGEST:
            return (UNKNOWN,)
        self._depth += 1
        try:
            return tuple(dict.fromkeys(self._values(expr, frame)))[:_MOST] or (UNKNOWN,)
        finally:
            self._depth -= 1

    def _values(self, expr: Expr, frame: Frame) -> Iterable[Value]:
        match expr:
            case Text(value=text):
                return (Str((text,)),)
            case Template(parts=parts):
                return self._template(parts, frame)
            case Constant(text=text):
                return (ABSENT,) if text == "undefined" else (Plain(text),)
            case Name(id=name):
                return self._name(name, frame)
            case Member(object=inner, name=name):
                return (found for value in self.values(inner, frame) for found in self.member(value, name))
            case Call():
                return self._call(expr, frame)
            case Object(entries=entries):
                return (Obj(entries, frame),)
            case Array(items=items):
                return (Arr(items, frame),)
            case Either(options=options):
                return (found for option in options for found in self.values(option, frame))
            case FunctionAt(index=index):
                return (Func(frame.file, index, frame, frame.this),)
            case ClassAt(index=index):
                return (Klass(frame.file, index, frame),)
            case Spread(value=inner):
                return self.values(inner, frame)
            case _:
                return (UNKNOWN,)

    # --- texts -----------------------------------------------------------------------------------------------------

    def _template(self, parts: tuple[Expr, ...], frame: Frame) -> tuple[Value, ...]:
        """Every combination of what the parts may be, up to a handful."""
        texts: list[tuple[str | Hole, ...]] = [()]
        for part in parts:
            options = self._texts(part, frame)
            texts = [(*before, *option) for before in texts for option in options][:_MOST]
        return tuple(Str(text) for text in texts)

    def _texts(self, part: Expr, frame: Frame) -> list[tuple[str | Hole, ...]]:
        found: list[tuple[str | Hole, ...]] = []
        for value in self.values(part, frame):
            parts = _parts(value, part)
            if parts is not None:
                found.append(parts)
        return list(dict.fromkeys(found)) or [()]

    # --- names -----------------------------------------------------------------------------------------------------

    def _name(self, name: str, frame: Frame) -> Iterable[Value]:
        if name == "this":
            return (frame.this if frame.this is not None else UNKNOWN,)
        names = self.names(frame.file)
        at: Frame | None = frame
        while at is not None:
            given = names.given.get((at.function, name))
            if given is not None:
                return (*self._parameter(given, at), *self._reassigned(name, at))
            declared = names.declared.get((at.function, name))
            if declared:
                return self._of_declarations(declared, name, at)
            at = at.parent
        if frame.function != MODULE:
            return self._name(name, Frame(frame.file, MODULE))
        if name in names.imported:
            return self._import(frame.file, names.imported[name].module, names.imported[name].name)
        return (Foreign("", (name,)),)

    def _of_declarations(self, declared: list[Declared], name: str, frame: Frame) -> Iterator[Value]:
        """A name declared without a value is what it is assigned later."""
        values = [value for one in declared for value in self._declared(one, frame)]
        others = list(self._reassigned(name, frame))
        yield from (value for value in values if value != UNKNOWN or not others)
        yield from others

    def _declared(self, one: Declared, frame: Frame) -> Iterable[Value]:
        values = self.values(one.binding.value, frame)
        return self._along(values, one.bound, frame) if one.bound.path or one.bound.default else values

    def _reassigned(self, name: str, frame: Frame) -> Iterator[Value]:
        names = self.names(frame.file)
        for assignment in names.assigned.get(name, ()):
            if names.lies_in(assignment.scope, frame.function) or frame.function == MODULE:
                if assignment.adds or (isinstance(assignment.value, Template) and Name(name) in assignment.value.parts):
                    yield Str((Hole("unknown", name), Hole("rest")))
                elif id(assignment) not in self._assigning:
                    yield from self._assigned(assignment, self.frame(frame.file, assignment.scope, frame))

    def _assigned(self, assignment: Assignment, frame: Frame) -> tuple[Value, ...]:
        self._assigning.add(id(assignment))
        try:
            return self.values(assignment.value, frame)
        finally:
            self._assigning.remove(id(assignment))

    def _parameter(self, given: Given, frame: Frame) -> Iterable[Value]:
        parameter = self.web[frame.file].functions[frame.function].params[given.position]
        if frame.args is None:
            default = parameter.default
            hole = Hole("parameter", given.bound.name, (frame.file, frame.function))
            if given.bound.path or parameter.is_rest:
                return (hole, *self._defaults(given.bound, frame))
            return (hole, *(self.values(default, frame) if default is not None else ()))
        if parameter.is_rest:
            return (UNKNOWN,)
        values: tuple[Value, ...] = (ABSENT,)
        if given.position < len(frame.args):
            argument = frame.args[given.position]
            values = self.values(argument.expr, argument.frame)
        if parameter.default is not None and ABSENT in values:
            values = (*(v for v in values if v != ABSENT), *self.values(parameter.default, frame))
        return self._along(values, given.bound, frame) if given.bound.path else values

    def _defaults(self, bound: Bound, frame: Frame) -> tuple[Value, ...]:
        return self.values(bound.default, frame) if bound.default is not None else ()

    def _along(self, values: Iterable[Value], bound: Bound, frame: Frame) -> Iterator[Value]:
        """From a destructured value to the part a name gets."""
        for value in values:
            inner: Iterable[Value] = (value,)
            for key in bound.path:
                inner = [UNKNOWN] if key == "..." else [found for one in inner for found in self.member(one, key)]
            for found in inner:
                if found == ABSENT and bound.default is not None:
                    yield from self.values(bound.default, frame)
                else:
                    yield found

    def _import(self, file: str, module: str, name: str) -> Iterable[Value]:
        target = self.modules.resolve(file, module)
        if target is None:
            if module.startswith((".", "@/", "~/")):
                return (UNKNOWN,)
            return (Foreign(module, (name,) if name != "*" else ()),)
        if name == "*":
            return (Module(target),)
        return self.export(target, name)

    def export(self, file: str, name: str) -> Iterable[Value]:
        """The values of what a file exports under a name."""
        found = self.modules.exported(file, name)
        if found is None:
            return (UNKNOWN,)
        if found.local == "*":
            return (Module(found.file),)
        return self._name(found.local, Frame(found.file, MODULE))

    # --- members ---------------------------------------------------------------------------------------------------

    def member(self, value: Value, name: str) -> Iterable[Value]:
        """`value.name`."""
        match value:
            case Obj():
                return self._entry(value, name)
            case Foreign(module="", path=path) if len(path) == 1 and path[0] in _GLOBAL:
                return (Foreign("", (name,)),)
            case Foreign(module="", path=("process", "env")) | Foreign(module="", path=("import", "meta", "env")):
                return (Hole("environment", name),)
            case Foreign(module=module, path=path):
                return (Foreign(module, (*path, name)),)
            case Module(file=file):
                return self.export(file, name)
            case Instance():
                return self._of_instance(value, name)
            case Klass():
                return self._of_instance(Instance(value, None), name)
            case Str() | Func() | Made() if name in _SAME:
                return (value,)
            case Made(of=of, args=args, file=file, span=span):
                return (Made(Foreign(of.module, (*of.path, f".{name}")), args, file, span),)
            case Blank(absent=True):
                return (ABSENT,)
            case Hole(kind="parameter", function=function):
                return (Hole("parameter", name, function),)
            case _:
                return (UNKNOWN,)

    def _entry(self, value: Obj, name: str) -> Iterable[Value]:
        """The last entry of the name wins; a spread that may hold it adds what it holds."""
        found: list[Value] = []
        for entry in reversed(value.entries):
            if entry.key == name and name:
                this_frame = value.frame.of(value)
                return (*found, *self.values(entry.value, this_frame))
            if entry.key == "..." and name:
                for inner in self.values(entry.value, value.frame):
                    found += [one for one in self.member(inner, name) if one != ABSENT]
            elif entry.key == "":
                found.append(UNKNOWN)
        return found or (ABSENT,)

    def _of_instance(self, value: Instance, name: str, depth: int = 0) -> Iterable[Value]:
        klass = value.klass
        names = self.names(klass.file)
        one = names.facts.classes[klass.number]
        found: list[Value] = []
        for entry in one.members:
            if entry.key == name:
                found += self.values(entry.value, klass.frame.of(value))
        for assignment in names.members.get((klass.number, name), ()):
            found += self.values(assignment.value, self._method_frame(value, assignment.scope))
        found += self._property(value, name)
        if found or one.base is None or depth > 5:
            return found or (UNKNOWN,)
        bases = [base for base in self.values(one.base, klass.frame) if isinstance(base, Klass)]
        return [
            inner for base in bases for inner in self._of_instance(Instance(base, value.args), name, depth + 1)
        ] or (UNKNOWN,)

    def _method_frame(self, value: Instance, scope: int) -> Frame:
        """The frame of a method of an instance; the constructor's arguments are those the instance was made with."""
        klass = value.klass
        function = self.names(klass.file).facts.functions[scope]
        args = value.args if function.name == "constructor" else None
        return self.frame(klass.file, scope, Frame(klass.file, scope, args, klass.frame, value))

    def _property(self, value: Instance, name: str) -> Iterable[Value]:
        """`constructor(private base = "/api")` makes `this.base`."""
        klass = value.klass
        for entry in self.names(klass.file).facts.classes[klass.number].members:
            if entry.key == "constructor" and isinstance(entry.value, FunctionAt):
                given = self.names(klass.file).given.get((entry.value.index, name))
                function = self.names(klass.file).facts.functions[entry.value.index]
                if given is not None and function.params[given.position].is_property:
                    return self._parameter(given, self._method_frame(value, entry.value.index))
        return ()

    # --- calls -----------------------------------------------------------------------------------------------------

    def _call(self, call: Call, frame: Frame) -> Iterable[Value]:
        if call.func == Name("import") and call.args:
            first = call.args[0]
            return self._import(frame.file, first.value, "*") if isinstance(first, Text) else (UNKNOWN,)
        if isinstance(call.func, Member) and call.func.name in _SAME:
            return self.values(call.func.object, frame)
        if isinstance(call.func, Member) and call.func.name == "then":
            return (UNKNOWN,)
        args = tuple(Closure(argument, frame) for argument in call.args)
        return (found for callee in self.values(call.func, frame) for found in self._result(callee, args, call, frame))

    def _result(self, callee: Value, args: tuple[Closure, ...], call: Call, frame: Frame) -> Iterable[Value]:
        match callee:
            case Func():
                return self.returned(callee, args)
            case Klass():
                return (Instance(callee, args),)
            case Foreign(module="", path=("URL",)) if args:
                return self._url(args)
            case Foreign(module="", path=("encodeURIComponent" | "String",)):
                return (Str((Hole("unknown"),)),)
            case Foreign(path=path) if path[-1:] and path[-1] in _KEEPERS and args:
                kept = self.values(args[0].expr, args[0].frame)
                if path[-1] != "useMemo":
                    return kept
                return [v for one in kept for v in (self.returned(one, ()) if isinstance(one, Func) else (UNKNOWN,))]
            case Foreign(path=path) if path:
                return (Made(callee, args, frame.file, call.span),)
            case Made(of=of):
                return (Made(of, args, frame.file, call.span),)
            case _:
                return (UNKNOWN,)

    def returned(self, function: Func, args: tuple[Closure, ...]) -> tuple[Value, ...]:
        """What a function of the project returns for these arguments; one that calls itself returns nothing known."""
        place = (function.file, function.number)
        if place in self._entered:
            return (UNKNOWN,)
        inner = Frame(function.file, function.number, args, function.frame, function.this)
        self._entered.append(place)
        try:
            returns = self.web[function.file].functions[function.number].returns
            return tuple(dict.fromkeys(value for expr in returns for value in self.values(expr, inner)))
        finally:
            self._entered.pop()

    def _url(self, args: tuple[Closure, ...]) -> tuple[Value, ...]:
        """`new URL(path, base)`: a path that begins with a slash replaces the base's own."""
        paths = self._texts(args[0].expr, args[0].frame)
        if len(args) == 1:
            return tuple(Str(parts) for parts in paths)
        bases = self._texts(args[1].expr, args[1].frame)
        return tuple(Str((*base, "/", *path)) for base in bases for path in paths)[:_MOST]


def _parts(value: Value, written: Expr) -> tuple[str | Hole, ...] | None:
    """A value as part of a text; None for one that would never stand there on purpose (`undefined`, `false`)."""
    match value:
        case Str(parts=parts):
            return parts
        case Hole():
            return (value,)
        case Plain(text="false" | "null" | "true"):
            return None
        case Plain(text=text):
            return (text,)
        case Blank(absent=True):
            return None
        case _:
            return (Hole("unknown", _last_name(written)),)


def _last_name(expr: Expr) -> str:
    match expr:
        case Name(id=name) | Member(name=name):
            return name
        case Call(func=func):
            return _last_name(func)
        case _:
            return ""


@remembered
def _scopes_of(project: Project, file: str) -> Scopes:
    return Scopes(script_of(project, file))


@remembered
def evaluator_of(project: Project) -> Evaluator:
    return Evaluator(project)
