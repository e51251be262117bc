"""What one examination keeps for the next of the same repository: an editor asks for one after every keystroke.

The survey holds while no file and no folder changed on disk, the facts of a file while its bytes are the same, and what
was made of the project while the parts it was made of are (`model/memory.py`). Texts are kept with their bytes.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from constitution_lint.cache import Cache, files_hold, folders_hold
from constitution_lint.discovery.git_index import count_tracked

if TYPE_CHECKING:
    from constitution_lint.catalogue import Catalogue
    from constitution_lint.config import Settings
    from constitution_lint.discovery.survey import Survey
    from constitution_lint.judge.source_lines import Texts
    from constitution_lint.model.project import Project
    from constitution_lint.reading import Earlier

_MOST_WALKED = 1_000_000
"""Expressions and statements that walks may hold from one examination to the next."""


class Kept:
    """The parts of the last examination. One that was never used is empty, and everything is made anew.

    One for a single examination keeps nothing of what its answers rest on.
    """

    def __init__(self, single: bool = False) -> None:
        self.single = single
        self.catalogue: Catalogue | None = None
        self.project: Project | None = None
        self.files: Earlier = {}
        self.texts: Texts | None = None
        self._survey: Survey | None = None
        self._surveyed: object = None
        self._is_settled = False

    def store(self, root: Path, cache: bool) -> Cache:
        """What other runs left on disk, for the first examination; after it that knows no more than is kept here."""
        return Cache.to_read(root) if cache and self.project is None else Cache(None)

    def survey(self, root: Path, settings: Settings, overlay: Mapping[str, bytes]) -> Survey:
        """What is where in the target, looked for again only if something else may be there."""
        from constitution_lint.discovery.survey import discover

        asked = (root, settings.exclude, frozenset(overlay), count_tracked(root))
        known = self._survey
        if known is not None and asked == self._surveyed and _holds(known, root, overlay):
            return known
        self._survey, self._surveyed = discover(root, settings, overlay), asked
        return self._survey

    def texts_of(self, read: Callable[[str], bytes]) -> Texts:
        """The texts of the target's files as they are now; what was split into lines before is not split again."""
        from constitution_lint.judge.source_lines import Texts

        self.texts = Texts(read, self.texts)
        return self.texts

    def settle(self) -> None:
        """After an examination: what was read is there to stay, so no collection need look through it after each edit,
        and walks over bodies that edits have replaced are let go."""
        from constitution_lint.model import walk

        walk.forget(_MOST_WALKED)
        if not self._is_settled:
            gc.freeze()
            self._is_settled = True


def _holds(survey: Survey, root: Path, overlay: Mapping[str, bytes]) -> bool:
    """Do folders and files stand as they did? A buffer that was never saved is no file yet."""
    saved = {file: state for file, state in survey.files.items() if file not in overlay or (root / file).exists()}
    return folders_hold(str(root), survey.folders) and files_hold(str(root), saved)
