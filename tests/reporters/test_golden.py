"""Every format of `check` on one report made by hand, byte for byte. `make accept` writes them anew."""

from dataclasses import replace
from pathlib import Path

import pytest
from golden import compare
from sample import CLEAN, LOOK, report

from constitution_lint.reporters import FORMATS, render

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {
    "text": "txt",
    "concise": "txt",
    "json": "json",
    "lsp": "json",
    "github": "txt",
    "sarif": "sarif",
    "markdown": "md",
    "gitlab": "json",
    "junit": "xml",
    "checkstyle": "xml",
    "rdjson": "json",
    "html": "html",
}


@pytest.mark.parametrize("form", FORMATS)
def test_format(form: str) -> None:
    compare(GOLDEN / f"{form}.{ENDINGS[form]}", render(form, report(), LOOK))


@pytest.mark.parametrize("form", ["text", "concise", "markdown", "junit", "html"])
def test_format_of_a_clean_report(form: str) -> None:
    compare(GOLDEN / f"clean-{form}.{ENDINGS[form]}", render(form, CLEAN, LOOK))


def test_text_with_waivers_for_a_narrow_terminal_of_few_signs() -> None:
    look = replace(LOOK, show_waived=True, width=60, unicode=False, prefix="../todo/")
    compare(GOLDEN / "text-narrow.txt", render("text", report(), look))


def test_text_with_colours_and_links() -> None:
    compare(GOLDEN / "text-colour.txt", render("text", report(), replace(LOOK, colour=True, links=True)))
