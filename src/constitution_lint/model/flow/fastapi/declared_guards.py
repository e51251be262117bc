"""Guards declared in the settings: what they return counts as verified, and nothing looks inside them."""

from constitution_lint.config import Declared
from constitution_lint.model.flow.values import Atom, ClassRef, External, FunctionValue, Instance, Made


def declared_guard(guards: tuple[Declared, ...], atom: Atom) -> str:
    """Why a dependency is taken to verify: "declared: …" where the settings name it, or what made it; else ""."""
    if guards:
        module, inside = _parts(atom)
        for one in guards:
            if _names(one.name.split("."), module, inside):
                return f"declared: {one.reason}"
    return ""


def _parts(atom: Atom) -> tuple[list[str], list[str]]:
    """The dotted name of a dependency, apart: that of its module, and the way to it inside."""
    if isinstance(atom, FunctionValue):
        return _module(atom.file), atom.qualname.split(".")
    if isinstance(atom, ClassRef | Instance):
        return _module(atom.file), atom.name.split(".")
    if isinstance(atom, External | Made):
        return [], atom.dotted.split(".")
    return [], []


def _module(file: str) -> list[str]:
    parts = file.removesuffix(".py").split("/")
    return parts[:-1] if parts[-1] == "__init__" else parts


def _names(wanted: list[str], module: list[str], inside: list[str]) -> bool:
    """Does a dotted name, from any package above, end at the dependency or at the function or class that holds it?"""
    whole = [*module, *inside]
    ends = range(len(module) + 1, len(whole) + 1)
    return any(whole[max(0, end - len(wanted)) : end] == wanted for end in ends)
