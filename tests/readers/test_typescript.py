"""What the TypeScript reader leaves of a file, and that no file can make it fail or hang."""

import time

import pytest

from constitution_lint.facts.location import Span
from constitution_lint.facts.source import Source
from constitution_lint.facts.web import (
    Call,
    Either,
    Entry,
    FunctionAt,
    ImportedName,
    Member,
    Name,
    Object,
    Template,
    Text,
    WebFacts,
)
from constitution_lint.readers.typescript import read


def facts_of(text: str, path: str = "app/page.tsx") -> WebFacts:
    return read(Source(path, text.encode()))


@pytest.mark.parametrize(
    ("written", "kind", "module", "type_only"),
    [
        ('import "server-only"', "static", "server-only", False),
        ('import type { Task } from "./types"', "static", "./types", True),
        ('import { type Task, type Tag } from "./types"', "static", "./types", True),
        ('import { type Task, save } from "./types"', "static", "./types", False),
        ('import fs = require("fs")', "require", "fs", False),
        ('const fs = require("fs")', "require", "fs", False),
        ('const Chart = dynamic(() => import("./chart"))', "dynamic", "./chart", False),
        ('let task: import("./types").Task', "type", "./types", True),
        ('export * from "./tasks"', "export", "./tasks", False),
        ('export { default as Button } from "./button"', "export", "./button", False),
    ],
)
def test_every_form_of_import(written: str, kind: str, module: str, type_only: bool) -> None:
    (found,) = facts_of(written, "a.ts").imports
    assert (found.kind, found.module, found.type_only) == (kind, module, type_only)


def test_names_of_an_import() -> None:
    (found,) = facts_of('import api, * as all from "./api"; ').imports
    assert found.names == (ImportedName("default", "api"), ImportedName("*", "all"))
    (found,) = facts_of('import { get as load, type Task } from "./api"').imports
    assert found.names == (ImportedName("get", "load"), ImportedName("Task", "Task", True))


def test_exports() -> None:
    text = """
    export const { a, b: [c] } = x
    export async function d() {}
    export default class extends Base {}
    export { e as f }
    export * as g from "./g"
    module.exports.h = 1
    """
    exported = {(one.name, one.local, one.module) for one in facts_of(text, "a.ts").exports}
    assert exported == {
        ("a", "a", ""),
        ("c", "c", ""),
        ("d", "d", ""),
        ("default", "default", ""),
        ("f", "e", ""),
        ("g", "*", "./g"),
        ("h", "h", ""),
    }


def test_spans_count_code_points() -> None:
    """tree-sitter counts bytes; a letter with an accent has two and an astral character four."""
    (first, second) = facts_of('const é = "😀"; fetch("/a")\r\nfetch("/b")').calls
    assert first.call.span == Span(1, 16, 1, 27)
    assert second.call.span == Span(2, 1, 2, 12)


def test_utf_16_with_its_mark() -> None:
    facts = read(Source("a.ts", 'import "é/ö"'.encode("utf-16")))
    assert facts.imports[0].module == "é/ö"
    assert facts.imports[0].span == Span(1, 8, 1, 13)


def test_a_wrapper_is_lowered_with_its_template_and_options() -> None:
    text = """
    async function request<T>(path: string, { method = "GET", ...rest }: Options = {}) {
      const url = `${BASE || "http://x"}/api${path}`
      return (await fetch(url, { method, ...rest, headers: { "X-A": token! } })).json() as T
    }
    """
    facts = facts_of(text, "a.ts")
    (request,) = facts.functions
    assert [[(bound.name, bound.path) for bound in one.names] for one in request.params] == [
        [("path", ())],
        [("method", ("method",)), ("rest", ("...",))],
    ]
    declared, url = facts.bindings
    assert declared.value == FunctionAt(0)
    assert isinstance(url.value, Template)
    base, api, path = url.value.parts
    assert isinstance(base, Either)
    assert isinstance(api, Text)
    assert (api.value, path, url.scope) == ("/api", Name("path"), 0)
    (returned,) = request.returns
    assert isinstance(returned, Call)
    assert isinstance(returned.func, Member)
    inner = returned.func.object
    assert isinstance(inner, Call)
    assert inner.args[1] == Object(
        (
            Entry("method", Name("method")),
            Entry("...", Name("rest")),
            Entry("headers", Object((Entry("X-A", Name("token")),))),
        )
    )
    assert facts.calls == ()


def test_classes_with_fields_methods_and_parameter_properties() -> None:
    text = """
    export class Api extends Base {
      timeout = 5
      constructor(private readonly base: string = "/api") { super(); this.root = base }
      async list() { return this.get("/tasks") }
    }
    """
    facts = facts_of(text, "a.ts")
    (api,) = facts.classes
    assert [entry.key for entry in api.members] == ["timeout", "constructor", "list"]
    assert (api.base, facts.functions[0].owner, facts.functions[0].params[0].is_property) == (Name("Base"), 0, True)
    assert facts.assignments[0].target == Member(Name("this"), "root")


def test_directives_and_components() -> None:
    facts = facts_of('// the form\n"use client"\nexport default () => <Auth.Guard><div/><List /></Auth.Guard>')
    assert facts.directive == "use client"
    assert [(element.name, element.scope) for element in facts.elements] == [("Auth.Guard", 0), ("List", 0)]
    facts = facts_of('async function save(data: FormData) { "use server"; await db(data) }')
    assert facts.directive == ""


def test_environment_reads() -> None:
    text = """
    const { DATABASE_URL, API: renamed = "x" } = process.env
    const a = process.env.A || process.env?.["B"]
    const c = import.meta.env.VITE_C
    const d = environment.D
    """
    names = [found.name for found in facts_of(text, "a.ts").environment]
    assert names == ["DATABASE_URL", "API", "A", "B", "VITE_C"]
    assert facts_of("x = process.env.KEY", "a.ts").environment[0].span == Span(1, 5, 1, 20)


def test_loops_and_handlers_hide_outer_names() -> None:
    facts = facts_of("for (const [path] of all) fetch(path)\ntry {} catch (error) {}", "a.ts")
    assert [bound.name for binding in facts.bindings for bound in binding.names] == ["path", "error"]


def test_errors_are_read_over() -> None:
    """What does not parse is skipped; it is told where a gate might have looked for something in it."""
    facts = facts_of('const a = = ;\nconst b = fetch("/tasks")\n', "a.ts")
    assert [binding.names[0].name for binding in facts.bindings][-1] == "b"
    assert facts.unreadable == ()
    assert facts_of("}}} import fetch ((( \n" * 3, "a.ts").unreadable


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(" * 300_000,
        "f<a,\n" * 30_000,
        "x = " + "{a:\n" * 30_000,
        "f(\n" * 20_000 + ")\n" * 20_000,
        "class A { m(){\n" * 20_000 + "}}\n" * 20_000,
        "x = 'a'" + "\n+ 'a'" * 20_000,
        "a" + "\n.then(x => x)" * 5_000,
        "\ufeff\0\ud7ff" * 1000,
        "x;" * 300_000,
    ],
    ids=range(10),
)
def test_hostile_text_is_read_in_time(text: str) -> None:
    started = time.process_time()
    facts_of(text)
    assert time.process_time() - started < 10


def test_a_variable_that_is_set_is_not_read() -> None:
    found = facts_of('if (!process.env.NEXT_PUBLIC_A) { process.env.NEXT_PUBLIC_B = "b"; }\n')
    assert [one.name for one in found.environment] == ["NEXT_PUBLIC_A"]
