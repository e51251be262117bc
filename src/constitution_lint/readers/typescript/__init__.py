"""The TypeScript reader: bytes of a .ts, .tsx, .js or .jsx file become `WebFacts`.

tree-sitter finds the nodes that matter in one query; they are met once, in the order of the text, with the functions
around them on a stack. What it cannot parse is skipped, and told as unreadable only where something that a gate needs
could have stood there.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Literal

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from constitution_lint.facts.location import START
from constitution_lint.facts.source import Source, Unreadable
from constitution_lint.facts.web import EnvironmentRead, WebFacts
from constitution_lint.readers.typescript.collecting import Collecting
from constitution_lint.readers.typescript.expressions import named, string_value, text_of
from constitution_lint.readers.typescript.places import Places

Grammar = Literal["typescript", "tsx"]

_WANTED = """[
  (import_statement) (export_statement) (call_expression) (new_expression) (variable_declarator) (for_in_statement)
  (catch_clause) (assignment_expression) (augmented_assignment_expression) (return_statement) (enum_declaration)
  (function_declaration) (function_expression) (arrow_function) (method_definition) (generator_function)
  (generator_function_declaration) (class_declaration) (class) (abstract_class_declaration)
] @node"""
_MARKUP = "[(jsx_opening_element) (jsx_self_closing_element)] @node"
_ENVIRONMENT = """[
  (member_expression object: [(member_expression) (identifier)]) (subscript_expression object: (member_expression))
  (variable_declarator name: (object_pattern) value: (member_expression))
] @node"""
_ERROR = "(ERROR) @node"
_MATTERS = re.compile(rb"\b(?:fetch|axios|import|require|export|betterAuth|localStorage)\b|\.env\b")
_DEEPEST = 2_000
_BRACE = re.compile(rb"[{}]")
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))
_OPEN_TYPES = re.compile(rb"(?:\w\s?<[^;(){}<>]{0,200}){400}")
_ENVIRONMENTS = frozenset({"process.env", "import.meta.env"})


def read(source: Source) -> WebFacts:
    """The facts of a file. Never raises for what a file holds."""
    data, lines = source.text.encode(errors="replace"), len(source.index.starts)
    if _is_bundle(data, lines):
        return WebFacts(lines, is_bundle=True)
    if _is_hostile(data):
        return WebFacts(lines, unreadable=(Unreadable(START, "nested too deeply to be read"),))
    grammar: Grammar = "typescript" if source.path.endswith((".ts", ".mts", ".cts")) else "tsx"
    tree = Parser(_language(grammar)).parse(data)
    root, places = tree.root_node, Places(source.index, data)
    collecting = Collecting(places)
    collecting.collect(_nodes(grammar, _WANTED, root))
    facts = collecting.facts(lines, _directive(root))
    environment = tuple(_environment(grammar, root, places)) if b"env" in data else ()
    unreadable = tuple(_lost(grammar, root, places)) if root.has_error else ()
    return WebFacts(*facts, environment, unreadable)


def _is_bundle(data: bytes, lines: int) -> bool:
    """The output of a bundler: lines that no one types, or more of them than one file ever holds."""
    return len(data) > 1_000_000 or (len(data) > 50_000 and len(data) > 400 * lines)


def _is_hostile(data: bytes) -> bool:
    """What costs the parser or the query the square of its length: brackets nested, or left open, by the thousand."""
    unclosed = (abs(data.count(opening) - data.count(closing)) for opening, closing in _BRACKETS)
    if any(count > _DEEPEST for count in unclosed) or _OPEN_TYPES.search(data):
        return True
    return len(data) > 100_000 and _depth(data) > _DEEPEST


def _depth(data: bytes) -> int:
    """How deep braces are nested; those in strings count too, for want of a parser."""
    return max(accumulate(1 if brace.group() == b"{" else -1 for brace in _BRACE.finditer(data)), default=0)


@lru_cache(maxsize=2)
def _language(grammar: Grammar) -> Language:
    tsx = grammar == "tsx"
    return Language(tree_sitter_typescript.language_tsx() if tsx else tree_sitter_typescript.language_typescript())


@lru_cache(maxsize=6)
def _query(grammar: Grammar, text: str) -> Query:
    return Query(_language(grammar), text)


def _nodes(grammar: Grammar, query: str, root: Node) -> list[Node]:
    """The nodes a query finds, outer before inner, in the order of the text."""
    wanted = f"{query}\n{_MARKUP}" if query is _WANTED and grammar == "tsx" else query
    found = QueryCursor(_query(grammar, wanted)).captures(root).get("node", [])
    return sorted(found, key=lambda node: (node.start_byte, -node.end_byte))


def _directive(root: Node) -> str:
    """`"use client"` or `"use server"` among the strings that open a file (Next.js, "Directives")."""
    for statement in named(root):
        inner = statement.named_children[0] if statement.type == "expression_statement" else None
        if inner is None or inner.type != "string":
            return ""
        if string_value(inner) in ("use client", "use server"):
            return string_value(inner)
    return ""


def _environment(grammar: Grammar, root: Node, places: Places) -> Iterator[EnvironmentRead]:
    for node in _nodes(grammar, _ENVIRONMENT, root):
        if node.type == "variable_declarator":
            yield from _destructured(node, places)
            continue
        owner = node.child_by_field_name("object")
        key = node.child_by_field_name("index" if node.type == "subscript_expression" else "property")
        if owner is not None and key is not None and _is_environment(owner) and not _is_assigned(node):
            name = string_value(key) if key.type == "string" else text_of(key)
            if key.type in ("string", "property_identifier"):
                yield EnvironmentRead(name, places.span(node))


def _is_assigned(node: Node) -> bool:
    """`process.env.NAME = "x"` sets a variable and reads none."""
    parent = node.parent
    if parent is None or parent.type != "assignment_expression":
        return False
    return parent.child_by_field_name("left") == node


def _destructured(node: Node, places: Places) -> Iterator[EnvironmentRead]:
    """`const { NAME, OTHER: renamed = "x" } = process.env`."""
    pattern, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if pattern is None or value is None or not _is_environment(value):
        return
    for child in named(pattern):
        part = child.child_by_field_name("key") or child.child_by_field_name("left") or child
        if part.type in ("shorthand_property_identifier_pattern", "property_identifier"):
            yield EnvironmentRead(text_of(part), places.span(part))


def _is_environment(node: Node) -> bool:
    return node.end_byte - node.start_byte < 24 and text_of(node).replace("?.", ".") in _ENVIRONMENTS


def _lost(grammar: Grammar, root: Node, places: Places) -> Iterator[Unreadable]:
    """The outermost stretches that do not parse and hold a word that a gate looks for."""
    end = -1
    for node in _nodes(grammar, _ERROR, root):
        if node.start_byte < end:
            continue
        end = node.end_byte
        if _MATTERS.search((node.text or b"")[:20_000]):
            yield Unreadable(places.span(node), "cannot be parsed as TypeScript")
