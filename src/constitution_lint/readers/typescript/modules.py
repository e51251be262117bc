"""For the TypeScript reader: what a file imports and exports."""

from collections.abc import Iterator

from tree_sitter import Node

from constitution_lint.facts.web import Export, Import, ImportedName, ImportKind
from constitution_lint.readers.typescript.expressions import first_named, named, string_value, text_of
from constitution_lint.readers.typescript.places import Places

_DECLARED = frozenset({"lexical_declaration", "variable_declaration"})


def import_of(node: Node, places: Places) -> Import | None:
    """An `import` statement, `import x = require("y")` included."""
    source = node.child_by_field_name("source")
    clause = next((child for child in named(node) if child.type in ("import_clause", "import_require_clause")), None)
    if clause is not None and clause.type == "import_require_clause":
        source = clause.child_by_field_name("source")
        local = first_named(clause)
        whole = (ImportedName("*", text_of(local)),) if local is not None else ()
        return _import(source, "require", whole, places)
    names = tuple(_imported(clause)) if clause is not None else ()
    type_only = any(child.type in ("type", "typeof") for child in node.children)
    return _import(source, "static", names, places, type_only)


def called_import(node: Node, places: Places) -> Import | None:
    """`import("x")` as an expression or in a type, `require("x")`; None for any other call."""
    func = node.child_by_field_name("function")
    if func is None or not (func.type == "import" or (func.type == "identifier" and func.text == b"require")):
        return None
    arguments = node.child_by_field_name("arguments")
    first = first_named(arguments) if arguments is not None else None
    if first is None or first.type not in ("string", "template_string"):
        return None
    if first.type == "template_string" and any(child.type == "template_substitution" for child in first.named_children):
        return None
    if func.type == "identifier":
        return _import(first, "require", (), places)
    is_type = _stands_in_type(node)
    return _import(first, "type" if is_type else "dynamic", (), places, is_type)


def passed_on(node: Node, places: Places) -> Import | None:
    """`export … from "x"`, as an import."""
    source = node.child_by_field_name("source")
    if source is None:
        return None
    names = tuple(ImportedName(text_of(name), "") for name, _ in _specifiers(node) if name is not None) or (
        ImportedName("*", ""),
    )
    return _import(source, "export", names, places, any(child.type == "type" for child in node.children))


def exports_of(node: Node) -> Iterator[Export]:
    """The names an `export` statement gives away; a default export's value is bound under the name "default"."""
    source = node.child_by_field_name("source")
    module = string_value(source) if source is not None else ""
    type_only = any(child.type == "type" for child in node.children)
    kinds = {child.type for child in node.children}
    for name, alias in _specifiers(node):
        if name is not None:
            local = _word(name)
            yield Export(_word(alias) if alias is not None else local, local, module, type_only)
    if "namespace_export" in kinds:
        renamed = next(child for child in node.children if child.type == "namespace_export")
        inner = first_named(renamed)
        yield Export(_word(inner) if inner is not None else "", "*", module, type_only)
    elif "*" in kinds:
        yield Export("*", "*", module, type_only)
    declaration = node.child_by_field_name("declaration")
    if "default" in kinds:
        named_declaration = declaration.child_by_field_name("name") if declaration is not None else None
        yield Export("default", text_of(named_declaration) if named_declaration is not None else "default")
    elif declaration is not None:
        yield from _declared(declaration)


def _declared(declaration: Node) -> Iterator[Export]:
    if declaration.type not in _DECLARED:
        name = declaration.child_by_field_name("name")
        if name is not None:
            is_type = declaration.type in ("interface_declaration", "type_alias_declaration")
            yield Export(text_of(name), text_of(name), "", is_type)
        return
    for declarator in named(declaration):
        name = declarator.child_by_field_name("name")
        if name is not None:
            yield from (Export(word, word) for word in _pattern_words(name))


def _pattern_words(node: Node) -> Iterator[str]:
    if node.type in ("identifier", "shorthand_property_identifier_pattern"):
        yield text_of(node)
    elif node.type == "pair_pattern":
        value = node.child_by_field_name("value")
        yield from _pattern_words(value) if value is not None else ()
    elif node.type in ("object_assignment_pattern", "assignment_pattern"):
        left = node.child_by_field_name("left")
        yield from _pattern_words(left) if left is not None else ()
    elif node.type in ("object_pattern", "array_pattern", "rest_pattern"):
        for child in named(node):
            yield from _pattern_words(child)


def _specifiers(node: Node) -> Iterator[tuple[Node | None, Node | None]]:
    for clause in node.named_children:
        if clause.type == "export_clause":
            for specifier in named(clause):
                yield specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")


def _imported(clause: Node) -> Iterator[ImportedName]:
    for part in named(clause):
        if part.type == "identifier":
            yield ImportedName("default", text_of(part))
        elif part.type == "namespace_import":
            local = first_named(part)
            yield ImportedName("*", text_of(local) if local is not None else "")
        elif part.type == "named_imports":
            for specifier in named(part):
                name, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
                if name is not None:
                    is_type = any(child.type == "type" for child in specifier.children)
                    yield ImportedName(_word(name), _word(alias if alias is not None else name), is_type)


def _word(node: Node) -> str:
    return string_value(node) if node.type == "string" else text_of(node)


def _import(
    source: Node | None, kind: ImportKind, names: tuple[ImportedName, ...], places: Places, type_only: bool = False
) -> Import | None:
    if source is None:
        return None
    type_only = type_only or (bool(names) and all(name.type_only for name in names))
    return Import(string_value(source), kind, names, places.span(source), type_only)


def _stands_in_type(node: Node) -> bool:
    """`import("x").Thing` after a colon, in an alias, among type arguments: wherever the grammar wants a type."""
    parent = node.parent
    while parent is not None and parent.type in ("member_expression", "subscript_expression"):
        parent = parent.parent
    if parent is None:
        return False
    return parent.type.endswith("_type") or parent.type in (
        "type_annotation", "type_query", "type_arguments", "type_alias_declaration", "constraint", "default_type",
    )  # fmt: skip
