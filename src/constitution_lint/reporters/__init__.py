"""From a report to text, one module a format: `render(report, look) -> str`, imported when its format is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constitution_lint.findings import Report
    from constitution_lint.reporters.look import Look

FORMATS = {
    "text": "text",
    "concise": "concise",
    "json": "check_json",
    "lsp": "lsp",
    "github": "github",
    "sarif": "sarif",
    "markdown": "markdown",
    "gitlab": "gitlab",
    "junit": "junit",
    "checkstyle": "checkstyle",
    "rdjson": "rdjson",
    "html": "html",
}
"""The formats of `check` and the module of each."""

MACHINE = frozenset({"json", "lsp", "sarif", "gitlab", "junit", "checkstyle", "rdjson", "html"})
"""Formats that are UTF-8 whatever the terminal speaks."""


def render(form: str, report: Report, look: Look) -> str:
    text: str = import_module(f"constitution_lint.reporters.{FORMATS[form]}").render(report, look)
    return text
