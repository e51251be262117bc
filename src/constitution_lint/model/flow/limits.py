"""Beneath the interpreter: how far a run goes. It ends on any input.

A `while` runs once, a loop once for each kind of element (12 at most), a function at most twice inside itself and
`DEEPEST` calls deep. `MOST_STATES` paths are kept apart (`state`); beyond that they are joined and hold only what all
of them hold. A run of more than `MOST_STEPS` statements, each counted once for each path, is given up, and nothing in
it is called isolated.
"""

MOST_STEPS = 30_000
DEEPEST = 24
MOST_DEPENDENCIES = 20
"""So deep a dependency may stand among calls and other dependencies."""


class BudgetExceeded(Exception):  # noqa: N818 - it ends a run, it is no error
    """The run took more steps than a request is allowed; its verdicts are unproven."""
