"""Positions and any input, for every reader: columns count code points, spans cover what they name, nothing raises."""

import ast
import re
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constitution_lint.discovery.kinds import Kind
from constitution_lint.facts.document import DocumentFacts
from constitution_lint.facts.location import LineIndex, Span, utf16_column
from constitution_lint.facts.source import Source
from constitution_lint.reading import reader_of

quick = settings(max_examples=150, derandomize=True, deadline=None, database=None)

ENDS = ("\n", "\r\n", "\r")
LETTERS = "aZ_ é𝒳👩‍👧مب\t\f\v\u2028\u0085\ufeff"
"""Astral characters, joined emoji, right-to-left letters, and all that other tools take for line ends."""
texts = st.lists(st.one_of(st.text(LETTERS, max_size=6), st.sampled_from(ENDS)), max_size=12).map("".join)
words = st.text("abcXYZéü𝒳👧مب", min_size=1, max_size=8)
letters = st.text("abcXYZéüمب", min_size=1, max_size=8)
boms = st.sampled_from([b"", b"\xef\xbb\xbf"])


def lines_of(text: str) -> list[str]:
    """What a line is, written anew: it ends at LF, CRLF or a lone CR, and nowhere else."""
    return re.split(r"\r\n|\n|\r", text)


# --- the index -------------------------------------------------------------------------------------------------------


@quick
@given(texts)
def test_lines_are_those_of_the_text(text: str) -> None:
    index = LineIndex(text)
    assert [index.line(number) for number in range(1, len(index.starts) + 1)] == lines_of(text)
    assert index.line(0) == index.line(len(index.starts) + 1) == ""


@quick
@given(texts)
def test_every_offset_has_its_place(text: str) -> None:
    index = LineIndex(text)
    for offset, character in enumerate(text):
        line, column = index.position(offset)
        assert index.starts[line - 1] + column - 1 == offset
        if character not in "\r\n":
            assert index.line(line)[column - 1] == character


@quick
@given(texts, st.integers(0, 40), st.integers(0, 40))
def test_a_span_within_a_line_covers_its_text(text: str, one: int, other: int) -> None:
    index = LineIndex(text)
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    span = index.span(start, end)
    if not set(text[start:end]) & {"\r", "\n"} and span.line == span.end_line:
        assert index.line(span.line)[span.column - 1 : span.end_column - 1] == text[start:end]


@quick
@given(texts)
def test_columns_of_bytes_and_of_utf16_units_count_the_same_characters(text: str) -> None:
    index = LineIndex(text)
    for number, line in enumerate(lines_of(text), 1):
        for length in range(len(line) + 1):
            prefix = line[:length]
            assert index.column_of_byte(number, len(prefix.encode())) == length + 1
            assert utf16_column(line, length + 1) == len(prefix.encode("utf-16-le")) // 2


def test_a_position_outside_the_text_is_its_nearest_end() -> None:
    index = LineIndex("ab\nc")
    assert (index.position(-1), index.position(99)) == ((1, 1), (2, 2))


# --- readers: places -------------------------------------------------------------------------------------------------


def covered(source: Source, span: Span) -> str:
    """The text under a span of one line."""
    assert span.line == span.end_line
    return source.index.line(span.line)[span.column - 1 : span.end_column - 1]


@quick
@given(boms, st.sampled_from(ENDS), st.lists(st.tuples(st.sampled_from(["", "\f"]), words), min_size=1, max_size=6))
def test_python_names_stand_where_the_parser_sees_them(bom: bytes, end: str, lines: list[tuple[str, str]]) -> None:
    text = end.join(f"{feed}x = '{word}'; name_{number} = y" for number, (feed, word) in enumerate(lines))
    source = Source("backend/a.py", bom + text.encode())
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.Name):
            column = source.index.column_of_byte(node.lineno, node.col_offset)
            assert source.index.line(node.lineno)[column - 1 :].startswith(node.id)


@quick
@given(boms, st.sampled_from(ENDS), st.lists(words, min_size=1, max_size=4))
def test_functions_stand_where_their_names_do(bom: bytes, end: str, comments: list[str]) -> None:
    lines = [f'"""{comments[0]}"""', "", *(f"def f{n}(a='{word}'): return a" for n, word in enumerate(comments)), ""]
    source = Source("backend/a.py", bom + end.join(lines).encode())
    functions = [node for node in reader_of("python")(source).body if type(node).__name__ == "FunctionDef"]
    assert [covered(source, node.head) for node in functions] == [f"f{n}" for n in range(len(comments))]


@st.composite
def plans(draw: st.DrawFn) -> tuple[bytes, list[str], list[str]]:
    """A plan with a Constitution Check in one of its shapes; the names it answers, and the placeholders left in it."""
    end = draw(st.sampled_from(ENDS))
    names = draw(st.lists(words.map(lambda word: f"Keep {word} safe"), min_size=1, max_size=5, unique=True))
    shape = draw(
        st.sampled_from(
            ["- [x] **{}**: it is so", "* [X] {}: it is so", "1. [x] **{}** - it is so", "| {} | ✅ PASS |"]
        )
    )
    table = ["| Gate | Status |", "|---|---|"] if shape.startswith("|") else []
    noise = draw(words)
    marks = [f"[NEEDS CLARIFICATION: {draw(words)}]"] if draw(st.booleans()) else []
    lines = [f"# Implementation Plan: {noise}", "", f"{noise} {' '.join(marks)}", "", "## Constitution Check", ""]
    lines += [*table, *(shape.format(name) for name in names), ""]
    return draw(boms) + end.join(lines).encode(), names, marks


