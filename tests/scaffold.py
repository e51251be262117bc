"""Begin a new rule: its card, its generator and its chapter in the suite, each with the words still to be written.

    python tests/scaffold.py security-first weak-cipher

The tests stay red until all three are filled in: the card must show a breach that is found.
"""

import sys
from pathlib import Path

from constitution_lint.cli import did_you_mean
from constitution_lint.findings import GATES

ROOT = Path(__file__).parents[1]
CARD = """---
title: {title}
severity: error
---

## Why

## Remedy

## Breach

```python backend/main.py
```

## Lawful

```python backend/main.py
```
"""
GENERATOR = '''

def {function}(project: Project) -> Iterator[Violation]:
    """{title}."""
    yield from ()
'''


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in GATES:
        hint = did_you_mean(arguments[0], list(GATES)) if arguments else ""
        print(f"usage: scaffold.py GATE RULE; GATE is one of {', '.join(GATES)}{hint}", file=sys.stderr)
        return 2
    gate, rule = arguments
    card = ROOT / "rules" / f"{GATES.index(gate) + 1:02}-{gate}" / f"{rule}.md"
    if card.exists():
        print(f"{card.relative_to(ROOT)} exists", file=sys.stderr)
        return 2
    title = rule.replace("-", " ").capitalize()
    card.write_text(CARD.format(title=title))
    _append(ROOT / "src" / "constitution_lint" / "gates" / f"{gate.replace('-', '_')}.py", rule, title)
    suite = ROOT / "tests" / "gates" / f"{gate}.md"
    suite.write_text(suite.read_text() + f"\n## {rule}\n")
    return 0


def _append(module: Path, rule: str, title: str) -> None:
    """The generator, before `examine`, which closes every gate."""
    before, mark, after = module.read_text().partition("\n\ndef examine(")
    module.write_text(before + GENERATOR.format(function=rule.replace("-", "_"), title=title) + mark + after)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
