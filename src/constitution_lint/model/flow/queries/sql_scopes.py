"""Beneath SQL as text: which conditions hold for every row that a statement gives or changes.

Those of its own WHERE and of inner joins do, of what stands behind FROM, and of a subquery that a column has to be in.
Those of one side of a UNION, of a CTE that nothing reads and behind NOT do not.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp

Equality = tuple[str, str, str, str]
"""The table or "", the column, the sort of what it equals, and that one's name or text."""
HOLE = "unknown_piece"
"""The name of what is not known of a text that is put together at run time."""
OWN = "principal_piece"
"""The name of a parameter in the place of who is calling."""
_Tables = dict[str, str]
"""Tables by the names under which a SELECT knows them; "" is that of columns which name none."""


@dataclass
class Gathered:
    """The equalities that hold, each alone or as branches of an OR. `open`: may an unknown piece add conditions?"""

    equalities: list[Equality] = field(default_factory=list)
    either: list[tuple[tuple[Equality, ...], ...]] = field(default_factory=list)
    open: bool = False


def gathered(tree: "exp.Expr") -> Gathered:
    """What holds for the rows of a statement."""
    from sqlglot import exp

    found = Gathered()
    ctes = {cte.alias.lower(): cte.this for cte in tree.find_all(exp.CTE)}
    _Reading(ctes).gather(tree, {}, found)
    return found


class _Reading:
    """One statement being read, with the CTEs that stand before it; each is read once on a way to it."""

    def __init__(self, ctes: dict[str, Any]) -> None:
        self._ctes = ctes
        self._within: list[str] = []
        self._comes_back = False
        """Did the side of a UNION that was read last join what the whole gives: rows below those of the other side?"""

    def gather(self, node: Any, outer: _Tables, found: Gathered) -> str:
        """Add what holds for the rows of a SELECT, UPDATE or DELETE; gives the name of the table it is about."""
        from sqlglot import exp

        while isinstance(node, exp.Subquery | exp.Paren):
            node = node.this
        if type(node).__name__ in ("Union", "Except", "Intersect"):
            return self._of_sides(node, outer, found)
        if isinstance(node, exp.Insert):
            return self.gather(node.args.get("expression"), outer, found)
        if not isinstance(node, exp.Select | exp.Update | exp.Delete):
            return ""
        tables = self._tables(node, outer, found)
        for clause in (node.args.get("where"), node.args.get("having")):
            for part in conjuncts(clause.this if clause is not None else None):
                self._note(part, tables, found)
        return tables[""]

    def _of_sides(self, node: Any, outer: _Tables, found: Gathered) -> str:
        left, right = Gathered(), Gathered()
        about = self.gather(node.left, outer, left)
        self._comes_back = False
        self.gather(node.right, outer, right)
        kind = type(node).__name__
        if kind == "Union" and not self._comes_back:
            left.equalities = [one for one in left.equalities if one in right.equalities]
            left.either = [one for one in left.either if one in right.either]
            left.open = left.open and right.open
        elif kind == "Intersect":
            left.equalities += right.equalities
        found.equalities += left.equalities
        found.either += left.either
        found.open = found.open or left.open
        return about

    def _tables(self, node: Any, outer: _Tables, found: Gathered) -> _Tables:
        """The tables of a statement by the names it gives them; what is joined from outside adds its links alone."""
        from sqlglot import exp

        start = node.args.get("from_") or node.args.get("from")
        main = [node.this] if isinstance(node, exp.Update | exp.Delete) else []
        sources = [*main, *([start.this] if start is not None else []), *(node.args.get("using") or ())]
        tables = {**outer, "": ""}
        for source in sources:
            self._name(source, tables, found)
        for join in node.args.get("joins") or ():
            of_join = Gathered()
            base = self._name(join.this, tables, of_join)
            for part in conjuncts(join.args.get("on")):
                self._note(part, tables, of_join)
            of_join.equalities += [(tables[""], one.name, "column", f"{base}.{one.name}") for one in _using(join)]
            if join.side:
                of_join = Gathered([one for one in of_join.equalities if one[2] == "column"])
            found.equalities += of_join.equalities
            found.either += of_join.either
            found.open = found.open or of_join.open
        return tables

    def _name(self, source: Any, tables: _Tables, found: Gathered) -> str:
        """Note one source of rows; of a CTE or a SELECT in its place what holds for its rows."""
        from sqlglot import exp

        name = source.alias_or_name.lower()
        base = ""
        if isinstance(source, exp.Table):
            base = source.name.lower()
            self._comes_back = self._comes_back or base in self._within
            if base in self._ctes and base not in self._within:
                self._within.append(base)
                base = self.gather(self._ctes[base], {}, found)
                self._within.pop()
        elif isinstance(source, exp.Subquery):
            base = self.gather(source, {}, found)
        tables[name] = base
        tables[""] = tables[""] or base
        return base

    def _note(self, part: Any, tables: _Tables, found: Gathered) -> None:
        from sqlglot import exp

        found.open = found.open or _is_hole(part)
        inner = _subquery(part)
        if inner is not None:
            self._within_subquery(part.this, inner, tables, found)
        elif isinstance(part, exp.Exists):
            apart = Gathered()
            if self.gather(part.this, tables, apart) not in tables.values():
                found.equalities += apart.equalities
        elif isinstance(part, exp.Or):
            found.either.append(branches(part, tables))
        elif (same := equality(part, tables)) is not None:
            found.equalities.append(same)

    def _within_subquery(self, column: Any, inner: Any, tables: _Tables, found: Gathered) -> None:
        """`column IN (SELECT …)`: the column equals what is listed there, and what holds for that holds.

        A second SELECT from the same table speaks of the same rows where the column is the same.
        """
        apart = Gathered()
        base = self.gather(inner, tables, apart)
        listed = inner.unnest().expressions if hasattr(inner.unnest(), "expressions") else []
        name = listed[0].name if len(listed) == 1 else ""
        if not name or (base in tables.values() and name != column.name):
            return
        found.equalities += [
            *apart.equalities,
            (tables.get(column.table.lower(), ""), column.name, "column", f"{base}.{name}"),
        ]
        found.either += apart.either


