"""Small trees of files for tests: a mapping of paths to texts, written below a folder."""

from collections.abc import Mapping
from pathlib import Path


def plant(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write every file; the answer is the folder itself."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        (folder / path).write_bytes(data)
    return folder
