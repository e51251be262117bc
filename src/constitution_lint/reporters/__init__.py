"""From a report to text, one module a format: `render(report, look) -> str`, imported when its format is asked for."""

from importlib import import_module

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
}
"""The formats of `check` and the module of each."""

MACHINE = frozenset({"json", "lsp", "sarif"})
"""Formats that are UTF-8 whatever the terminal speaks."""


def render(form: str, report: Report, look: Look) -> str:
    text: str = import_module(f"constitution_lint.reporters.{FORMATS[form]}").render(report, look)
    return text
