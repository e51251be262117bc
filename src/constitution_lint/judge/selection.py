"""Which findings a run shows: `select` and `ignore` name rules or gates."""

from constitution_lint.config import Settings
from constitution_lint.findings import Finding


def is_selected(finding: Finding, settings: Settings) -> bool:
    """A finding is shown when its rule or gate is selected (or nothing is), and neither is ignored."""
    names = {finding.rule, finding.gate}
    if names & set(settings.ignore):
        return False
    return not settings.select or bool(names & set(settings.select))
