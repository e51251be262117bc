"""Under gates 2 and 4: variables of the environment. Which the code reads, where they are written down, and which files
that hold their values are kept in git."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Call,
    ClassDef,
    CodeFacts,
    Const,
    Expr,
    ExprStmt,
    Name,
    Subscript,
)
from constitution_lint.facts.location import Location
from constitution_lint.facts.manifest import Variable
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.security.secrets import kind_of_name
from constitution_lint.model.walk import classes, dotted_name, walk_expressions, walk_statements

_READS = frozenset({"os.getenv", "os.environ.get", "os.environ", "decouple.config"})
_SETTINGS = ("BaseSettings", "EnvSettings")
_JUDGED = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_GIVEN = re.compile(
    r"(?:VERCEL|RAILWAY|RENDER|HEROKU|DYNO|FLY|K|KUBERNETES|AWS_LAMBDA|GITHUB|GITLAB|CI|NEXT_RUNTIME|NEXT_PHASE|NODE|NOW|NPM"
    r"|XDG|WEBSITE|WEBSITES|GOOGLE_CLOUD|GCP|GAE|CODESPACE|CODESPACES|PYTEST|SPACE|HF|DAPR|POD|PYTHON|PIP|CF|NETLIFY|LC)_\w*"
    r"|NODE_ENV|VERCEL|VIRTUAL_ENV|SSH_\w+|AWS_(?:REGION|DEFAULT_REGION|EXECUTION_ENV)|TEST_\w+|\w+_TEST"
)
"""Variables that the platform, the shell or a test run sets, or that a test run asks for: nobody documents them."""
_DEPLOYING = frozenset({"compose", "dockerfile", "deployment"})
_GENERATED = 16
"""Characters that a generated key has at least."""
_EXAMPLE = re.compile(
    r"example|sample|template|dist\b|default|schema|test|(?:^|[._-])ci(?:[._-]|$)|docker$", re.IGNORECASE
)


class EnvironmentRead(NamedTuple):
    """A variable at a place where the code reads it."""

    location: Location
    name: str


class KeptSecrets(NamedTuple):
    """An environment file with values that work as secrets: its first one, and the names of all."""

    location: Location
    names: tuple[str, ...]


def undocumented_variables(project: Project) -> Iterator[EnvironmentRead]:
    """Each variable that product code reads and nothing writes down, at its first reading."""
    known = _documented(project)
    told: set[str] = set()
    for read in sorted((*_python_reads(project), *_web_reads(project))):
        if read.name not in known and read.name not in told and _JUDGED.fullmatch(read.name):
            told.add(read.name)
            if not _GIVEN.fullmatch(read.name):
                yield read


def _python_reads(project: Project) -> Iterator[EnvironmentRead]:
    for file in project.code:
        if is_product(file):
            yield from _reads_in(project, file)


@of_file
def _reads_in(project: Project, file: str) -> tuple[EnvironmentRead, ...]:
    facts = project.code[file]
    written = {id(target) for target in _targets(facts)}
    keys = ((one, _key(one)) for one in walk_expressions(facts.body) if id(one) not in written)
    return tuple(
        EnvironmentRead(Location(file, key.span), key.value)
        for one, key in keys
        if key is not None and isinstance(key.value, str) and _reader(project, file, one) in _READS
    )


def _targets(facts: CodeFacts) -> Iterator[Expr]:
    """What is assigned to: `os.environ["NAME"] = …` sets a variable and reads none."""
    statements = (one for one in walk_statements(facts.body) if isinstance(one, Assign))
    return (target for statement in statements for target in statement.targets if isinstance(target, Subscript))


def _key(expression: Expr) -> Const | None:
    key = expression.positional(0) if isinstance(expression, Call) else None
    key = expression.index if isinstance(expression, Subscript) else key
    return key if isinstance(key, Const) else None


def _reader(project: Project, file: str, expression: Expr) -> str:
    """The full dotted name of what is called, or indexed."""
    read = expression.func if isinstance(expression, Call) else None
    read = expression.value if isinstance(expression, Subscript) else read
    meaning = names_of(project).resolve_expression(file, read)
    return meaning.dotted if meaning is not None and meaning.kind == "external" else ""


def _web_reads(project: Project) -> Iterator[EnvironmentRead]:
    for file, facts in project.web.items():
        if is_product(file):
            yield from (EnvironmentRead(Location(file, one.span), one.name) for one in facts.environment)


@remembered
def _documented(project: Project) -> frozenset[str]:
    """Every name that an environment file, a deployment, a document or a class of settings holds."""
    found = {one.name for facts in project.manifests.values() if facts.kind != "next-config" for one in facts.variables}
    for document in project.documents.values():
        found.update(document.names)
    found.update(_settings_fields(project))
    found.update(_told_by_docstrings(project))
    return frozenset(found)


def _told_by_docstrings(project: Project) -> Iterator[str]:
    """The names that a docstring of product code explains."""
    for file in project.code:
        if is_product(file):
            yield from _told_in(project, file)


@of_file
def _told_in(project: Project, file: str) -> tuple[str, ...]:
    statements = (one for one in walk_statements(project.code[file].body) if isinstance(one, ExprStmt))
    texts = (one.value for one in statements if isinstance(one.value, Const))
    return tuple(name for text in texts for name in _JUDGED.findall(str(text.value)))


def _settings_fields(project: Project) -> Iterator[str]:
    names = names_of(project)
    for file, facts in project.code.items():
        for node in classes(facts.body):
            if _is_settings(node) or any(
                (base := names.resolve_expression(file, one)) is not None
                and base.kind == "class"
                and names.is_subclass(base, *_SETTINGS)
                for one in node.bases
            ):
                for statement in node.body:
                    if isinstance(statement, AnnAssign) and isinstance(statement.target, Name):
                        yield statement.target.id.upper()


def _is_settings(node: ClassDef) -> bool:
    return any(dotted_name(base).endswith("Settings") for base in node.bases)


# --- files that hold values -------------------------------------------------------------------------------------------


def tracked_secrets(project: Project) -> Iterator[KeptSecrets]:
    """The environment files with secrets that git tracks."""
    tracked = project.workspace.tracked_env_files
    for file, secrets in _files_with_secrets(project):
        if tracked is not None and file in tracked:
            yield KeptSecrets(Location(file, secrets[0].span), tuple(dict.fromkeys(one.name for one in secrets)))


def possibly_tracked_secrets(project: Project) -> Iterator[Location]:
    """The same where no index of git can be read: whether they were committed, the tree does not say."""
    if project.workspace.tracked_env_files is None:
        yield from (Location(file, secrets[0].span) for file, secrets in _files_with_secrets(project))


def _files_with_secrets(project: Project) -> Iterator[tuple[str, list[Variable]]]:
    for file, facts in project.manifests.items():
        if holds_values(project, file) and not is_aside(file):
            secrets = [one for one in facts.variables if one.secret]
            if secrets:
                yield file, secrets


def deployed_secrets(project: Project) -> Iterator[EnvironmentRead]:
    """Signing keys and credentials that a compose file, an image or a manifest of a cluster gives outright: what looks
    generated, and neither waits for a value nor is looked up."""
    shown = {(one.location.file, one.location.span.line) for one in project.exposures}
    for file, facts in project.manifests.items():
        if facts.kind in _DEPLOYING and not is_aside(file) and not _EXAMPLE.search(file.rpartition("/")[2]):
            for one in facts.variables:
                generated = one.secret and one.form == "text" and one.length >= _GENERATED
                is_key = kind_of_name(one.name) in ("signing", "credential")
                if generated and is_key and (file, one.span.line) not in shown:
                    yield EnvironmentRead(Location(file, one.span), one.name)


def holds_values(project: Project, file: str) -> bool:
    """Is a file an environment file to run with, not an example of one?"""
    facts = project.manifests.get(file)
    return facts is not None and facts.kind == "env" and not _EXAMPLE.search(file.rpartition("/")[2])


def is_aside(file: str) -> bool:
    """Does a file lie among tests, samples or templates?"""
    folder = file.rpartition("/")[0]
    return bool(folder) and not is_product(f"{folder}/_")
