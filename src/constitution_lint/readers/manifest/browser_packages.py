"""Part of the manifest reader: package.json, tsconfig and next.config."""

import json
import re
from collections.abc import Iterator

from constitution_lint.facts.location import Span
from constitution_lint.facts.manifest import (
    Dependency,
    Group,
    Include,
    ManifestFacts,
    PathAlias,
    Rewrite,
    Script,
    Variable,
)
from constitution_lint.facts.source import Source, Unreadable
from constitution_lint.readers.contract.json_tree import read_json_tree
from constitution_lint.readers.contract.nodes import Mapping, Node, Scalar, Sequence
from constitution_lint.readers.manifest.requirement import npm_range

_GROUPS: dict[str, Group] = {
    "dependencies": "main",
    "devDependencies": "dev",
    "peerDependencies": "peer",
    "optionalDependencies": "optional",
}
_TEXT = r'"(?:[^"\\\n]|\\.)*(?:"|$)'
_COMMENT = re.compile(_TEXT + r"|//[^\n]*|/\*(?:.*?\*/|.*)", re.S | re.M)
_TRAILING_COMMA = re.compile(_TEXT + r"|,(?=\s*[}\]])", re.S | re.M)
_SECTION = re.compile(r'\s*"(?P<name>\w+)"\s*:\s*\{\s*$')
_PAIR = re.compile(r'\s*"(?P<name>[^"]+)"\s*:\s*"(?P<value>[^"]*)"\s*,?\s*$')
_REWRITE = re.compile(
    r"""source\s*:\s*(["'`])(?P<source>[^"'`\n]*)\1\s*,[^{}]{0,200}?destination\s*:\s*(["'`])[^\n]{0,500}?\3""",
    re.S,
)
_ENVIRONMENT = re.compile(r"""process\.env(?:\.(?P<name>[A-Za-z_]\w*)|\[["'](?P<quoted>\w+)["']\])""")


def read_package(source: Source) -> ManifestFacts:
    """package.json; one that is no JSON is read line by line, as far as its lines keep the usual form."""
    tree = read_json_tree(source.text)
    if tree is None or not isinstance(tree.root, Mapping):
        return _recovered(source)
    root = tree.root
    return ManifestFacts(
        kind="package",
        ecosystem="npm",
        name=root.text("name"),
        dependencies=tuple(
            npm_range(name, value.text, key.span, group, label)
            for label, group in _GROUPS.items()
            for name, (key, value) in root.mapping(label).pairs.items()
            if isinstance(value, Scalar)
        ),
        scripts=tuple(
            Script(key.span, name, value.text)
            for name, (key, value) in root.mapping("scripts").pairs.items()
            if isinstance(value, Scalar)
        ),
    )


def _recovered(source: Source) -> ManifestFacts:
    dependencies: list[Dependency] = []
    label = ""
    for number in range(1, len(source.index.starts) + 1):
        line = source.index.line(number)
        if match := _SECTION.match(line):
            label = match["name"]
        elif label in _GROUPS and (match := _PAIR.match(line)):
            column = match.start("name")
            span = Span(number, column, number, column + len(match["name"]) + 2)
            dependencies.append(npm_range(match["name"], match["value"], span, _GROUPS[label], label))
        elif line.strip().startswith("}"):
            label = ""
    fault = _fault_of_json(source.text)
    return ManifestFacts(kind="package", ecosystem="npm", dependencies=tuple(dependencies), unreadable=(fault,))


def _fault_of_json(text: str) -> Unreadable:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        span = Span(error.lineno, error.colno, error.lineno, error.colno + 1)
        return Unreadable(span, f"the file is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}")
    except (ValueError, RecursionError) as error:
        return Unreadable(Span(1, 1, 1, 1), f"the file is not valid JSON ({type(error).__name__})")
    return Unreadable(Span(1, 1, 1, 1), "the file does not hold a JSON object, or one nested too deeply")


def read_tsconfig(source: Source) -> ManifestFacts:
    """tsconfig.json or jsconfig.json: JSON with comments and trailing commas."""
    plain = _TRAILING_COMMA.sub(_unless_text, _COMMENT.sub(_unless_text, source.text))
    tree = read_json_tree(plain)
    if tree is None or not isinstance(tree.root, Mapping):
        return ManifestFacts(kind="tsconfig", ecosystem="npm", unreadable=(_fault_of_json(plain),))
    options = tree.root.mapping("compilerOptions")
    extended = tree.root.get("extends")
    bases = extended.items if isinstance(extended, Sequence) else [extended]
    return ManifestFacts(
        kind="tsconfig",
        ecosystem="npm",
        includes=tuple(Include(base.span, base.text) for base in bases if isinstance(base, Scalar)),
        aliases=tuple(
            PathAlias(key.span, pattern, tuple(_texts(targets.items)))
            for pattern, (key, targets) in options.mapping("paths").pairs.items()
            if isinstance(targets, Sequence)
        ),
        base_url=options.text("baseUrl"),
    )


def _unless_text(match: re.Match[str]) -> str:
    """Comments and commas become blanks of the same shape, so that places stay true."""
    text = match.group()
    return text if text.startswith('"') else re.sub(r"[^\n]", " ", text)


def read_next_config(source: Source) -> ManifestFacts:
    """next.config.*: what it rewrites, and which variables it reads. The file is a program; only literals are seen."""
    return ManifestFacts(
        kind="next-config",
        ecosystem="npm",
        variables=tuple(_environment_reads(source)),
        rewrites=tuple(
            Rewrite(source.index.span(match.start("source"), match.end("source")), match["source"])
            for match in _REWRITE.finditer(source.text)
        ),
    )


def _environment_reads(source: Source) -> Iterator[Variable]:
    for match in _ENVIRONMENT.finditer(source.text):
        part = "name" if match["name"] else "quoted"
        yield Variable(source.index.span(match.start(part), match.end(part)), match[part])


def _texts(items: list[Node]) -> Iterator[str]:
    return (item.text for item in items if isinstance(item, Scalar))
