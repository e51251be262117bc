"""Output of `trace`: JSON, version 1. Keys may be added, never changed."""

from collections.abc import Iterable

from constitution_lint.model.tracing import Dangling, Element, Link, Trace
from constitution_lint.reporters.as_json import dumps


def whole(trace: Trace) -> str:
    """Every element with its state, every link, and every reference that leads nowhere."""
    return dumps(
        {
            "version": 1,
            "elements": [_element(trace, one) for one in trace.elements],
            "links": [_link(one) for one in trace.links],
            "dangling": [_dangling(one) for one in trace.dangling],
        }
    )


def chain(trace: Trace, chosen: Iterable[Element]) -> str:
    """The chosen elements, each with the links above it and all links below it."""
    answers, reasons = trace.answers(), trace.reasons()
    chains = [
        {
            **_element(trace, one),
            "answers": [_link(link) for link in reasons.get(one, [])],
            "answered_by": [_link(link) for link in _all_below(answers, one)],
        }
        for one in chosen
    ]
    return dumps({"version": 1, "chains": chains})


def _all_below(answers: dict[Element, list[Link]], one: Element) -> list[Link]:
    found: list[Link] = []
    waiting, seen = [one], {one}
    while waiting:
        for link in answers.get(waiting.pop(0), []):
            found.append(link)
            if link.below not in seen and link.below.kind != "file":
                seen.add(link.below)
                waiting.append(link.below)
    return found


def _element(trace: Trace, one: Element) -> dict[str, object]:
    return {**_name(one), "state": trace.states.get(one, "undecided"), "text": one.text}


def _name(one: Element) -> dict[str, object]:
    return {
        "kind": one.kind,
        "feature": one.feature,
        "name": one.name,
        "file": one.location.file,
        "line": one.location.span.line,
    }


def _link(link: Link) -> dict[str, object]:
    return {"below": _name(link.below), "above": _name(link.above), "sureness": link.sureness, "how": link.how}


def _dangling(one: Dangling) -> dict[str, object]:
    return {
        "file": one.location.file,
        "line": one.location.span.line,
        "reference": one.reference,
        "message": one.message,
    }
