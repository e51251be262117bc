"""For the TypeScript reader: expression nodes become the dozen kinds that facts know; everything else is `Unknown`."""

import re

from tree_sitter import Node

from constitution_lint.facts.web import (
    Array,
    Bound,
    Call,
    ClassAt,
    Constant,
    Either,
    Entry,
    Expr,
    FunctionAt,
    Member,
    Name,
    Object,
    Parameter,
    Spread,
    Template,
    Text,
    Unknown,
)
from constitution_lint.readers.typescript.places import Places

_DEEPEST = 60
"""Expressions nested deeper than people write them are not followed."""
_TRANSPARENT = frozenset(
    {"await_expression", "parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"}
    | {"sequence_expression", "instantiation_expression"}
)
_CONSTANTS = frozenset({"number", "true", "false", "null", "undefined"})
_NAMES = frozenset(
    {"identifier", "this", "super", "import", "shorthand_property_identifier", "property_identifier", "type_identifier"}
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.S)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_NOTHING = Unknown()


class Expressions:
    """Lowers the expressions of one file. `functions` and `classes` give the indices of nodes by their id.

    `seen` collects the calls that became part of some expression, so that none is told twice.
    """

    def __init__(self, places: Places, functions: dict[int, int], classes: dict[int, int]) -> None:
        self.places = places
        self.seen: set[int] = set()
        self._functions = functions
        self._classes = classes
        self._depth = 0

    def lower(self, node: Node | None) -> Expr:
        if node is None or self._depth >= _DEEPEST:
            return _NOTHING
        self._depth += 1
        try:
            return self._lower(node)
        finally:
            self._depth -= 1

    def _lower(self, node: Node) -> Expr:
        kind = node.type
        while kind in _TRANSPARENT or kind == "type_assertion":
            inner = last_named(node) if kind == "type_assertion" else first_named(node)
            if inner is None:
                return _NOTHING
            node, kind = inner, inner.type
        if kind in _NAMES:
            return Name(text_of(node))
        if kind == "string":
            return Text(string_value(node), self.places.span(node))
        lower = _LOWERINGS.get(kind)
        if lower is not None:
            return lower(self, node)
        if kind in _CONSTANTS:
            return Constant(text_of(node))
        if node.id in self._functions:
            return FunctionAt(self._functions[node.id])
        return ClassAt(self._classes[node.id]) if node.id in self._classes else _NOTHING

    def call(self, node: Node) -> Expr:
        self.seen.add(node.id)
        func = node.child_by_field_name("constructor" if node.type == "new_expression" else "function")
        arguments = node.child_by_field_name("arguments")
        if arguments is None or arguments.type == "template_string":
            lowered: tuple[Expr, ...] = (self.lower(arguments),) if arguments is not None else ()
        else:
            lowered = tuple(self.lower(child) for child in named(arguments))
        return Call(self.lower(func), lowered, self.places.span(node))

    def member(self, node: Node) -> Expr:
        name = node.child_by_field_name("property")
        return Member(self.lower(node.child_by_field_name("object")), text_of(name) if name is not None else "")

    def subscript(self, node: Node) -> Expr:
        index = node.child_by_field_name("index")
        key = string_value(index) if index is not None and index.type == "string" else ""
        return Member(self.lower(node.child_by_field_name("object")), key)

    def template(self, node: Node) -> Expr:
        parts: list[Expr] = []
        for child in node.named_children:
            if child.type == "template_substitution":
                parts.append(self.lower(first_named(child)))
            else:
                raw = text_of(child)
                value = unescaped(raw) if child.type == "escape_sequence" else raw
                parts.append(Text(value, self.places.span(child)))
        return Template(tuple(parts), self.places.span(node))

    def binary(self, node: Node) -> Expr:
        operator = node.child_by_field_name("operator")
        sign = operator.type if operator is not None else ""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if sign == "+":
            return self._sum(node)
        if sign in ("||", "??"):
            return Either((*_options(self.lower(left)), *_options(self.lower(right))))
        if sign == "&&":
            return Either((Constant("false"), self.lower(right)))
        return _NOTHING

    def _sum(self, node: Node) -> Expr:
        """`a + b + c` is one template; its left spine may be of any length, so it is not descended by recursion."""
        operands: list[Node] = []
        current: Node | None = node
        while current is not None and current.type == "binary_expression" and _sign(current) == "+":
            right = current.child_by_field_name("right")
            if right is not None:
                operands.append(right)
            current = current.child_by_field_name("left")
        if current is not None:
            operands.append(current)
        return Template(tuple(self.lower(operand) for operand in reversed(operands)), self.places.span(node))

    def ternary(self, node: Node) -> Expr:
        chosen = (node.child_by_field_name("consequence"), node.child_by_field_name("alternative"))
        return Either(tuple(option for one in chosen for option in _options(self.lower(one))))

    def object(self, node: Node) -> Expr:
        return Object(tuple(entry for child in named(node) if (entry := self._entry(child)) is not None))

    def _entry(self, node: Node) -> Entry | None:
        kind = node.type
        if kind == "pair":
            return Entry(self.key(node.child_by_field_name("key")), self.lower(node.child_by_field_name("value")))
        if kind == "shorthand_property_identifier":
            return Entry(text_of(node), Name(text_of(node)))
        if kind == "spread_element":
            return Entry("...", self.lower(first_named(node)))
        if node.id in self._functions:
            return Entry(self.key(node.child_by_field_name("name")), FunctionAt(self._functions[node.id]))
        return None

    def array(self, node: Node) -> Expr:
        return Array(tuple(self.lower(child) for child in named(node)))

    def spread(self, node: Node) -> Expr:
        return Spread(self.lower(first_named(node)))

    def key(self, node: Node | None) -> str:
        """A property's name; empty where it is computed from more than a string."""
        if node is None:
            return ""
        if node.type == "string":
            return string_value(node)
        if node.type == "computed_property_name":
            inner = first_named(node)
            return string_value(inner) if inner is not None and inner.type == "string" else ""
        return text_of(node)

    def pattern(self, node: Node | None, path: tuple[str, ...] = (), default: Expr | None = None) -> tuple[Bound, ...]:
        """The names that a declaration's left side binds; patterns nested deeper than five keys are left out."""
        if node is None or len(path) > 5:
            return ()
        if node.type in ("identifier", "shorthand_property_identifier_pattern", "this"):
            name = text_of(node)
            at_key = node.type == "shorthand_property_identifier_pattern"
            return (Bound(name, (*path, name) if at_key else path, default),)
        if node.type in ("assignment_pattern", "object_assignment_pattern"):
            right = self.lower(node.child_by_field_name("right"))
            return self.pattern(node.child_by_field_name("left"), path, right)
        if node.type == "pair_pattern":
            key = self.key(node.child_by_field_name("key"))
            return self.pattern(node.child_by_field_name("value"), (*path, key))
        if node.type == "rest_pattern":
            return self.pattern(first_named(node), (*path, "..."))
        if node.type == "object_pattern":
            return tuple(bound for child in named(node) for bound in self.pattern(child, path))
        if node.type == "array_pattern":
            items = enumerate(named(node))
            return tuple(bound for at, child in items for bound in self.pattern(child, (*path, str(at))))
        return ()

    def parameters(self, node: Node) -> tuple[Parameter, ...]:
        """The parameters of a function node."""
        single = node.child_by_field_name("parameter")
        if single is not None:
            return (Parameter(self.pattern(single)),)
        listed = node.child_by_field_name("parameters")
        return tuple(self._parameter(child) for child in named(listed)) if listed is not None else ()

    def _parameter(self, node: Node) -> Parameter:
        pattern, value = node.child_by_field_name("pattern"), node.child_by_field_name("value")
        is_rest = pattern is not None and pattern.type == "rest_pattern"
        names = self.pattern(first_named(pattern) if is_rest and pattern is not None else pattern)
        is_property = any(child.type in ("accessibility_modifier", "readonly") for child in node.children)
        return Parameter(names, self.lower(value) if value is not None else None, is_rest, is_property)


