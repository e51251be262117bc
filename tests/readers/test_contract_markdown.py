"""Markdown contracts in the forms that occur."""

import time

from constitution_lint.facts.contract import ContractFacts, Operation
from constitution_lint.facts.source import Source
from constitution_lint.readers.contract import read


def facts(text: str) -> ContractFacts:
    return read(Source("specs/001-t/contracts/api.md", text.encode()))


def only(text: str) -> Operation:
    (operation,) = facts(text).operations
    return operation


def test_a_heading_with_its_text() -> None:
    found = only(
        """# Tasks API

All endpoints require a JWT token.

### 2. `POST /api/tasks/` - Create

**Query Parameters**:

| Name | Type | Required |
|------|------|----------|
| `notify` | bool | Yes |

**Request Body**:

```json
{"title": "Milk", "tags": ["a"]} // sample
```

**Success Response** (201 Created):

```json
{"task": {"id": 1}}
```

**Errors**: `400 Bad Request`, 401 Unauthorized; titles are 1-200 characters.
"""
    )
    assert (found.method, found.path, found.span.line) == ("POST", "/api/tasks/", 5)
    assert [(p.name, p.required) for p in found.parameters] == [("notify", True)]
    assert found.body is not None
    schema = found.body.content[0].schema
    assert schema is not None
    assert [p.name for p in schema.properties] == ["title", "tags"]
    assert [response.status for response in found.responses] == ["201", "400", "401"]
    assert found.responses[0].content[0].schema is not None
    assert found.security is not None
    assert found.security[0].schemes == ("bearer",)


def test_method_and_path_as_fields() -> None:
    found = only(
        "## Create\n\n- **Method**: `POST`\n- **Path**: `/tasks`\n- **Auth**: None\n"
        "- **Success Response**: `201 Created`\n"
    )
    assert (found.method, found.path, found.security) == ("POST", "/tasks", ())
    assert [response.status for response in found.responses] == ["201"]


def test_a_table_lists_and_promises_little() -> None:
    found = facts(
        """# API

| Method | Path | Auth | Status |
|--------|------|------|--------|
| GET/POST | `/tasks` | Yes | 200 |
| DELETE | `/tasks/:id` | No | 204 |
"""
    ).operations
    assert [(o.method, o.path, o.sketch) for o in found] == [
        ("GET", "/tasks", True),
        ("POST", "/tasks", True),
        ("DELETE", "/tasks/{id}", True),
    ]
    assert found[2].security == ()


def test_an_openapi_document_in_a_fence_keeps_the_lines_of_the_file() -> None:
    found = only('# API\n\n```yaml\npaths:\n  /tasks:\n    get:\n      responses: {"200": {description: All}}\n```\n')
    assert (found.method, found.path, found.span.line) == ("GET", "/tasks", 6)


def test_a_path_that_is_told_in_full_below_its_heading() -> None:
    found = only("# API\n\n### `POST /message`\n\n- **Method**: `POST`\n- **Path**: `/api/v1/chat/message`\n")
    assert (found.path, found.span.line) == ("/api/v1/chat/message", 3)


def test_a_request_line_in_a_fence() -> None:
    found = only(
        "# API\n\n## Chat\n\n### Endpoint\n\n```\nPOST /api/{user_id}/chat\n```\n\n### Response\n\nStatus: 200 OK\n"
    )
    assert (found.path, [response.status for response in found.responses]) == ("/api/{user_id}/chat", ["200"])


def test_base_addresses() -> None:
    found = only("# API\n\n**Base URL**: `http://localhost:8000/api/v1`\n\n### GET /tasks\n\nAll.\n")
    assert [server.url for server in found.servers] == ["http://localhost:8000/api/v1"]


def test_commands_are_no_operations() -> None:
    found = facts('# CLI\n\n### add\n\n`todo add "Milk"` prints the id. GET is not used.\n')
    assert (found.form, found.operations) == ("other", ())


def test_many_headings_are_read_in_time() -> None:
    text = "# A\n\n" + "".join(f"### GET /tasks{i}\n\n**Response**: 200 OK\n\n" for i in range(10_000))
    assert len(facts(text).operations) == 2_000


def test_what_is_said_of_a_query_parameter_is_no_other_one() -> None:
    found = only(
        """# Tasks API

### List
**Endpoint**: `GET /tasks`

**Query Parameters**:
- `status` (string, optional): which tasks
  - Values: "all", "done"
- `limit` (integer, optional): how many
"""
    )
    assert [parameter.name for parameter in found.parameters] == ["status", "limit"]


def test_bold_labels_in_a_list_end_the_query_parameters() -> None:
    found = only(
        """# Tasks API

### GET /tasks
- **Query Parameters**:
  - **status**: pending or done
  - sort: created or title
- **Response**: 200 OK with the tasks
- **Errors**: 401 Unauthorized
"""
    )
    assert [parameter.name for parameter in found.parameters] == ["status", "sort"]
    assert [response.status for response in found.responses] == ["200", "401"]


def test_a_sample_of_a_request_ends_with_its_section() -> None:
    found = only(
        """# Contract

## API Request Pattern

### Request Format

```http
GET /tasks HTTP/1.1
```

## Deleting

- Returns 204 No Content
"""
    )
    assert [response.status for response in found.responses] == []


def test_a_sample_of_a_whole_message_shows_its_body_and_text_shows_none() -> None:
    found = only(
        "### POST /tasks\n\n**Request**:\n\n```json\n"
        '{"headers": {"Authorization": "Bearer x"}, "body": {"title": "Milk"}}\n```\n\n'
        "**Response** (201 Created):\n\n```\nStatus Code: 201\nContent-Type: application/json\nBody: the task\n```\n"
    )
    assert found.body is not None
    schema = found.body.content[0].schema
    assert schema is not None
    assert [one.name for one in schema.properties] == ["title"]
    assert [one.content for one in found.responses] == [()]


def test_operations_that_share_a_line_share_what_it_says() -> None:
    """Read anew for each of thousands, one line would cost the square of its length."""
    line = " ".join(f"`GET /a{number}`" for number in range(1500))
    begun = time.process_time()
    found = facts(f"# Contract\n\n### {line}\n\n- returns 404 Not Found\n")
    assert time.process_time() - begun < 10
    assert len(found.operations) > 1000
    assert {response.status for one in found.operations for response in one.responses} == {"404"}
