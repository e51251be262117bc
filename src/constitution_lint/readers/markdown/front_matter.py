"""YAML front matter, flattened to fields with their spans."""

from collections.abc import Iterator
from typing import Any

from constitution_lint.facts.document import Field, FrontMatter
from constitution_lint.facts.location import NO_LINE_ENDS, Span
from constitution_lint.readers.markdown.lines import Lines

SIZE_LIMIT = 64_000
FIELD_LIMIT = 500
DEPTH_LIMIT = 12


def front_matter(document: Lines) -> FrontMatter | None:
    """The front matter's fields, or its fault; None for a document without any."""
    if document.front is None:
        return None
    first, last = document.front
    text = "\n".join(line.text for line in document.below(first, last))
    span = Span(1, 1, last + 1, 4)
    if len(text) > SIZE_LIMIT:
        return FrontMatter(span, (), "front matter is larger than 64 KB")
    return _composed(text, span, first - 1)


def _composed(text: str, span: Span, shift: int) -> FrontMatter:
    import yaml

    try:
        node = yaml.compose(text.translate(NO_LINE_ENDS), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 + shift if error.problem_mark else 1
        column = error.problem_mark.column + 1 if error.problem_mark else 1
        return FrontMatter(Span(line, column, line, column), (), str(error.problem or error.context or "invalid YAML"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return FrontMatter(span, (), str(error).split("\n")[0][:200] or "invalid YAML")
    if node is None:
        return FrontMatter(span, ())
    if not isinstance(node, yaml.MappingNode):
        return FrontMatter(span, (), "front matter is not a mapping")
    fields = []
    for field in _flat(node, "", shift, 0):
        fields.append(field)
        if len(fields) >= FIELD_LIMIT:
            break
    return FrontMatter(span, tuple(fields))


def _flat(node: Any, name: str, shift: int, depth: int) -> Iterator[Field]:
    if depth > DEPTH_LIMIT:
        return
    if node.id == "mapping":
        for key, value in node.value:
            part = str(key.value)[:80] if key.id == "scalar" else "?"
            yield from _flat(value, f"{name}.{part}" if name else part, shift, depth + 1)
    elif node.id == "sequence":
        for index, value in enumerate(node.value):
            yield from _flat(value, f"{name}.{index}", shift, depth + 1)
    elif node.id == "scalar":
        start, end = node.start_mark, node.end_mark
        span = Span(start.line + 1 + shift, start.column + 1, end.line + 1 + shift, end.column + 1)
        yield Field(span, name, "" if node.tag.endswith(":null") else str(node.value)[:2_000])
