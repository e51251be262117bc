"""For the TypeScript reader: the relevant nodes, visited once in source order, become facts."""

from collections.abc import Callable, Iterable

from tree_sitter import Node

from constitution_lint.facts.web import (
    MODULE,
    Assignment,
    Binding,
    Bound,
    Call,
    CallSite,
    Class,
    ClassAt,
    Element,
    Entry,
    Export,
    Expr,
    Function,
    FunctionAt,
    Import,
    Object,
    Parameter,
    Unknown,
)
from constitution_lint.readers.typescript.expressions import Expressions, first_named, named, text_of
from constitution_lint.readers.typescript.modules import called_import, exports_of, import_of, passed_on
from constitution_lint.readers.typescript.places import Places

_FUNCTIONS = frozenset(
    {"function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function"}
    | {"generator_function_declaration"}
)
_CLASSES = frozenset({"class_declaration", "class", "abstract_class_declaration"})
_DECLARATIONS = frozenset({"function_declaration", "generator_function_declaration", *_CLASSES})
_Facts = tuple[
    int,
    str,
    tuple[Import, ...],
    tuple[Export, ...],
    tuple[Function, ...],
    tuple[Class, ...],
    tuple[Binding, ...],
    tuple[Assignment, ...],
    tuple[CallSite, ...],
    tuple[Element, ...],
]


class _Open:
    """A function on the way: what is known of it before its end."""

    def __init__(self, node: Node, name: str, scope: int, owner: int) -> None:
        self.node = node
        self.name = name
        self.scope = scope
        self.owner = owner
        self.params: tuple[Parameter, ...] = ()
        self.returns: list[Expr] = []


