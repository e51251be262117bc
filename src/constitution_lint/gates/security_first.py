"""Gate 2, Security-first: tokens verified and expiring, secrets kept out of the source, no door left open."""

from collections.abc import Iterator

from constitution_lint.findings import Examination, Related, Undecided, Violation
from constitution_lint.model.contracts import operations_of
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.project import Project
from constitution_lint.model.security import cors_and_passwords, planned_security, tokens
from constitution_lint.model.security.disclosed_secrets import Disclosure, disclosures
from constitution_lint.model.security.environment import deployed_secrets, possibly_tracked_secrets, tracked_secrets
from constitution_lint.model.security.sql_text import sql_from_input
from constitution_lint.model.security.vendor_credentials import issued_credentials
from constitution_lint.model.web.browser_secrets import exposed_secrets, stored_tokens
from constitution_lint.model.web.examination import examined_files

_SHOWN = 5


def plan_without_jwt(project: Project) -> Iterator[Violation]:
    """A feature plans routes that are not for everyone, and names no token."""
    yield from planned_security.plans_without_token(project)


def contract_without_security(project: Project) -> Iterator[Violation]:
    """An operation is promised without a security requirement, or with one that is no bearer token (RFC 6750)."""
    yield from planned_security.contracts_without_security(project)


def hardcoded_secret(project: Project) -> Iterator[Violation]:
    """A secret written into the source, or an environment secret whose default works (CWE-798)."""
    for found in disclosures(project):
        yield Violation(found.location, _disclosed(found), subject=found.name or found.detail)
    for first, *others in issued_credentials(project):
        more = f", and in {len(others)} other place{'s' if len(others) > 1 else ''}" if others else ""
        related = tuple(Related(one.location, "the same value stands here") for one in others[:_SHOWN])
        message = f"{first.what} stands in {first.location.file}{more}"
        yield Violation(first.location, message, related, f"{first.what} {first.digest}")
    for read in deployed_secrets(project):
        message = f"{read.name} is written into {read.location.file}"
        yield Violation(read.location, message, subject=f"{read.location.file}#{read.name}")


def _disclosed(found: Disclosure) -> str:
    if found.how == "form":
        return f"{found.detail} stands in the source"
    if found.how == "address":
        return f"the password for {found.detail} stands in the source"
    if found.how == "default":
        return f"{found.name} falls back to a value that stands in the source"
    return f"{found.name} is written into the source"


def committed_env(project: Project) -> Iterator[Violation]:
    """An environment file with secrets is tracked by git (CWE-540)."""
    for found in tracked_secrets(project):
        more = f" and {len(found.names) - 3} more" if len(found.names) > 3 else ""
        message = f"{found.location.file} is tracked by git and gives {', '.join(found.names[:3])}{more}"
        yield Violation(found.location, message, subject=found.location.file)


def unverified_token(project: Project) -> Iterator[Violation]:
    """A token's claims are read and its signature is not checked (RFC 8725, section 3.1)."""
    yield from (
        Violation(found.location, found.message, subject=found.subject) for found in tokens.unverified_tokens(project)
    )


def token_without_expiry(project: Project) -> Iterator[Violation]:
    """A token is signed without an `exp` claim (RFC 7519, section 4.1.4)."""
    for found in tokens.tokens_without_expiry(project):
        yield Violation(found.location, found.message, subject=found.subject)


def optional_expiry(project: Project) -> Iterator[Violation]:
    """A token's `exp` is set, or looked at, only sometimes."""
    for found in tokens.tokens_with_optional_expiry(project):
        yield Violation(found.location, found.message, subject=found.subject)


def permissive_cors(project: Project) -> Iterator[Violation]:
    """Any origin, with credentials."""
    yield from cors_and_passwords.any_origin_with_credentials(project)


def weak_password_hash(project: Project) -> Iterator[Violation]:
    """Passwords stored under a digest made for speed."""
    yield from cors_and_passwords.weak_hashes(project)


def sql_built_from_input(project: Project) -> Iterator[Violation]:
    """A client's value is written into the text of a query."""
    yield from sql_from_input(project)


def secret_in_browser(project: Project) -> Iterator[Violation]:
    """A secret that a build writes into the code of the browser, or that a client module asks for."""
    for found in exposed_secrets(project):
        how = "is written into the browser's code by its prefix" if found.by_prefix else "is read by a client module"
        yield Violation(found.location, f"{found.name} {how}", subject=found.name)


def token_in_storage(project: Project) -> Iterator[Violation]:
    """A token where every script of the page can read it (OWASP, "HTML5 Security", local storage)."""
    for found in stored_tokens(project):
        named = f'"{found.key}"' if found.key else "a token"
        related = tuple(Related(place, "and here") for place in found.again)
        yield Violation(found.location, f"{named} is put into {found.store}", related, f"{found.store} {found.key}")


def examine(project: Project) -> Examination:
    """Counts plans, promised operations, the Python files of the backend and the scripts of a frontend."""
    return Examination(
        {
            "plans": planned_security.judged_plans(project),
            "promised operations": len(operations_of(project)),
            "backend files": sum(is_product(file) for file in project.code),
            **examined_files(project),
        },
        tuple(_undecided(project)),
    )


def _undecided(project: Project) -> Iterator[Undecided]:
    for location in possibly_tracked_secrets(project):
        yield Undecided(location, "holds secrets, and without an index of git none can say whether it is tracked")
