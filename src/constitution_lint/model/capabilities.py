"""Links that carry a signed value: whoever reads rows by one is judged by who signs what chooses the rows.

A request that reads by a signed value is only as safe as the weakest request that signs one: whoever gets any id
signed reads any row.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from constitution_lint.findings import Related
from constitution_lint.model.api import Access, AccessVerdict, Seal
from constitution_lint.model.flow.identity.signed_values import Handed
from constitution_lint.model.isolation import LINK_FAULT


class Way(NamedTuple):
    """One way in: its name, the name of its function, what it reaches and what it signs."""

    name: str
    function: str
    accesses: tuple[Access, ...]
    handed: tuple[Handed, ...]


class _Signer(NamedTuple):
    way: Way
    handed: Handed


def settled(ways: Iterable[Way]) -> list[tuple[Access, ...]]:
    """The accesses of each way, those by a signed value judged by its signers; faulty signers get an access."""
    ways = list(ways)
    signers = [_Signer(way, one) for way in ways for one in way.handed]
    return [(*(_judged(access, signers) for access in way.accesses), *_given_away(way, ways, signers)) for way in ways]


def _judged(access: Access, signers: list[_Signer]) -> Access:
    if access.seal is None or access.verdict is not AccessVerdict.ISOLATED:
        return access
    matching = [signer for signer in signers if _matches(signer.handed.seal, access.seal)]
    faulty = [signer for signer in matching if signer.handed.word]
    replace = msgspec.structs.replace
    if faulty and not _kinds_apart(matching):
        related = Related(faulty[0].handed.location, "what chooses the row is signed here")
        why, chain = _signed_for_anyone(access.seal, faulty[0]), (*access.chain, related)
        return replace(access, verdict=AccessVerdict.LEAK, why=why, fault=LINK_FAULT, chain=chain)
    reason = _open(access.seal, matching)
    if reason:
        return replace(access, verdict=AccessVerdict.UNPROVEN, why=reason)
    return replace(access, why=f"{_named(access.seal)} is signed by {matching[0].way.function}, which proves it first")


def _signed_for_anyone(seal: Seal, signer: _Signer) -> str:
    return f"{_named(seal)} is signed by {signer.way.function} for anyone: {signer.handed.word} is never proven"


def _open(seal: Seal, matching: list[_Signer]) -> str:
    """Why it cannot be told whether what is signed is proven; "" when it is."""
    if not matching:
        return f"nothing was seen to sign {_named(seal)} that chooses the row"
    if any(signer.handed.word for signer in matching):
        return "tokens of several kinds are signed with one key, and one of them without proof"
    untold = next((signer for signer in matching if not signer.handed.proven), None)
    return f"what {untold.way.function} signs could not be followed" if untold is not None else ""


def _named(seal: Seal) -> str:
    return seal.claim or "the value"


def _matches(signed: Seal, read: Seal) -> bool:
    """Can what was signed so be read so? A key or salt that cannot be told may be any."""
    named = signed.claim == read.claim or not read.claim or not signed.claim
    return named and signed.family == read.family and _may_be(signed.key, read.key) and _may_be(signed.salt, read.salt)


def _may_be(one: str, other: str) -> bool:
    return one == other or not one or not other


def _kinds_apart(matching: list[_Signer]) -> bool:
    """Do signers write different words into one claim, by which a reader may tell their tokens apart?"""
    found: dict[str, set[str]] = {}
    for signer in matching:
        for name, word in signer.handed.literals:
            found.setdefault(name, set()).add(word)
    return any(len(words) > 1 for words in found.values())


def _given_away(way: Way, ways: list[Way], signers: list[_Signer]) -> Iterator[Access]:
    """One access for each place that signs what nothing proves and others read by: it gives their rows away."""
    done = set()
    for handed in way.handed:
        if not handed.word or handed.location in done:
            continue
        readers = [(reader, access) for reader in ways for access in reader.accesses if _reads(access, handed, signers)]
        if readers:
            done.add(handed.location)
            yield _signing(handed, readers)


def _reads(access: Access, handed: Handed, signers: list[_Signer]) -> bool:
    return (
        access.seal is not None
        and _matches(handed.seal, access.seal)
        and _judged(access, signers).verdict is AccessVerdict.LEAK
    )


def _signing(handed: Handed, readers: list[tuple[Way, Access]]) -> Access:
    reader, first = readers[0]
    readers_named = f"{reader.name} and {len(readers) - 1} more read" if len(readers) > 1 else f"{reader.name} reads"
    why = f"{handed.word} for anyone, and {readers_named} {first.model} by it"
    places = tuple(Related(access.location, f"{way.name} reads {access.model} by it") for way, access in readers)
    return Access(handed.location, first.model, "select", AccessVerdict.LEAK, why, LINK_FAULT, (*handed.chain, *places))