_LOWERINGS = {
    "call_expression": Expressions.call,
    "new_expression": Expressions.call,
    "member_expression": Expressions.member,
    "subscript_expression": Expressions.subscript,
    "template_string": Expressions.template,
    "binary_expression": Expressions.binary,
    "ternary_expression": Expressions.ternary,
    "object": Expressions.object,
    "array": Expressions.array,
    "spread_element": Expressions.spread,
}


def _options(value: Expr) -> tuple[Expr, ...]:
    return value.options if isinstance(value, Either) else (value,)


def _sign(node: Node) -> str:
    operator = node.child_by_field_name("operator")
    return operator.type if operator is not None else ""


def named(node: Node) -> list[Node]:
    """The named children of a node that are no comments."""
    return [child for child in node.named_children if child.type != "comment"]


def first_named(node: Node) -> Node | None:
    return next(iter(named(node)), None)


def last_named(node: Node) -> Node | None:
    return next(reversed(named(node)), None)


def text_of(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


def string_value(node: Node) -> str:
    """The value of a string literal."""
    raw = text_of(node)[1:-1]
    return unescaped(raw) if "\\" in raw else raw


def unescaped(raw: str) -> str:
    """A literal's text with its escapes resolved (ECMA-262, section 12.9.4)."""
    return _ESCAPE.sub(_escape, raw)


def _escape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "�"
    return _SIMPLE.get(match[4], match[4])