class Collecting:
    """Gathers the facts of one file. `collect` is called once, then `facts`."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._function_indices: dict[int, int] = {}
        self._class_indices: dict[int, int] = {}
        self._owners: dict[int, int] = {}
        self._expressions = Expressions(places, self._function_indices, self._class_indices)
        self._functions: list[_Open] = []
        self._stack: list[tuple[int, int]] = []
        self._imports: list[Import] = []
        self._exports: list[Export] = []
        self._classes: list[Class] = []
        self._bindings: list[Binding] = []
        self._assignments: list[Assignment] = []
        self._calls: list[CallSite] = []
        self._elements: list[Element] = []

    def collect(self, nodes: list[Node]) -> None:
        """`nodes` are in the order of the text, outer before inner."""
        self._number(nodes)
        for node in nodes:
            start = node.start_byte
            while self._stack and self._stack[-1][0] <= start:
                self._stack.pop()
            kind = node.type
            if kind in _FUNCTIONS:
                self._enter(node)
            else:
                _MEETINGS[kind](self, node)

    def facts(self, lines: int, directive: str) -> _Facts:
        return (
            lines,
            directive,
            tuple(self._imports),
            tuple(self._exports),
            tuple(self._function(one) for one in self._functions),
            tuple(self._classes),
            tuple(self._bindings),
            tuple(self._assignments),
            tuple(self._calls),
            tuple(self._elements),
        )

    @property
    def _scope(self) -> int:
        return self._stack[-1][1] if self._stack else MODULE

    def _number(self, nodes: Iterable[Node]) -> None:
        """Indices first: an expression may name a function that begins inside it."""
        for node in nodes:
            kind = node.type
            if kind in _FUNCTIONS:
                self._function_indices[node.id] = len(self._function_indices)
            elif kind in _CLASSES:
                index = self._class_indices[node.id] = len(self._class_indices)
                body = node.child_by_field_name("body")
                self._owners.update(dict.fromkeys((child.id for child in body.children), index) if body else {})

    def _enter(self, node: Node) -> None:
        name_node = node.child_by_field_name("name")
        name = self._expressions.key(name_node)
        index = self._function_indices[node.id]
        opened = _Open(node, name, self._scope, self._owners.get(node.id, -1))
        self._functions.append(opened)
        if node.type in _DECLARATIONS and name:
            self._bind(name, FunctionAt(index), node)
        self._stack.append((node.end_byte, index))
        opened.params = self._expressions.parameters(node)
        body = node.child_by_field_name("body")
        if body is not None and body.type != "statement_block":
            opened.returns.append(self._expressions.lower(body))

    def _function(self, opened: _Open) -> Function:
        node = opened.node
        named_at = node.child_by_field_name("name") or node.child_by_field_name("parameters") or node
        return Function(
            opened.name,
            opened.scope,
            opened.params,
            tuple(opened.returns),
            self._places.span(named_at),
            opened.owner,
        )

    def _class(self, node: Node) -> None:
        name = text_of(name_node) if (name_node := node.child_by_field_name("name")) is not None else ""
        body = node.child_by_field_name("body")
        members = tuple(entry for child in named(body) if (entry := self._member(child))) if body is not None else ()
        span = self._places.span(name_node if name_node is not None else node)
        self._classes.append(Class(name, self._scope, self._base(node), members, span))
        if node.type != "class" and name:
            self._bind(name, ClassAt(self._class_indices[node.id]), node)

    def _base(self, node: Node) -> Expr | None:
        heritage = next((child for child in named(node) if child.type == "class_heritage"), None)
        clause = first_named(heritage) if heritage is not None else None
        if clause is None:
            return None
        value = clause.child_by_field_name("value") if clause.type == "extends_clause" else clause
        return self._expressions.lower(value)

    def _member(self, node: Node) -> Entry | None:
        key = self._expressions.key(node.child_by_field_name("name"))
        if node.id in self._function_indices:
            return Entry(key, FunctionAt(self._function_indices[node.id]))
        value = node.child_by_field_name("value")
        if node.type != "public_field_definition" or value is None:
            return None
        return Entry(key, self._expressions.lower(value))

    def _bind(self, name: str, value: Expr, node: Node) -> None:
        self._bindings.append(Binding((Bound(name),), value, self._scope, self._places.span(node)))

    def _import(self, node: Node) -> None:
        self._imports += filter(None, (import_of(node, self._places),))

    def _export(self, node: Node) -> None:
        self._imports += filter(None, (passed_on(node, self._places),))
        self._exports += exports_of(node)
        value = node.child_by_field_name("value")
        declaration = node.child_by_field_name("declaration")
        unnamed = declaration is not None and declaration.child_by_field_name("name") is None
        if value is not None or (unnamed and any(child.type == "default" for child in node.children)):
            self._bind("default", self._expressions.lower(value if value is not None else declaration), node)

    def _call(self, node: Node) -> None:
        found = called_import(node, self._places)
        if found is not None:
            self._imports.append(found)
        if node.id not in self._expressions.seen:
            call = self._expressions.lower(node)
            if isinstance(call, Call):
                self._calls.append(CallSite(call, self._scope))

    def _declare(self, node: Node) -> None:
        value = node.child_by_field_name("value")
        names = self._expressions.pattern(node.child_by_field_name("name"))
        lowered = self._expressions.lower(value) if value is not None else Unknown()
        span = self._places.span(node.child_by_field_name("name") or node)
        self._bindings.append(Binding(names, lowered, self._scope, span))

    def _loop(self, node: Node) -> None:
        """What a loop or a `catch` binds hides outer names; its value is not known."""
        target = node.child_by_field_name("parameter" if node.type == "catch_clause" else "left")
        names = self._expressions.pattern(target)
        if names and target is not None:
            self._bindings.append(Binding(names, Unknown(), self._scope, self._places.span(target)))

    def _enumeration(self, node: Node) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            return
        entries = tuple(
            Entry(
                self._expressions.key(child.child_by_field_name("name")),
                self._expressions.lower(child.child_by_field_name("value")),
            )
            for child in named(body)
            if child.type == "enum_assignment"
        )
        self._bind(text_of(name), Object(entries), name)

    def _assign(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        target, value = self._expressions.lower(left), self._expressions.lower(right)
        adds = node.type == "augmented_assignment_expression"
        if left is not None and text_of(left) == "module.exports":
            self._exports.append(Export("default", "default"))
            self._bind("default", value, node)
        elif left is not None and text_of(left).startswith(("exports.", "module.exports.")):
            name = text_of(left).rsplit(".", 1)[-1]
            self._exports.append(Export(name, name))
            self._bind(name, value, node)
        self._assignments.append(Assignment(target, value, self._scope, self._places.span(node), adds))

    def _return(self, node: Node) -> None:
        value = first_named(node)
        if value is not None and self._scope != MODULE:
            self._functions[self._scope].returns.append(self._expressions.lower(value))

    def _element(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        if name is not None and (text := text_of(name))[:1].isupper():
            self._elements.append(Element(text, self._scope))


_MEETINGS: dict[str, Callable[[Collecting, Node], None]] = {
    "import_statement": Collecting._import,
    "export_statement": Collecting._export,
    "call_expression": Collecting._call,
    "new_expression": Collecting._call,
    "variable_declarator": Collecting._declare,
    "for_in_statement": Collecting._loop,
    "catch_clause": Collecting._loop,
    "assignment_expression": Collecting._assign,
    "augmented_assignment_expression": Collecting._assign,
    "return_statement": Collecting._return,
    "enum_declaration": Collecting._enumeration,
    "jsx_opening_element": Collecting._element,
    "jsx_self_closing_element": Collecting._element,
    **dict.fromkeys(_CLASSES, Collecting._class),
}
