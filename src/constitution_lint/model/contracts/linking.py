"""The contracts of a project as promised operations, references resolved; matching and gates 2, 6, 7 read them."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from constitution_lint.facts.contract import (
    Body,
    ContractFacts,
    Media,
    Operation,
    Parameter,
    Requirement,
    Response,
    Server,
)
from constitution_lint.facts.location import Location
from constitution_lint.model.contracts.paths import Key, candidates, core_of, key_of
from constitution_lint.model.contracts.resolution import Resolver, resolver_of
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project

_OTHER_CONTRACT = re.compile(r"(?:^|[-_.])(?:ui|cli|components?|navigation|pages?|state|tools?|commands?)(?:[-_.]|$)")

Form = Literal["openapi", "markdown", "document"]
"""Where a promise stands: an OpenAPI document, a Markdown contract, or the endpoint lists of plan and spec."""


class Promise(NamedTuple):
    """One promised operation. `keys` are the normalised paths it may mean, the likeliest first.

    Parameters, body and responses are resolved; what leads nowhere is left out and makes `whole` False.
    """

    form: Form
    file: str
    method: str
    path: str
    location: Location
    keys: tuple[Key, ...]
    parameters: tuple[tuple[str, Parameter], ...] = ()
    body: tuple[str, Body] | None = None
    responses: tuple[tuple[Response, tuple[str, Response]], ...] = ()
    """Each response as its operation names it, and what it is after resolution, with the file that holds it."""
    security: tuple[Requirement, ...] | None = None
    servers: tuple[Server, ...] = ()
    operation_id: str = ""
    sketch: bool = False
    whole: bool = True
    title: str = ""
    """The contract's title."""
    says_security: bool = False
    """Does the operation itself say which security it has, or that it has none?"""

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def needs_token(self) -> bool | None:
        """True and False as promised; None where the contract is silent or leaves both open."""
        if self.security is None:
            return None
        if not self.security:
            return False
        return None if any(not requirement.schemes for requirement in self.security) else True

    @property
    def successes(self) -> frozenset[int]:
        """The success statuses promised by number."""
        return frozenset(int(r.status) for r, _ in self.responses if r.is_success and r.status.isdigit())

    def response(self, status: int) -> tuple[str, Response] | None:
        return next((found for named, found in self.responses if named.status == str(status)), None)


@remembered
def operations_of(project: Project) -> tuple[Promise, ...]:
    """Every operation that the project's contracts promise, by file and line; endpoint lists of other documents not."""
    resolver = resolver_of(project)
    found: list[Promise] = []
    for file, facts in project.contracts.items():
        if facts.form in ("openapi", "markdown"):
            promises = _of_contract(resolver, file, facts)
            found += (promise for promise in promises if _is_of_the_server(promise))
    return tuple(found)


@remembered
def listed_operations(project: Project) -> tuple[Promise, ...]:
    """Every endpoint that plans, specs and other documents name, as sketches."""
    return tuple(
        Promise(
            "document",
            file,
            endpoint.method,
            endpoint.path,
            Location(file, endpoint.span),
            (key_of(endpoint.path.partition("?")[0]),),
            sketch=True,
            title=facts.title,
        )
        for file, facts in project.documents.items()
        for endpoint in facts.endpoints
    )


@remembered
def planned_operations(project: Project) -> tuple[Promise, ...]:
    """The endpoints that spec and plan of features without contracts name as patterns.

    Not meant are examples (`/tasks/5`) and summaries (`GET/POST/PUT/DELETE /tasks` speaks of items as well).
    """
    documents = {
        path for feature in project.workspace.features if not feature.contracts for path in (feature.spec, feature.plan)
    }
    verbs = Counter(promise.location for promise in listed_operations(project))
    return tuple(
        promise
        for promise in listed_operations(project)
        if verbs[promise.location] <= 2
        and promise.file in documents
        and promise.method not in ("", "WEBSOCKET")
        and not _is_example(promise.path)
    )


def _is_example(path: str) -> bool:
    fixed = [segment for segment in key_of(path) if segment != "{}" and not re.fullmatch(r"v\d+", segment)]
    return "?" in path or any(re.search(r"\d|[^\w.-]", segment) for segment in fixed)


def _is_of_the_server(promise: Promise) -> bool:
    """A contract of components, commands or pages borrows the form (`GET /state/theme`) and means no HTTP."""
    if promise.form != "markdown" or not _OTHER_CONTRACT.search(promise.file.rpartition("/")[2].lower()):
        return True
    return any(core_of(key) != key for key in promise.keys)


def _of_contract(resolver: Resolver, file: str, facts: ContractFacts) -> Iterator[Promise]:
    for operation in facts.operations:
        yield _linked(resolver, file, facts, file, operation)
    for reference in facts.paths:
        found = resolver.item(file, reference.ref)
        for operation in found[1] if found is not None else ():
            security = operation.security if operation.security is not None else reference.security
            linked = _linked(resolver, file, facts, found[0] if found else file, operation)
            yield linked._replace(
                path=reference.path,
                keys=tuple(candidates(reference.path, reference.servers)),
                security=security,
                servers=reference.servers,
            )


def _linked(resolver: Resolver, file: str, facts: ContractFacts, holder: str, operation: Operation) -> Promise:
    """`holder` is the file the operation itself stands in."""
    own = [resolver.parameter(holder, parameter) for parameter in operation.parameters]
    inherited = [resolver.parameter(holder, parameter) for parameter in operation.inherited]
    named = {(found[1].name, found[1].place) for found in own if found is not None}
    parameters = [found for found in own if found is not None]
    parameters += [f for f in inherited if f is not None and (f[1].name, f[1].place) not in named]
    responses = [(response, resolver.response(holder, response)) for response in operation.responses]
    body = resolver.body(holder, operation.body) if operation.body is not None else None
    whole = None not in own and None not in inherited and (operation.body is None or body is not None)
    return Promise(
        "openapi" if facts.form == "openapi" else "markdown",
        file,
        operation.method,
        operation.path,
        Location(holder, operation.span),
        tuple(candidates(operation.path, operation.servers)),
        tuple(parameters),
        body,
        tuple((response, found if found is not None else (holder, response)) for response, found in responses),
        operation.security,
        operation.servers,
        operation.operation_id,
        operation.sketch,
        whole,
        facts.title,
        operation.says_security,
    )


def json_media(content: tuple[Media, ...]) -> Media | None:
    """The JSON form of a body, else its only form."""
    found = next((media for media in content if "json" in media.type), None)
    return found or (content[0] if len(content) == 1 else None)
