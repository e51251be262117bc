"""For gate 2, in documents: routes planned without a token, operations promised without security."""

from collections.abc import Iterator

from constitution_lint.facts.contract import Scheme
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.contracts.linking import Promise, operations_of, planned_operations
from constitution_lint.model.contracts.matching import matching_of
from constitution_lint.model.documents.plans import Plan, plans
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.public_routes import declared_public, promises_to_be_public
from constitution_lint.workspace import Feature

_SHOWN = 3


def plans_without_token(project: Project) -> Iterator[Violation]:
    """Plans of features that plan guarded routes and name no token in any of their documents."""
    for plan in plans(project):
        if _names_token(project, plan):
            continue
        planned = _planned(project, plan.feature)
        if planned:
            more = len(planned) - 1
            them = f"{planned[0].name} and {more} more are" if more else f"{planned[0].name} is"
            message = f"{them} planned, and nowhere in the feature a token that guards {'them' if more else 'it'}"
            related = tuple(
                Related(promise.location, f"{promise.name} is planned here") for promise in planned[:_SHOWN]
            )
            yield Violation(Location(plan.path, plan.facts.title_span), message, related, plan.path)


def judged_plans(project: Project) -> int:
    """The plans that this gate can say something of: they name an operation or a token, or code stands beside them."""
    if project.code or project.web:
        return len(plans(project))
    files = {promise.file for promise in _named(project)}
    return sum(bool(files & _documents(plan.feature)) or _names_token(project, plan) for plan in plans(project))


def _names_token(project: Project, plan: Plan) -> bool:
    feature = plan.feature
    parts = (feature.spec, feature.plan, feature.research, feature.data_model, feature.quickstart, *feature.contracts)
    documents = [project.documents[part] for part in parts if part and part in project.documents]
    if any(document.names_token for document in documents):
        return True
    files = set(feature.contracts)
    return any(promise.needs_token for promise in operations_of(project) if promise.file in files)


def _planned(project: Project, feature: Feature) -> list[Promise]:
    """What the feature's documents are the first to plan and is not for everyone, each method and path once.

    What an earlier feature planned is only used here; one endpoint that the plan alone mentions may be meant for later.
    """
    found: dict[str, Promise] = {}
    for promise in _named(project):
        is_own = promise.file in _documents(feature) and _first_to_name(project).get(promise.name) == feature.folder
        if is_own and not _is_public(project, promise):
            found.setdefault(promise.name, promise)
    planned = list(found.values())
    return [] if len(planned) == 1 and planned[0].file == feature.plan else planned


def _named(project: Project) -> tuple[Promise, ...]:
    return tuple(one for one in (*operations_of(project), *planned_operations(project)) if one.method)


def _documents(feature: Feature) -> frozenset[str]:
    return frozenset(part for part in (feature.spec, feature.plan, *feature.contracts) if part)


@remembered
def _first_to_name(project: Project) -> dict[str, str]:
    """The folder of the feature that names an operation first, in the order of the features."""
    found: dict[str, str] = {}
    named = _named(project)
    for feature in project.workspace.features:
        documents = _documents(feature)
        for promise in named:
            if promise.file in documents:
                found.setdefault(promise.name, feature.folder)
    return found


def _is_public(project: Project, promise: Promise) -> bool:
    return bool(declared_public(project.settings, promise.method, promise.path)) or promises_to_be_public(
        promise.method, promise.path
    )


def contracts_without_security(project: Project) -> Iterator[Violation]:
    """Operations of OpenAPI contracts that ask for nothing, or for something that is no bearer token.

    A contract that nowhere asks for anything is told once. `security: []` says that an operation is for everyone.
    """
    served_openly = {
        pair.promise.location for pair in matching_of(project).pairs if all(route.public for route in pair.routes)
    }
    for file, facts in project.contracts.items():
        if facts.form != "openapi":
            continue
        own = [
            promise
            for promise in operations_of(project)
            if promise.file == file and promise.location not in served_openly and not _is_public(project, promise)
        ]
        silent = [promise for promise in own if not promise.security and not promise.says_security]
        if silent and not any(promise.security for promise in own):
            yield _silent(file, silent)
        else:
            yield from (_open(promise) for promise in silent)
        yield from _of_other_schemes(own, {scheme.name: scheme for scheme in facts.schemes})


def _silent(file: str, silent: list[Promise]) -> Violation:
    more = len(silent) - 1
    others = f" and {more} more operation{'s' if more > 1 else ''} ask" if more else " asks"
    related = tuple(Related(one.location, f"{one.name} is promised without security") for one in silent[1 : _SHOWN + 1])
    return Violation(
        silent[0].location, f"{silent[0].name}{others} for no token: the contract has no security", related, file
    )


def _open(promise: Promise) -> Violation:
    return Violation(promise.location, f"{promise.name} is promised without security", (), promise.name)


def _of_other_schemes(promises: list[Promise], schemes: dict[str, Scheme]) -> Iterator[Violation]:
    """Of several alternatives one that is a bearer token is enough; a scheme defined elsewhere is not judged."""
    asked: dict[str, list[tuple[Promise, Location]]] = {}
    for promise in promises:
        alternatives = promise.security or ()
        found = [[schemes.get(name) for name in one.schemes] for one in alternatives]
        if alternatives and not any(not one or any(_is_bearer(scheme) for scheme in one) for one in found):
            named = ", ".join(dict.fromkeys(name for one in alternatives for name in one.schemes))
            place = Location(promise.location.file, alternatives[0].span)
            asked.setdefault(named, []).append((promise, place))
    for named, using in asked.items():
        (first, place), more = using[0], len(using) - 1
        others = f" and {more} more operation{'s' if more > 1 else ''} ask" if more else " asks"
        related = tuple(Related(at, f"{one.name} asks for it too") for one, at in using[1 : _SHOWN + 1])
        yield Violation(place, f"{first.name}{others} for {named}, which is no bearer token", related, named)


def _is_bearer(scheme: Scheme | None) -> bool:
    return scheme is None or scheme.scheme == "bearer" or scheme.kind in ("oauth2", "openIdConnect", "")
