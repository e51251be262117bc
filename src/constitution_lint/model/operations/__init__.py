"""What the code really serves, route by route, derived without running it. Gate 7 and `contract` read it."""

from typing import NamedTuple

from constitution_lint.model.api import Route
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.operations.answers import AnswerReader
from constitution_lint.model.operations.inputs import InputReader
from constitution_lint.model.operations.models import Models
from constitution_lint.model.operations.shapes import annotations_of
from constitution_lint.model.operations.types import Answers, Inputs
from constitution_lint.model.project import Project
from constitution_lint.model.routing import served_of
from constitution_lint.model.routing.types import Endpoint

__all__ = ["ServedOperation", "models_of", "operation_of", "served_of", "served_operations"]


class ServedOperation(NamedTuple):
    """One endpoint with what it asks for and answers."""

    endpoint: Endpoint
    inputs: Inputs
    answers: Answers

    @property
    def name(self) -> str:
        return f"{self.endpoint.method} {self.endpoint.path}"


@remembered
def models_of(project: Project) -> Models:
    return Models(annotations_of(project))


@remembered
def served_operations(project: Project) -> tuple[ServedOperation, ...]:
    """Every endpoint of HTTP verbs, in the order of the routes."""
    inputs = InputReader(annotations_of(project), models_of(project))
    answers = AnswerReader(names_of(project), annotations_of(project))
    return tuple(
        ServedOperation(endpoint, inputs.inputs(endpoint), answers.answers(endpoint))
        for endpoint in served_of(project).endpoints
        if endpoint.method not in ("WEBSOCKET", "MOUNT", "HOST")
    )


@remembered
def _by_place(project: Project) -> dict[tuple[str, str, str, object], ServedOperation]:
    return {
        (one.endpoint.app, one.endpoint.method, one.endpoint.path, one.endpoint.location): one
        for one in served_operations(project)
    }


def operation_of(project: Project, route: Route) -> ServedOperation | None:
    """The operation behind a route; None for one that has no HTTP verb."""
    return _by_place(project).get((route.app, route.method, route.path, route.location))
