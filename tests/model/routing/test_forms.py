"""Every form of wiring gives the routes and the dependencies that FastAPI itself builds from the same source."""

from pathlib import Path

import pytest
from serving import Built, dependencies, table
from wiring_forms import FORMS, files_of


@pytest.mark.parametrize("form", sorted(FORMS))
def test_routes_are_those_of_fastapi(form: str, tmp_path: Path) -> None:
    target, files = files_of(form)
    assert table(files) == Built(tmp_path, files, target).table()


@pytest.mark.parametrize("form", sorted(FORMS))
def test_dependencies_are_those_of_fastapi(form: str, tmp_path: Path) -> None:
    target, files = files_of(form)
    assert dependencies(files) == Built(tmp_path, files, target).dependencies()
