"""Plain values as JSON text: the one place that decides indentation and escaping."""

import json


def dumps(document: object) -> str:
    """Two spaces, keys in the order given, a final newline. Lone surrogates of odd file names stay as they are."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
