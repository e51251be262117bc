"""The project: the facts of all files, linked. It is the only thing a gate sees."""

from dataclasses import dataclass, field

from constitution_lint.config import Settings
from constitution_lint.facts.code import CodeFacts
from constitution_lint.facts.contract import ContractFacts
from constitution_lint.facts.document import DocumentFacts
from constitution_lint.facts.manifest import ManifestFacts
from constitution_lint.facts.source import Exposure
from constitution_lint.facts.web import WebFacts
from constitution_lint.findings import UnreadableFile
from constitution_lint.model.api import Api
from constitution_lint.model.memory import Memory
from constitution_lint.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Project:
    """Facts by path (relative to the root, forward slashes, in sorted order) and what the model linked from them."""

    workspace: Workspace
    settings: Settings = field(default_factory=Settings)
    code: dict[str, CodeFacts] = field(default_factory=dict)
    documents: dict[str, DocumentFacts] = field(default_factory=dict)
    contracts: dict[str, ContractFacts] = field(default_factory=dict)
    web: dict[str, WebFacts] = field(default_factory=dict)
    manifests: dict[str, ManifestFacts] = field(default_factory=dict)
    api: Api = field(default_factory=Api)
    unreadable: tuple[UnreadableFile, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    """Credentials of vendors in files of any kind, in the order of files and lines."""
    gate_aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Gate slugs with the lower-case names that mean them, from the gates' cards and the settings."""
    memory: Memory = field(default_factory=Memory)
    """What was made of the project already; projects that follow one another by edits share it."""

    def __post_init__(self) -> None:
        self.memory.begin(self)
