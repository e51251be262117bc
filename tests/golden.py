"""Golden files: what is printed today against what was accepted; `make accept` writes them anew. Read the diff."""

import os
from pathlib import Path


def compare(file: Path, text: str) -> None:
    """Byte for byte, or with CONSTITUTION_LINT_ACCEPT set the text becomes the file."""
    if os.environ.get("CONSTITUTION_LINT_ACCEPT"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    assert file.read_bytes().decode() == text, f"{file.name} differs from what is printed; `make accept` writes it anew"
