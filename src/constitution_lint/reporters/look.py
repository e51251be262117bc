"""How a report should look: what the caller knows about its reader, passed to every reporter with the report."""

from collections.abc import Callable
from dataclasses import dataclass

from constitution_lint.findings import Finding, Report


def _no_source(file: str) -> str:
    return ""


@dataclass(frozen=True)
class Look:
    """`width` in terminal cells; `prefix` before every path leads from where the user stands to the target."""

    colour: bool = False
    width: int = 100
    unicode: bool = True
    links: bool = False
    show_waived: bool = False
    prefix: str = ""
    named: tuple[str, ...] = ()
    """Files that were asked for by name: formats that speak file by file list them even without a finding."""
    source: Callable[[str], str] = _no_source
    """The text of a file of the target, for formats that fingerprint whole files; empty where it cannot be had."""

    def shown(self, report: Report) -> tuple[Finding, ...]:
        """The findings a reader sees: waived ones only when asked for."""
        return tuple(one for one in report.findings if self.show_waived or one.waiver is None)


PLAIN = Look()
"""No colours, and the usual width."""
