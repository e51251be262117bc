"""OpenAPI documents, whole and hostile, as the contract reader sees them."""

import time

import msgspec
import pytest

from constitution_lint.facts.contract import ContractFacts
from constitution_lint.facts.source import Source
from constitution_lint.readers.contract import read

HEAD = "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\n"


def facts(text: str, path: str = "specs/001-t/contracts/api.yaml") -> ContractFacts:
    return read(Source(path, text.encode()))


def test_an_operation_is_whole_in_itself() -> None:
    found = facts(
        HEAD
        + """servers: [{url: "https://{host}/v1", variables: {host: {default: example.org}}}]
security: [{bearer: []}]
paths:
  /tasks/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
    get:
      operationId: readTask
      parameters:
        - {name: fields, in: query, schema: {type: array, items: {type: string}}}
      responses:
        200: {description: One}
        "404": {description: None}
    delete:
      security: []
      responses: {"204": {description: Gone}}
components:
  securitySchemes: {bearer: {type: http, scheme: Bearer}}
"""
    )
    read_task, delete = found.operations
    assert found.faults == ()
    assert (read_task.method, read_task.path, read_task.operation_id) == ("GET", "/tasks/{id}", "readTask")
    assert read_task.span.line == 9
    assert [server.url for server in read_task.servers] == ["https://example.org/v1"]
    assert [p.name for p in (*read_task.inherited, *read_task.parameters)] == ["id", "fields"]
    assert [response.status for response in read_task.responses] == ["200", "404"]
    assert read_task.security is not None
    assert [requirement.schemes for requirement in read_task.security] == [("bearer",)]
    assert delete.security == ()
    assert found.schemes[0].scheme == "bearer"


def test_silence_about_security_is_kept_apart_from_openness() -> None:
    silent = facts(HEAD + 'paths: {/a: {get: {responses: {"200": {description: A}}}}}\n')
    assert silent.operations[0].security is None


def test_facts_survive_the_cache() -> None:
    found = facts(HEAD + 'paths: {/a: {get: {responses: {"200": {description: A}}}}}\n')
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=ContractFacts) == found


def test_what_stands_before_a_syntax_error_is_used() -> None:
    found = facts(HEAD + 'paths:\n  /a:\n    get: {responses: {"200": {description: A}}}\n  /b: [\n')
    assert [operation.path for operation in found.operations] == ["/a"]
    assert "is not valid YAML" in found.faults[0].message


def test_methods_of_openapi_3_2() -> None:
    text = HEAD.replace("3.1.0", "3.2.0") + (
        "paths:\n  /a:\n    query: {responses: {}}\n    additionalOperations: {LINK: {responses: {}}}\n"
    )
    assert [operation.method for operation in facts(text).operations] == ["QUERY", "LINK"]


def test_json_that_yaml_refuses() -> None:
    text = (
        '{\n\t"openapi": "3.1.0",\n\t"info": {"title": "\\ud83d\\ude00", "version": "1"},\n'
        '\t"paths": {"/a": {"get": {}}}\n}'
    )
    found = facts(text, "contracts/api.json")
    assert found.operations[0].span.line == 4
    assert found.operations[0].span.column == 19


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + "x: " + "[" * 100_000, id="nested lists"),
        pytest.param(HEAD + "x: " + "{a: " * 50_000, id="nested mappings"),
        pytest.param("- " * 50_000, id="nested items"),
        pytest.param(HEAD + "paths: &p\n  /a: *p\n", id="alias within its anchor"),
        pytest.param(HEAD + "paths: *nowhere\n", id="alias to nothing"),
        pytest.param(HEAD + "paths: {}\n? [a, b]\n: c\n", id="list as key"),
        pytest.param("\x00\x01\x02", id="control characters"),
        pytest.param("openapi: 3.1.0\npaths: 5\n", id="paths that are no mapping"),
        pytest.param("openapi: [3]\ninfo: {}\npaths: {/a: {get: [], parameters: {}}}\n", id="wrong shapes everywhere"),
        pytest.param("", id="empty"),
    ],
)
def test_anything_is_read_and_told(text: str) -> None:
    begun = time.process_time()
    found = facts(text)
    assert time.process_time() - begun < 10
    assert found.faults or found.unreadable or not text


def test_a_bomb_of_aliases_stops_at_the_budget() -> None:
    levels = "".join(f"x{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 30))
    found = facts(HEAD + "paths: {}\nx0: &l0 [a, b]\n" + levels)
    assert any("stand for more than" in fault.message for fault in found.faults)


def test_merged_keys_are_overridden_without_complaint() -> None:
    found = facts(
        HEAD
        + """x-base: &base
  description: Fine
paths:
  /a:
    get:
      responses:
        "200":
          <<: *base
          description: Better
"""
    )
    assert found.faults == ()


def test_a_hundred_thousand_lines() -> None:
    paths = "".join(
        f'  /t{i}:\n    get:\n      responses:\n        "200":\n          description: x\n' for i in range(20_000)
    )
    begun = time.process_time()
    found = facts(HEAD + "paths:\n" + paths)
    assert len(found.operations) == 20_000
    assert time.process_time() - begun < 60


def test_a_long_chain_of_references() -> None:
    chain = "".join(f'    S{i}:\n      $ref: "#/components/schemas/S{i + 1}"\n' for i in range(300))
    found = facts(HEAD + "paths: {}\ncomponents:\n  schemas:\n" + chain)
    assert any("more than" in fault.message for fault in found.faults)


def test_what_the_validator_sees_again_in_a_schema_by_itself_is_told_once_and_in_place() -> None:
    found = facts(
        """openapi: 3.0.3
info: {title: T, version: "1"}
paths:
  /tasks:
    get:
      responses:
        "400":
          description: refused
          content:
            application/json:
              schema:
                type: object
                properties:
                  data:
                    type: null
                    example: none
"""
    )
    assert [(fault.span.line, fault.message.rpartition(": ")[2]) for fault in found.faults] == [
        (15, "null is not of type 'string'")
    ]
