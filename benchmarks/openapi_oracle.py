"""How close the derived OpenAPI documents come to those that FastAPI made of the same code at run time.

    python benchmarks/openapi_oracle.py ORACLE TREES [--causes]

ORACLE holds JSON files with `app`, `app_file` and `openapi`; TREES holds the work trees, one folder a repository, named
by the part of the oracle file's name before "@". Printed are the share of operations whose path, verb, success status
and parameters (name, place, required) agree, the share of schemas whose name and fields agree, and whether each derived
document is valid. `--causes` names every operation and schema that differs.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from constitution_lint.engine import load
from constitution_lint.model.operations.applications import applications
from constitution_lint.reporters.openapi import document

VERBS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


def operations(made: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(verb, path): item[verb] for path, item in made.get("paths", {}).items() for verb in VERBS if verb in item}


def successes(operation: dict[str, Any]) -> set[str]:
    return {status for status in operation.get("responses", {}) if status[:1] in "23"}


def parameters(operation: dict[str, Any]) -> set[tuple[str, str, bool]]:
    return {(p["name"], p["in"], bool(p.get("required"))) for p in operation.get("parameters", [])}


def fields(schema: dict[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(schema.get("properties", {})), frozenset(schema.get("required", ()))


def compare(theirs: dict[str, Any], ours: dict[str, Any], tally: Counter[str], causes: list[str]) -> None:
    """Count what agrees, and name what does not."""
    known, derived = operations(theirs), operations(ours)
    for key, operation in known.items():
        tally["operations"] += 1
        found = derived.get(key)
        if found is None:
            causes.append(f"{key[0].upper()} {key[1]}: absent")
        elif successes(found) != successes(operation):
            causes.append(f"{key[0].upper()} {key[1]}: status {successes(found)} for {successes(operation)}")
        elif parameters(found) != parameters(operation):
            apart = parameters(found) ^ parameters(operation)
            causes.append(f"{key[0].upper()} {key[1]}: parameters {sorted(map(str, apart))}")
        else:
            tally["operations agreeing"] += 1
    causes += [f"{verb.upper()} {path}: not in the oracle" for verb, path in derived if (verb, path) not in known]
    tally["operations beyond"] += sum(key not in known for key in derived)
    own = ours.get("components", {}).get("schemas", {})
    for name, schema in theirs.get("components", {}).get("schemas", {}).items():
        tally["schemas"] += 1
        if name not in own:
            causes.append(f"schema {name}: absent")
        elif fields(own[name])[0] != fields(schema)[0]:
            causes.append(f"schema {name}: fields {sorted(fields(own[name])[0] ^ fields(schema)[0])}")
        else:
            tally["schemas agreeing"] += 1
            tally["schemas with the same required fields"] += fields(own[name])[1] == fields(schema)[1]


def application(project: Any, oracle: dict[str, Any]) -> Any:
    """The derived application of the oracle's file; of several in one file the one of its variable."""
    variable = oracle["app"].rpartition(":")[2].split(".")[0].rstrip("()")
    here = [app for app in applications(project).values() if app.location.file == oracle["app_file"]]
    named = [app for app in here if app.name.rpartition(":")[2] == variable]
    return next(iter(named or here), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("oracle", type=Path)
    parser.add_argument("trees", type=Path)
    parser.add_argument("--causes", action="store_true")
    arguments = parser.parse_args()
    total: Counter[str] = Counter()
    loaded: dict[Path, Any] = {}
    for file in sorted(arguments.oracle.glob("*.json")):
        oracle = json.loads(file.read_text())
        tree = arguments.trees / file.stem.split("@")[0]
        if not isinstance(oracle.get("openapi"), dict) or not tree.is_dir():
            continue
        if tree not in loaded:
            loaded.clear()
            loaded[tree] = load(tree, cache=False)
        app = application(loaded[tree], oracle)
        made = document(loaded[tree], app) if app is not None else {"openapi": "3.1.0", "paths": {}}
        tally: Counter[str] = Counter()
        causes: list[str] = []
        compare(oracle["openapi"], made, tally, causes)
        faults = [error.message for error in OpenAPIV31SpecValidator(made).iter_errors()]
        tally["documents"] += 1
        tally["documents valid"] += not faults
        total.update(tally)
        print(
            f"{file.stem}: {tally['operations agreeing']}/{tally['operations']} operations,"
            f" {tally['schemas agreeing']}/{tally['schemas']} schemas{', invalid' if faults else ''}"
        )
        for cause in (*causes, *faults) if arguments.causes else faults[:3]:
            print(f"    {cause}")
    print()
    for part, whole in (
        ("operations agreeing", "operations"),
        ("schemas agreeing", "schemas"),
        ("schemas with the same required fields", "schemas"),
        ("documents valid", "documents"),
    ):
        print(f"{part}: {total[part]} of {total[whole]} ({100 * total[part] / max(total[whole], 1):.1f} %)")
    print(f"operations beyond the oracle: {total['operations beyond']}")


if __name__ == "__main__":
    main()
