"""constitution-lint: what a plan claims of its ten gates, what the evidence says, and where they part.

>>> from constitution_lint import examine
>>> report = examine("path/to/repository")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constitution_lint.config import ConfigurationError, Overrides
    from constitution_lint.engine import TargetError, examine
    from constitution_lint.findings import Finding, Report, Severity, Verdict

__version__ = "0.1.0"
__all__ = [
    "ConfigurationError",
    "Finding",
    "Overrides",
    "Report",
    "Severity",
    "TargetError",
    "Verdict",
    "__version__",
    "examine",
]
_HOMES = {
    "ConfigurationError": "config",
    "Overrides": "config",
    "TargetError": "engine",
    "examine": "engine",
    "Finding": "findings",
    "Report": "findings",
    "Severity": "findings",
    "Verdict": "findings",
}


def __getattr__(name: str) -> Any:
    """Import the public names when they are asked for: `--version` must not pay for the engine."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