def _subquery(part: Any) -> Any:
    """The SELECT that a column is compared with, alone or among others; None for other conditions."""
    from sqlglot import exp

    if not isinstance(part, exp.In | exp.EQ) or not isinstance(part.this, exp.Column):
        return None
    inner = part.args.get("query") if isinstance(part, exp.In) else part.expression
    return inner if isinstance(inner, exp.Subquery | exp.Select) else None


def _using(join: Any) -> list[Any]:
    return join.args.get("using") or []


def conjuncts(node: object) -> list[object]:
    """The conditions of a conjunction."""
    from sqlglot import exp

    if isinstance(node, exp.And):
        return [*conjuncts(node.left), *conjuncts(node.right)]
    if isinstance(node, exp.Paren):
        return conjuncts(node.this)
    return [node] if node is not None else []


def branches(node: object, tables: _Tables) -> tuple[tuple[Equality, ...], ...]:
    """The branches of an OR, each with the equalities that it is a conjunction of."""
    from sqlglot import exp

    if isinstance(node, exp.Or):
        return (*branches(node.left, tables), *branches(node.right, tables))
    if isinstance(node, exp.Paren) and isinstance(node.this, exp.Or):
        return branches(node.this, tables)
    return (tuple(found for part in conjuncts(node) if (found := equality(part, tables)) is not None),)


def _is_hole(node: object) -> bool:
    """Is a whole condition unknown? A hole inside a comparison leaves it a comparison."""
    from sqlglot import exp

    return isinstance(node, exp.Column | exp.Identifier) and node.name == HOLE


def equality(node: object, tables: _Tables) -> Equality | None:
    """A column that equals a parameter, a literal or another column; None for any other condition."""
    from sqlglot import exp

    if isinstance(node, exp.In) and isinstance(node.this, exp.Column) and len(node.expressions) == 1:
        sort, value = operand(node.expressions[0])
        return (tables.get(node.this.table.lower(), ""), node.this.name, f"any {sort}", value) if value else None
    if isinstance(node, exp.Column) and node.name != HOLE and not node.is_star:
        return tables.get(node.table.lower(), ""), node.name, "flag", "true"
    if not isinstance(node, exp.EQ | exp.NullSafeEQ):
        return None
    left, right = node.left, node.right
    if not isinstance(left, exp.Column):
        left, right = right, left
    if not isinstance(left, exp.Column):
        return None
    table = tables.get(left.table.lower(), "" if tables else left.table.lower())
    while isinstance(right, exp.Cast | exp.Paren):
        right = right.this
    if isinstance(right, exp.Column):
        return table, left.name, "column", f"{tables.get(right.table.lower(), '')}.{right.name}"
    if isinstance(right, exp.Any):
        sort, value = operand(right.this)
        return (table, left.name, f"any {sort}", value) if value else None
    sort, value = operand(right)
    return (table, left.name, sort, value) if value else None


def operand(node: object) -> tuple[str, str]:
    """What stands for a value: "parameter", "literal" or "flag" with its name; "" for a computed one."""
    from sqlglot import exp

    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    if isinstance(node, exp.Placeholder | exp.Parameter):
        return "parameter", node.name or "?"
    if isinstance(node, exp.Literal) and node.name.strip() == f":{OWN}":
        return "parameter", OWN
    if isinstance(node, exp.Boolean):
        return "flag", str(bool(node.this)).lower()
    return ("literal", node.name) if isinstance(node, exp.Literal) else ("", "")
