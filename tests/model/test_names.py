"""What a name means where star imports run in circles: found behind any of them, in a time that does not explode."""

from serving import names_for

PACKAGE = 30


def test_stars_that_lead_back_are_asked_once() -> None:
    """Each module takes all names from every other one: the ways through them are more than can be counted."""
    everyone = "".join(f"from .m{number} import *\n" for number in range(PACKAGE))
    files = {f"app/m{number}.py": f"from . import *\n{everyone}" for number in range(PACKAGE)}
    files["app/__init__.py"] = everyone
    files["app/m7.py"] += "class Task: ...\n"
    names = names_for(files)
    found = names.resolve("app/m3.py", "Task")
    assert found is not None
    assert (found.kind, found.file) == ("class", "app/m7.py")
    assert names.resolve("app/m3.py", "Missing") is None


def test_the_last_star_wins() -> None:
    names = names_for(
        {"a.py": "x = 1\n", "b.py": "x = 2\n", "c.py": "from a import *\nfrom b import *\nfrom a import *\n"}
    )
    found = names.resolve("c.py", "x")
    assert found is not None
    assert found.file == "a.py"


def test_a_file_is_not_what_it_imports_by_its_own_name() -> None:
    """`chat/server.py` that takes its base from the library `chat.server`."""
    names = names_for({"app/src/chat/__init__.py": "", "app/src/chat/server.py": "from chat.server import Base\n"})
    found = names.resolve("app/src/chat/server.py", "Base")
    assert found is not None
    assert (found.kind, found.dotted) == ("external", "chat.server.Base")
