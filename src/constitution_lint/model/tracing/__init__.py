"""Tracing: stories, requirements, tasks, files, operations, routes, tables and tests, and the links between them.

Gate 6 and the command `trace` read these functions; everything is derived once for each project.
"""

from constitution_lint.model.tracing.elements import Dangling, Element, Kind, Link, State, Sureness, Trace
from constitution_lint.model.tracing.linking import trace_of

__all__ = ["Dangling", "Element", "Kind", "Link", "State", "Sureness", "Trace", "trace_of"]
