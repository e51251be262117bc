"""Which gate holds a sentence of a constitution, and which sentences only a reader can judge."""

from pathlib import Path

import pytest
from trees import plant

from constitution_lint.engine import load
from constitution_lint.model.documents.constitution_commands import commands_of, held_by


@pytest.mark.parametrize(
    ("sentence", "gate"),
    [
        ("Every request MUST carry a JWT.", "enforced-authentication"),
        ("All queries MUST be filtered by the authenticated user.", "user-data-isolation"),
        ("Secrets MUST NOT be committed.", "security-first"),
        ("Endpoints MUST return proper status codes.", "strict-rest-api"),
        ("The frontend MUST never query the database.", "separation-of-concerns"),
        ("The backend MUST use FastAPI.", "declared-tech-stack"),
        ("A specification MUST exist before code is written.", "specification-driven"),
        ("Handlers MUST NOT hold placeholder data.", "production-ready"),
        ("Colleagues MUST greet each other.", ""),
        ("Reviews MUST be kind.", ""),
    ],
)
def test_a_sentence_and_its_gate(sentence: str, gate: str) -> None:
    assert held_by(sentence) == gate


def test_every_constitution_is_listed_with_its_lines(tmp_path: Path) -> None:
    text = "# Constitution\n\n## Core Principles\n\n### I. Care\n\nReviews MUST be kind. Tokens are short.\n"
    plant(tmp_path, {".specify/memory/constitution.md": text, "app/.specify/memory/constitution.md": text})
    found = commands_of(load(tmp_path, cache=False))
    assert [(one.location.file, one.location.span.line, one.text, one.gate) for one in found] == [
        (".specify/memory/constitution.md", 7, "Reviews MUST be kind.", ""),
        ("app/.specify/memory/constitution.md", 7, "Reviews MUST be kind.", ""),
    ]
