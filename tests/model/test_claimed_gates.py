"""Which gate an answer of a Constitution Check is held against: by its name, by what stands above it, or by none."""

from pathlib import Path

import pytest
from trees import plant

from constitution_lint import catalogue, engine
from constitution_lint.facts.document import CheckItem
from constitution_lint.facts.location import Span
from constitution_lint.model.documents.claims import claims_of, gate_of

ALIASES = catalogue.load().aliases(())


def gate(name: str, said: str = "", above: str = "") -> str:
    return gate_of(CheckItem(Span(1, 1, 1, 2), name, "pass", said, group=above), ALIASES)


@pytest.mark.parametrize(
    "name",
    [
        "No authentication",
        "No authentication required",
        "No auth or multi-user support",
        "Without user accounts",
        "contracts/api-auth.yaml",
    ],
)
def test_what_a_feature_does_without_is_claimed_of_no_gate(name: str) -> None:
    assert gate(name) == "other"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("No unauthenticated access", "enforced-authentication"),
        ("No cross-user data access", "user-data-isolation"),
        ("No secrets in code", "security-first"),
        ("Security-first approach with JWT authentication", "security-first"),
        ("All passwords hashed with bcrypt", "security-first"),
        ("Parameterized queries (ORM)", "security-first"),
        ("Data: Query Filtering", "user-data-isolation"),
        ("Always verify user_id in URL matches authenticated user", "user-data-isolation"),
        ("Principle II: Multi-User Secure Authentication", "enforced-authentication"),
        ("Frontend and backend communicate only via REST API", "separation-of-concerns"),
        ("Agentic Dev Stack Compliance", "specification-driven"),
        ("Backend Framework", "declared-tech-stack"),
        ("Article 13 (Authentication)", "enforced-authentication"),
        ("Article 22 (SQLModel)", "declared-tech-stack"),
        ("JWT Algorithm", "security-first"),
        ("III. Privacy & Isolation", "user-data-isolation"),
        ("Loose Coupling Between Frontend and Backend", "separation-of-concerns"),
        ("II. Agent-Driven Execution", "other"),
    ],
)
def test_a_name_means_its_gate(name: str, expected: str) -> None:
    assert gate(name) == expected


def test_what_is_said_decides_where_the_heading_agrees() -> None:
    assert gate("Database", "Neon Serverless PostgreSQL", "Technology Stack Compliance") == "declared-tech-stack"
    assert gate("Database", "Neon Serverless PostgreSQL", "Core Principles") == "other"
    assert gate("AI Framework", "an agents library", "Technology Stack Compliance") == "other"


@pytest.mark.parametrize(("answers", "count"), [("", 10), ("- ✅ Traceable: by id\n", 1)])
def test_a_summary_speaks_for_all_only_where_nothing_is_answered_by_name(
    tmp_path: Path, answers: str, count: int
) -> None:
    text = (
        f"# Plan\n\n## Constitution Check\n\n{answers}\n\n## Post-Design Constitution Check\n\n**All gates pass** ✅\n"
    )
    root = plant(tmp_path, {"specs/001-a/plan.md": text, "specs/001-a/spec.md": "# Spec\n"})
    assert len(claims_of(engine.load(root))) == count
