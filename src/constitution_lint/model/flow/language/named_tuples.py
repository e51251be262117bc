"""Values read by name or position: `namedtuple("Caller", ["id"])`, rows of columns."""

from typing import TYPE_CHECKING

from constitution_lint.model.flow.values import NONE, Known, Made, Mapping, Row, Scalar, Sequence, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments

CLASS = "namedtuple"
RECORD = "namedtuple.value"


def make_class(arguments: "Arguments") -> Made:
    """The class: `arguments` are its fields in order, each with its default."""
    given = arguments.get(1, "field_names") or arguments.get(1, "fields") or ()
    names = [name for atom in given for name in _names(atom)]
    return Made(CLASS, tuple((name, NONE) for name in names))


def _names(atom: object) -> list[str]:
    if isinstance(atom, Known) and isinstance(atom.value, str):
        return atom.value.replace(",", " ").split()
    items = atom.items if isinstance(atom, Sequence) else ()
    firsts = [item[0].items[0] if item and isinstance(item[0], Sequence) and item[0].items else item for item in items]
    return [str(first[0].value) for first in firsts if first and isinstance(first[0], Known)]


def make_record(kind: Made, arguments: "Arguments") -> Made:
    """One value of the class."""
    names = [name for name, _ in kind.arguments]
    held: dict[str, Value] = dict(kind.arguments)
    held.update(zip(names, arguments.positional, strict=False))
    held.update({name: value for name, value in arguments.keywords.items() if name in held})
    return Made(RECORD, tuple(held.items()))


def member(record: Made, position: object) -> Value | None:
    """`record[0]`; None for what is no place of a record."""
    if record.dotted != RECORD or not isinstance(position, int) or isinstance(position, bool):
        return None
    return record.arguments[position][1] if -len(record.arguments) <= position < len(record.arguments) else None


def by_column(row: object) -> Value:
    """`row._mapping`: what a row of a result holds by the names of its columns; nothing for anything else."""
    if isinstance(row, Row):
        return (row,)
    columns = [item[0] for item in row.items if len(item) == 1] if isinstance(row, Sequence) else []
    named = [(one.column, (one,)) for one in columns if isinstance(one, Scalar) and one.origin == "row" and one.column]
    if not isinstance(row, Sequence) or not named or len(named) != len(row.items):
        return ()
    return (Mapping(tuple(named)),)
