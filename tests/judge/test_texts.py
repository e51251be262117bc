"""Excerpts: the lines that a report shows."""

from constitution_lint.facts.location import Location, Span
from constitution_lint.judge.source_lines import Texts

ENV = '# mail\nJWT_SECRET=hunter2\nEMPTY=\nKEY="-----BEGIN\nMIIEvQ\n'


def test_values_of_environment_files_are_not_shown() -> None:
    texts = Texts({"backend/.env": ENV.encode(), "notes.txt": ENV.encode()}.__getitem__)
    shown = texts.excerpts([Location("backend/.env", Span(3, 1, 3, 6)), Location("notes.txt", Span(2, 1, 2, 2))])
    assert shown["backend/.env"] == {1: "# mail", 2: "JWT_SECRET=…", 3: "EMPTY=", 4: "KEY=…", 5: "…"}
    assert shown["notes.txt"][2] == "JWT_SECRET=hunter2"


def test_a_secret_is_shown_by_its_first_characters_alone() -> None:
    source = 'KEY = "sk-live-12345"  # old\nPEM = """-----BEGIN\nMIIEvQ\n"""\n'
    secrets = [Location("a.py", Span(1, 8, 1, 21)), Location("a.py", Span(2, 7, 4, 4))]
    shown = Texts({"a.py": source.encode()}.__getitem__).excerpts(secrets, secrets)["a.py"]
    assert shown == {1: 'KEY = "sk-l•••••••••"  # old', 2: 'PEM = """-•••••••••', 3: "••••••", 4: "•••", 5: ""}


def test_an_empty_or_short_secret_breaks_nothing() -> None:
    secrets = [
        Location("a.py", Span(1, 8, 1, 8)),
        Location("a.py", Span(2, 1, 2, 3)),
        Location("a.py", Span(9, 1, 9, 2)),
    ]
    shown = Texts({"a.py": b'KEY = ""\nab\n'}.__getitem__).excerpts(secrets, secrets)["a.py"]
    assert shown == {1: 'KEY = ""', 2: "ab", 3: ""}