@quick
@given(plans())
def test_claims_stand_where_their_names_do(plan: tuple[bytes, list[str], list[str]]) -> None:
    data, names, marks = plan
    source = Source("specs/001-a/plan.md", data)
    facts = markdown(source)
    items = [item for check in facts.checks for item in check.items]
    assert [item.name for item in items] == names
    for item in items:
        assert covered(source, item.span).strip("*").startswith(item.name)
    assert [covered(source, one.span) for one in facts.placeholders] == marks


@quick
@given(boms, st.sampled_from(ENDS), st.lists(st.tuples(letters, st.booleans()), min_size=1, max_size=6))
def test_tasks_stand_where_their_ids_do(bom: bytes, end: str, tasks: list[tuple[str, bool]]) -> None:
    lines = [f"- [{'x' if done else ' '}] T{n:03} Make {word} in app/{word}.py" for n, (word, done) in enumerate(tasks)]
    source = Source("specs/001-a/tasks.md", bom + end.join(["# Tasks", "", "## Phase 1", "", *lines]).encode())
    found = markdown(source).tasks
    assert [(task.id, task.ticked) for task in found] == [(f"T{n:03}", done) for n, (_, done) in enumerate(tasks)]
    for task, (word, _) in zip(found, tasks, strict=True):
        assert covered(source, task.span) == f"{task.id} Make {word} in app/{word}.py"
        assert [covered(source, path.span) for path in task.paths] == [path.path for path in task.paths]
        assert [path.path for path in task.paths] == [f"app/{word}.py"]


@quick
@given(boms, st.sampled_from(ENDS), st.lists(words, min_size=1, max_size=6), st.sampled_from(["- **{}**: ", "* {}: "]))
def test_requirements_stand_where_their_ids_do(bom: bytes, end: str, said: list[str], shape: str) -> None:
    lines = [f"{shape.format(f'FR-{n:03}')}Users MUST {word}." for n, word in enumerate(said, 1)]
    source = Source("specs/001-a/spec.md", bom + end.join(["# Spec", "", "## Requirements", "", *lines]).encode())
    found = markdown(source).requirements
    assert [covered(source, one.span) for one in found] == [f"FR-{n:03}" for n in range(1, len(said) + 1)]
    assert [one.text for one in found] == [f"Users MUST {word}." for word in said]


@quick
@given(boms, st.sampled_from(ENDS[:2]), words)
def test_operations_stand_where_their_verbs_do(bom: bytes, end: str, word: str) -> None:
    lines = ["openapi: 3.1.0", f"info: {{title: '{word}', version: '1'}}", "paths:", f"  /{word}:"]
    lines += ["    get:", "      responses: {'200': {description: ok}}", ""]
    source = Source("specs/001-a/contracts/api.yaml", bom + end.join(lines).encode())
    (operation,) = reader_of("contract")(source).operations
    assert covered(source, operation.span) == "get"


def markdown(source: Source) -> DocumentFacts:
    facts = reader_of("markdown")(source)
    assert isinstance(facts, DocumentFacts)
    return facts


# --- readers: anything -----------------------------------------------------------------------------------------------

FILES: tuple[tuple[Kind, str], ...] = (
    ("python", "backend/main.py"),
    ("markdown", "specs/001-a/plan.md"),
    ("markdown", "specs/001-a/spec.md"),
    ("markdown", "specs/001-a/tasks.md"),
    ("markdown", "specs/001-a/data-model.md"),
    ("markdown", ".specify/memory/constitution.md"),
    ("contract", "specs/001-a/contracts/api.yaml"),
    ("contract", "specs/001-a/contracts/api.json"),
    ("contract", "specs/001-a/contracts/api.md"),
    ("typescript", "frontend/lib/api.ts"),
    ("typescript", "frontend/app/page.tsx"),
    ("manifest", "package.json"),
    ("manifest", "pyproject.toml"),
    ("manifest", "requirements.txt"),
    ("manifest", "docker-compose.yml"),
    ("manifest", ".env"),
)
PIECES = (
    *("# ", "## Constitution Check", "- [x] **A**: b", "- [ ] T001 [P] x", "| a | b |", "|---|---|", "FR-001", "```"),
    *("openapi: 3.1.0", "paths:", "  /a:", "    get:", "{", "}", "[", "]", ":", ",", '"', "'", "&a ", "*a ", "<!--"),
    *(
        "def f(",
        "class A:",
        "import a",
        "@app.get('/')",
        "await ",
        "lambda: ",
        "    ",
        "export ",
        "const a = ",
        "=>",
        "<a>",
    ),
    *("\x00", "\ufeff", "\u2028", "\u0085", "\f", "é", "𝒳", "${a}", "`", "\\", "---", "\t", "\n", "\r\n", "\r"),
)


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda value: str(value))
@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(
    data=st.one_of(st.binary(max_size=80), st.lists(st.sampled_from(PIECES), max_size=25).map("".join).map(str.encode))
)
def test_nothing_stops_a_reader_and_every_span_is_in_the_file(kind: Kind, path: str, data: bytes) -> None:
    source = Source(path, data)
    last = len(source.index.starts)
    for span in spans(reader_of(kind)(source)):
        assert 1 <= span.line <= span.end_line <= last + 1, span
        assert span.column >= 1 and span.end_column >= 1, span


def spans(value: object) -> Iterator[Span]:
    """Every span that facts hold, at any depth."""
    if isinstance(value, Span):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from spans(getattr(value, name))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from spans(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from spans(one)
