"""The contract reader: OpenAPI in YAML or JSON, Markdown contracts, and files they refer to become `ContractFacts`.

It stands between the workspace (which contracts there are) and `model/contracts`. `read` is a pure function of the
bytes; the path only tells Markdown from the rest, and `.yaml` files that hold Markdown are known by their headings.
References to other files are kept as written and never opened here.
"""

import re

from constitution_lint.facts.contract import ContractFacts, Fault
from constitution_lint.facts.source import Source, Unreadable
from constitution_lint.readers.contract.nodes import Document, Mapping, read_tree
from constitution_lint.readers.contract.openapi import facts_of, fragment_facts, is_openapi

_HEADING = re.compile(r"^#{1,4} \S", re.MULTILINE)
_BELOW_HEADING = re.compile(r"^(?:\*\*\S|```|\|.*\||[A-Z`][^:\n#]{20,}$)", re.MULTILINE)
_SAMPLE = 8_000


def read(source: Source) -> ContractFacts:
    """The facts of one contract; never raises."""
    if source.path.lower().endswith((".md", ".mdx", ".markdown")):
        return _markdown(source.text)
    return read_structured(source.text, source.path.lower().endswith(".json"))


def read_structured(text: str, is_json: bool = False) -> ContractFacts:
    """An OpenAPI document, a fragment of one, or any other YAML or JSON file of a contracts folder."""
    document = _tree(text, is_json)
    root = document.root
    faults = tuple(document.faults)
    if not (isinstance(root, Mapping) and is_openapi(root)) and document.faults and _is_markdown(text):
        return _markdown(text)
    if not isinstance(root, Mapping):
        lost = tuple(Unreadable(fault.span, fault.message) for fault in faults[:1])
        return ContractFacts(faults=() if lost else faults, unreadable=lost)
    if is_openapi(root):
        return _with_faults(facts_of(root), root, document)
    if document.broken:
        return ContractFacts(unreadable=tuple(Unreadable(fault.span, fault.message) for fault in faults[:1]))
    return fragment_facts(root)


def _markdown(text: str) -> ContractFacts:
    from constitution_lint.readers.contract.markdown import read_markdown

    return read_markdown(text)


def _is_markdown(text: str) -> bool:
    """Does a text that is no YAML open with a heading, hold another, and say something below them?"""
    sample = text[:_SAMPLE].lstrip()
    return sample.startswith("# ") and len(_HEADING.findall(sample)) > 1 and bool(_BELOW_HEADING.search(sample))


def _with_faults(facts: ContractFacts, root: Mapping, document: Document) -> ContractFacts:
    import msgspec

    from constitution_lint.readers.contract.validity import faults_of

    found: list[Fault] = list(document.faults)
    if not document.broken:
        found += faults_of(root)
    return msgspec.structs.replace(facts, faults=tuple(found))


def _tree(text: str, is_json: bool) -> Document:
    document = read_tree(text)
    if is_json and document.broken:
        from constitution_lint.readers.contract.json_tree import read_json_tree

        return read_json_tree(text) or document
    return document
