"""From texts to addresses: bases, the segments of paths, and what is not known of them."""

import pytest

from constitution_lint.model.web.addresses import address_of, joined
from constitution_lint.model.web.values import Hole, Str

ENVIRONMENT = Hole("environment", "NEXT_PUBLIC_API_URL")
PARAMETER = Hole("parameter", "id", ("lib/api.ts", 0))
UNKNOWN = Hole("unknown")


@pytest.mark.parametrize(
    ("parts", "base", "path"),
    [
        (("http://localhost:8000/api/tasks?done=1#top",), "absolute", "/api/tasks"),
        ((ENVIRONMENT, "/api/tasks/"), "environment", "/api/tasks"),
        (("/api/tasks/", PARAMETER), "relative", "/api/tasks/{}"),
        ((UNKNOWN, "/tasks/", PARAMETER, "/complete"), "unknown", "/tasks/{}/complete"),
        (("http://", UNKNOWN, "/tasks"), "absolute", "/tasks"),
    ],
)
def test_base_and_path(parts: tuple[str | Hole, ...], base: str, path: str) -> None:
    address = address_of(Str(parts))
    assert (address.base, address.path, address.known, address.rest) == (base, path, True, False)


@pytest.mark.parametrize(
    "parts",
    [(), (PARAMETER,), ("/", UNKNOWN, "/tasks"), (ENVIRONMENT, PARAMETER), ("/api/v", UNKNOWN, "/tasks")],
)
def test_a_path_whose_beginning_or_middle_is_open_is_not_known(parts: tuple[str | Hole, ...]) -> None:
    assert not address_of(Str(parts)).known


def test_a_hole_after_the_last_word_may_be_a_query_or_further_segments() -> None:
    address = address_of(Str(("/api/tasks", UNKNOWN)))
    assert (address.segments, address.rest, address.known) == (("api", "tasks"), True, True)


def test_parameters_of_an_address_are_told_once() -> None:
    assert address_of(Str(("/a/", PARAMETER, "/b/", PARAMETER))).parameters == (PARAMETER,)


def test_a_path_with_a_host_of_its_own_ignores_the_base_of_its_client() -> None:
    base = Str(("http://localhost:8000/api",))
    assert address_of(joined(base, Str(("/tasks",)))).path == "/api/tasks"
    assert address_of(joined(base, Str(("https://example.org/x",)))).host == "example.org"
