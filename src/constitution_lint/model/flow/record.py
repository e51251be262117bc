"""The record of one run: which rows were loaded or made where, and what became of each access on every path."""

import re
from dataclasses import dataclass, field

import msgspec

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related
from constitution_lint.model.api import UNSHOWN, Access, AccessVerdict, Seal
from constitution_lint.model.flow.journal import Journal, effect, lasting_effect
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import Made, Opaque, Row, Scalar, Value
from constitution_lint.model.ownership import Ownership
from constitution_lint.model.tables import OwnedTable

COMPARED = "compared with the token's user before it is used"
NOT_ALWAYS = "the row is not proven to be the user's on every way that leads here"
_RANK = (
    AccessVerdict.LEAK,
    AccessVerdict.UNPROVEN,
    AccessVerdict.ADMIN,
    AccessVerdict.ISOLATED,
    AccessVerdict.NOT_OWNED,
)


class Loaded(msgspec.Struct, frozen=True):
    """Rows one access gave: where it stands, the client keys that chose them, and why they are not yet proven."""

    table: str
    location: Location
    kind: str
    chain: tuple[Related, ...]
    keys: tuple[str, ...] = ()
    why: str = ""
    fault: str = "unscoped-read"
    unclear: str = ""
    token_keyed: bool = False
    children: tuple[int, ...] = ()
    """Rows whose foreign key chose this one: they are the principal's when it is."""
    listed: tuple[str, ...] = ()
    """The client's lists of keys out of which the rows were chosen."""
    columns: tuple[str, ...] = ()
    """What the rows hold in order, where they come as tuples."""
    rank: str = ""
    """Of rows of roles: how they were chosen (`roles`)."""
    accounts: tuple[str, ...] = ()
    """Of a user: the client's keys that named them by an e-mail or a user name."""
    answered: bool = False
    """Of a user: did another service name them, as one does that confirms who logs in?"""
    preset: bool = False
    """Did the server's own values alone choose them (the default project), and nothing of the request?"""


@dataclass
class Outcome:
    """The worst that was seen of one access."""

    verdict: AccessVerdict
    why: str
    fault: str = ""
    chain: tuple[Related, ...] = ()
    scoped_by: str = ""
    loaded: Location | None = None
    seal: Seal | None = None


@dataclass
class Register:
    """Rows by number: where they were loaded, and which were made."""

    loaded: dict[int, Loaded] = field(default_factory=dict)
    made: set[int] = field(default_factory=set)


