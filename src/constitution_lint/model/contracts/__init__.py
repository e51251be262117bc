"""The contracts of a project, linked: promised operations, the routes that answer them, and where contracts disagree.

Gates 1, 2, 6 and 7, `claims` and `contract` read these functions; everything is derived once for each project.
"""

from constitution_lint.model.contracts.contradictions import Contradiction, contradictions
from constitution_lint.model.contracts.linking import Promise, listed_operations, operations_of
from constitution_lint.model.contracts.matching import Matching, Pair, Unserved, contract_of, matching_of

__all__ = [
    "Contradiction",
    "Matching",
    "Pair",
    "Promise",
    "Unserved",
    "contract_of",
    "contradictions",
    "listed_operations",
    "matching_of",
    "operations_of",
]
