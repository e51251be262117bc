"""Gate 9, User Data Isolation: every access to an owned table is bound to the user that the token proves."""

from collections.abc import Iterator

from constitution_lint.findings import Examination, Related, Violation
from constitution_lint.model import isolation
from constitution_lint.model.owner_columns import nullable_owners, undone_ownership, unindexed_owners
from constitution_lint.model.project import Project


def unscoped_read(project: Project) -> Iterator[Violation]:
    """Rows of an owned table leave to the client, and nothing binds them to the token's user (CWE-639)."""
    yield from _faults(project, "unscoped-read")


def unscoped_write(project: Project) -> Iterator[Violation]:
    """Rows of an owned table are changed or deleted, and nothing binds them to the token's user."""
    yield from _faults(project, "unscoped-write")


def client_named_owner(project: Project) -> Iterator[Violation]:
    """Whose rows they are is taken from path, query or body, and never compared with the token's user."""
    yield from _faults(project, "client-named-owner")


def mass_assigned_owner(project: Project) -> Iterator[Violation]:
    """The owner column is among the fields that are copied from the client's object (CWE-915)."""
    yield from _faults(project, "mass-assigned-owner")


def foreign_reference(project: Project) -> Iterator[Violation]:
    """A client's id is stored as the key of an owned row that was never proven to be the user's."""
    yield from _faults(project, "foreign-reference")


def check_after_use(project: Project) -> Iterator[Violation]:
    """The owner is compared only after the row was changed."""
    yield from _faults(project, "check-after-use")


def unchecked_child(project: Project) -> Iterator[Violation]:
    """Rows are found by a parent that was never proven, or the parent is proven and the child is not bound to it."""
    yield from _faults(project, "unchecked-child")


def signed_without_proof(project: Project) -> Iterator[Violation]:
    """A signed link gives away the rows it names, and is made of any id that a client sends."""
    for found in isolation.links_signed_for_anyone(project):
        message = isolation.link_message(found)
        yield Violation(found.access.location, message, isolation.evidence(found), f"signed {found.access.model}")


def unscoped_sql(project: Project) -> Iterator[Violation]:
    """A statement written as text reaches an owned table without its owner."""
    yield from _faults(project, "unscoped-sql")


def _faults(project: Project, fault: str) -> Iterator[Violation]:
    for found in isolation.faulty_accesses(project, fault):
        access = found.access
        subject = f"{access.kind} {access.model}"
        yield Violation(access.location, isolation.message_of(found), isolation.evidence(found), subject)


def missing_owner_column(project: Project) -> Iterator[Violation]:
    """The data model gives an entity an owner, and its table has none."""
    for promised in undone_ownership(project):
        message = f"{promised.table.name} has no owner column, and the data model gives it {promised.column}"
        related = (Related(promised.location, f"{promised.column} of {promised.entity} is planned here"),)
        yield Violation(promised.table.location, message, related, subject=promised.table.name)


def nullable_owner(project: Project) -> Iterator[Violation]:
    """A row may stand without an owner: the database would not refuse it."""
    for table, column in nullable_owners(project):
        yield Violation(column.location, f"{column.name} of {table.name} may be empty", subject=table.name)


def unindexed_owner(project: Project) -> Iterator[Violation]:
    """Every query of the gate filters by the owner, and no index answers it."""
    for table, column in unindexed_owners(project):
        yield Violation(column.location, f"{column.name} of {table.name} has no index", subject=table.name)


def examine(project: Project) -> Examination:
    """Counts ways in, accesses and tables; what could not be told is undecided."""
    return Examination(isolation.counts(project), isolation.undecided(project))
