"""A small repository with known faults, and what one command line did to it."""

from collections.abc import Callable
from typing import NamedTuple

PLAN = """# Implementation Plan: Todo

**Branch**: `001-todo` | **Date**: 2026-01-05 | **Spec**: [spec.md](spec.md)

## Constitution Check

- [x] **Specification-driven**: maps to spec.md
- [x] **Security-first**: JWT authentication everywhere
"""
SPEC = "# Feature Specification: Todo\n\n## Requirements\n\n- **FR-001**: The system MUST list tasks.\n"
MAIN = """import jwt
from fastapi import FastAPI

app = FastAPI()
SECRET_KEY = "correct-horse-battery-staple"


def read(token: str):
    return jwt.decode(token, SECRET_KEY, algorithms=["HS256"])
"""
CLEAN = MAIN.replace('"correct-horse-battery-staple"', 'os.environ["SECRET_KEY"]').replace(
    "import jwt", "import os\n\nimport jwt"
)
TREE = {"backend/main.py": MAIN, "specs/001-todo/spec.md": SPEC, "specs/001-todo/plan.md": PLAN}


class Ran(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Ran]
