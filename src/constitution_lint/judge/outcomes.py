"""What the gates yielded, gathered for the judge. A generator that fails costs its gate the verdict, never the run."""

import traceback
from pathlib import Path

import msgspec

from constitution_lint.catalogue import Catalogue, Check, gate_module, generators
from constitution_lint.facts.location import START, Location
from constitution_lint.findings import GATES, Examination, Undecided, Violation
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project


class Outcome(msgspec.Struct, frozen=True):
    """One gate: what its rules saw, what it examined, and which of its parts failed on this project."""

    gate: str
    violations: tuple[tuple[str, Violation], ...]
    examination: Examination
    failures: tuple[Undecided, ...] = ()
    not_run: tuple[str, ...] = ()
    """Rules left out on the user's word."""


def examine_gates(project: Project, catalogue: Catalogue, ignored: frozenset[str]) -> dict[str, Outcome]:
    """Run the rules of every gate that have a card and are not ignored."""
    return {gate: _examine(gate, project, catalogue, ignored) for gate in GATES}


def _examine(gate: str, project: Project, catalogue: Catalogue, ignored: frozenset[str]) -> Outcome:
    failures: list[Undecided] = []
    violations: list[tuple[str, Violation]] = []
    checks = generators(gate)
    not_run = tuple(rule for rule in checks if rule in ignored or gate in ignored)
    for rule, check in checks.items():
        if rule in not_run or rule not in catalogue.cards:
            continue
        try:
            violations += [(rule, violation) for violation in _seen(project, check)]
        except Exception as error:
            failures.append(_failure(rule, error))
    try:
        examination = _examined(project, gate)
    except Exception as error:
        failures.append(_failure(gate, error))
        examination = Examination({})
    return Outcome(gate, tuple(violations), examination, tuple(failures), not_run)


@remembered
def _seen(project: Project, check: Check) -> tuple[Violation, ...]:
    """All that a rule finds. An editor asks again after every edit, and most edits leave most rules as they were."""
    return tuple(check(project))


@remembered
def _examined(project: Project, gate: str) -> Examination:
    examination: Examination = gate_module(gate).examine(project)
    return examination


def _failure(name: str, error: Exception) -> Undecided:
    """A reason that is the same on every machine: the kind of the error and the place in the tool."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return Undecided(Location("", START), f"{name} failed on this project ({type(error).__name__} at {place})")
