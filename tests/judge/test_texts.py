"""Excerpts: the lines that a report shows."""

from constitution_lint.facts.location import Location, Span
from constitution_lint.judge.source_lines import Texts

ENV = '# mail\nJWT_SECRET=hunter2\nEMPTY=\nKEY="-----BEGIN\nMIIEvQ\n'


def test_values_of_environment_files_are_not_shown() -> None:
    texts = Texts({"backend/.env": ENV.encode(), "notes.txt": ENV.encode()}.__getitem__)
    shown = texts.excerpts([Location("backend/.env", Span(3, 1, 3, 6)), Location("notes.txt", Span(2, 1, 2, 2))])
    assert shown["backend/.env"] == {1: "# mail", 2: "JWT_SECRET=…", 3: "EMPTY=", 4: "KEY=…", 5: "…"}
    assert shown["notes.txt"][2] == "JWT_SECRET=hunter2"