@dataclass
class Record:
    """Accesses by place, table and kind; rows by number, those of the run and those that the module level made."""

    ownership: Ownership
    journal: Journal
    common: Register
    own: Register
    part: str = "record"
    outcomes: dict[tuple[Location, str, str], Outcome] = field(default_factory=dict)
    visible: set[int] = field(default_factory=set)
    """Rows that the source shows to everybody: they may be read, and not changed."""
    changed: dict[tuple[Location, str, str], Location] = field(default_factory=dict)
    """Where rows of one load, table and kind of change were first changed without proof: that place stands for all."""
    writes: list[Location] = field(default_factory=list)
    unclear: dict[str, Location] = field(default_factory=dict)
    """What of a database could not be followed, by its reason."""

    # --- rows ------------------------------------------------------------------------------------------------------

    @effect
    def load(self, number: int, loaded: Loaded) -> None:
        self.own.loaded[number] = loaded

    @effect
    def make(self, number: int, loaded: Loaded) -> None:
        """A new row that stands nowhere yet."""
        self.own.loaded[number] = loaded
        self.own.made.add(number)

    @effect
    def show(self, number: int) -> None:
        self.visible.add(number)

    def loaded(self, number: int) -> Loaded | None:
        """Where a row was loaded; of one that was proven inside a loop, where the row it stands for was."""
        found = self._loaded(abs(number))
        self.journal.ask(("loaded", abs(number)), found)
        return found

    def _loaded(self, number: int) -> Loaded | None:
        found = self.own.loaded.get(number)
        return found if found is not None else self.common.loaded.get(number)

    def tables_of(self, numbers: frozenset[int]) -> set[str]:
        return {loaded.table for number in numbers if (loaded := self.loaded(number)) is not None}

    def is_made(self, number: int) -> bool:
        """Was a row made by the request itself, or proven inside a loop?"""
        found = number in self.own.made or number in self.common.made
        self.journal.ask(("made", number), found)
        return found

    def is_shown(self, number: int) -> bool:
        found = number in self.visible
        self.journal.ask(("shown", number), found)
        return found

    def answer(self, kind: str, number: int) -> object:
        """What the record says now to a question that the journal kept."""
        if kind == "loaded":
            return self._loaded(number)
        return number in self.visible if kind == "shown" else number in self.own.made or number in self.common.made

    def table_of(self, scalar: Scalar) -> str:
        """The table a row's column belongs to; a column reached by a relationship belongs to the table in its key."""
        return scalar.key.rsplit(".", 1)[0]

    def name_of(self, table: str) -> str:
        """A table's name as the source writes it."""
        known = self.ownership.tables.get(table)
        return known.name if known is not None else table.rsplit(":", 1)[-1]

    def prove(self, number: int, state: State) -> None:
        """A row is the principal's on this path; the client keys that chose it name an owned row from here on."""
        state.prove((number,))
        if state.has_refuted(number):
            self.refuse_late(number)
        loaded = self.loaded(number)
        if loaded is not None:
            self.note_compared(number)
            state.own((*loaded.keys, *loaded.accounts))
            for child in loaded.children:
                if not state.has_proven(child):
                    self.prove(child, state)

    @lasting_effect
    def note_compared(self, number: int) -> None:
        """A row that was loaded without proof is shown to be the principal's after all."""
        loaded = self.loaded(number)
        found = self.outcomes.get((loaded.location, loaded.table, loaded.kind)) if loaded is not None else None
        if found is not None and found.why == UNSHOWN:
            found.why = COMPARED

    @effect
    def refuse_late(self, number: int) -> None:
        """The comparison comes after the row was changed."""
        loaded = self.loaded(number)
        for (_, table, kind), outcome in self.outcomes.items():
            if loaded is not None and table == loaded.table and kind in ("update", "delete") and outcome.fault:
                outcome.fault = "check-after-use"

    def holds(self, number: int, state: State) -> bool:
        """Is a row proven, or was the key that it was found by shown to name a row of the principal's since then?"""
        if state.holds(number):
            return True
        loaded = self.loaded(number)
        return loaded is not None and any("[" not in key and state.owns(key) for key in loaded.keys)

    def exists(self, row: Row, state: State) -> None:
        """A row was found: if it is proven, so are the keys it was found by."""
        if state.has_proven(row.number):
            self.prove(row.number, state)

    def look_up(self, row: Row, state: State) -> None:
        """A row found by the token a client presented stands for a verification: session look-ups, API keys."""
        loaded = self.loaded(row.number)
        if loaded is not None and loaded.token_keyed:
            state.verified = state.verified or f"the presented token is looked up in {self.name_of(row.table)}"
            self.prove(row.number, state)

    def is_token_keyed(self, number: int) -> bool:
        loaded = self.loaded(number)
        return loaded is not None and loaded.token_keyed

    def compared(self, scalar: Scalar, state: State) -> None:
        """A row's column equals the principal: that proves the row if the column says who owns it."""
        if self.says_whose(scalar):
            self.prove(scalar.row, state)

    def says_whose(self, scalar: Scalar) -> bool:
        """Is it the column of a row that names the user the row belongs to?"""
        table = self.ownership.tables.get(self.table_of(scalar)) if scalar.origin == "row" else None
        if table is None:
            return False
        return scalar.column in table.owners or (
            table.is_user and scalar.column in (table.primary, "email", "username")
        )

    def is_key(self, scalar: Scalar) -> bool:
        """Is it the column by which one row of its table is told from all others?"""
        table = self.ownership.tables.get(self.table_of(scalar)) if scalar.origin == "row" else None
        return table is not None and scalar.column in (table.primary, *table.naturals)

    def doubt(self, compared: Value, other: Value) -> None:
        """A row's owner compared with something that could not be followed: the row is undecided, not refused."""
        reason = next((atom.reason for atom in other if isinstance(atom, Opaque) and not atom.client), "")
        for atom in compared:
            if reason and isinstance(atom, Scalar) and atom.origin == "row":
                table = self.ownership.tables.get(self.table_of(atom))
                loaded = self.loaded(atom.row)
                if table is not None and loaded is not None and atom.column in table.owners:
                    self.leave_undecided(atom.row, reason)
            elif reason and isinstance(atom, Opaque | Made) and not atom.client:
                for number in sorted(atom.taint):
                    self.leave_undecided(number, reason)

    @lasting_effect
    def leave_undecided(self, number: int, reason: str) -> None:
        loaded = self.loaded(number)
        if loaded is not None and not loaded.unclear:
            self.own.loaded[abs(number)] = msgspec.structs.replace(loaded, unclear=reason)

    def doubt_made(self, compared: Value) -> None:
        """Something made of a row, in a way that could not be followed, is compared with the principal."""
        for atom in compared:
            if isinstance(atom, Opaque | Made) and atom.taint and not atom.client:
                for number in sorted(atom.taint):
                    self.leave_undecided(number, "what is compared with the user was made of the row unseen")

    def echoes(self, scalar: Scalar) -> bool:
        """Is it the key, or the account, by which the client named the row, alone or among others?"""
        loaded = self.loaded(scalar.row) if scalar.origin == "row" and scalar.row else None
        if loaded is None or self.table_of(scalar) != loaded.table:
            return False
        return bool((loaded.keys or loaded.listed) and self.is_key(scalar)) or bool(
            loaded.accounts and self.says_whose(scalar)
        )

    def leads_up(self, scalar: Scalar) -> bool:
        """Is a row's column the foreign key to its owned parent?"""
        table = self.ownership.tables.get(self.table_of(scalar))
        return table is not None and any(parent.column == scalar.column for parent in table.parents)

    def names_group(self, scalar: Scalar) -> bool:
        """Is it the column of a membership that says what its holder is a member of?"""
        table = self.ownership.tables.get(self.table_of(scalar)) if scalar.origin == "row" else None
        return table is not None and table.is_link and any(one.column == scalar.column for one in table.parents)

    def twin(self, number: int) -> int:
        """A row that was proven inside a loop as a row of its own, proven everywhere: minus its number."""
        self.settle_twin(-abs(number))
        return -abs(number)

    @lasting_effect
    def settle_twin(self, number: int) -> None:
        self.own.made.add(number)

    def shape_of(self, table: OwnedTable, relationship: str) -> str:
        """Whether a relationship leads to many rows: the target refers back to this table, or the name is a plural."""
        target = self.ownership.tables.get(table.relationships[relationship])
        if relationship in table.lists:
            return "many"
        if target is None:
            return "many" if relationship.endswith("s") else "one"
        refers_back = any(
            column.foreign_key and column.foreign_key.rsplit(".", 1)[0].lower() == table.table.lower()
            for column in target.columns.values()
        )
        refers_out = any(
            column.foreign_key and column.foreign_key.rsplit(".", 1)[0].lower() == target.table.lower()
            for column in table.columns.values()
        )
        if refers_back and not refers_out:
            return "many" if re.search(r"s$|list$|items$|children$", relationship) else "one"
        return "one" if refers_out and not refers_back else ("many" if relationship.endswith("s") else "one")

    # --- accesses --------------------------------------------------------------------------------------------------

    @effect
    def settle(
        self,
        place: tuple[Location, str, str],
        verdict: AccessVerdict,
        why: str,
        fault: str = "",
        chain: tuple[Related, ...] = (),
        scoped_by: str = "",
        seal: Seal | None = None,
    ) -> None:
        """Note what one path showed of an access; of several paths the worst stands."""
        known = self.outcomes.get(place)
        if known is None or _RANK.index(verdict) < _RANK.index(known.verdict):
            fault = fault if verdict is AccessVerdict.LEAK else ""
            self.outcomes[place] = Outcome(verdict, why, fault, chain, scoped_by, seal=seal)

    @effect
    def blame(
        self, place: tuple[Location, str, str], number: int, why: str, fault: str, chain: tuple[Related, ...]
    ) -> None:
        """A row is changed without proof. Of the changes of one row the first stands for all."""
        loaded = self.loaded(number)
        at, table, kind = place
        if loaded is None or self.changed.setdefault((loaded.location, table, kind), at) == at:
            self.settle(place, AccessVerdict.LEAK, why, fault, chain)
            self.outcomes[place].loaded = loaded.location if loaded is not None else None

    @lasting_effect
    def write(self, place: Location) -> None:
        self.writes.append(place)

    @lasting_effect
    def leave_unclear(self, reason: str, place: Location) -> None:
        self.unclear.setdefault(reason, place)

    @effect
    def disclose(self, numbers: frozenset[int], state: State) -> None:
        """Rows leave to the client: those still owing a proof are leaks."""
        for number in self._in_order(state.unproven(numbers)):
            loaded = self.loaded(number)
            if loaded is None or self.is_made(number) or self.is_shown(number):
                continue
            if self.holds(number, state):
                self.note_compared(number)
                continue
            place = (loaded.location, loaded.table, loaded.kind)
            if state.admin:
                self.settle(place, AccessVerdict.ADMIN, state.admin, "", loaded.chain)
            elif loaded.unclear or state.ranked:
                self.settle(place, AccessVerdict.UNPROVEN, loaded.unclear or state.ranked, "", loaded.chain)
            else:
                self.settle(place, AccessVerdict.LEAK, loaded.why or NOT_ALWAYS, loaded.fault, loaded.chain)

    def _in_order(self, numbers: frozenset[int]) -> list[int]:
        """Rows as they were loaded in this run, whichever numbers they have."""
        if len(numbers) < 2:
            return list(numbers)
        return [number for rows in (self.common, self.own) for number in rows.loaded if number in numbers]

    def accesses(self) -> tuple[Access, ...]:
        """All accesses by place, worst outcome each."""
        found = []
        for (location, table, kind), outcome in sorted(self.outcomes.items(), key=lambda item: item[0]):
            found.append(
                Access(
                    location,
                    self.name_of(table),
                    kind,
                    outcome.verdict,
                    outcome.why,
                    outcome.fault,
                    outcome.chain,
                    outcome.scoped_by,
                    outcome.loaded,
                    outcome.seal,
                )
            )
        return tuple(found)
