"""One answer of a Constitution Check: a line or heading cut into the gate's name, its status and the reason given."""

import re
from typing import NamedTuple

from constitution_lint.facts.document import CheckItem, Mark
from constitution_lint.facts.location import Span
from constitution_lint.readers.markdown import status_marks
from constitution_lint.readers.markdown.inline import bold_lead, plain
from constitution_lint.readers.markdown.lines import Line

NAME_LIMIT = 160

_NUMBERING = re.compile(
    r"^(?:(?:rule|principle|gate|article|section|standard|pillar|law|check|req(?:uirement)?|core principle)\s*#?"
    r"(?:\d+(?:\.\d+)*|[ivxlc]+)|§\s*[\w.]+|[ivxlc]+|\d+(?:\.\d+)*)\s*[.)]?$",
    re.IGNORECASE,
)
_BEFORE_NAME = re.compile(r"^\W*\d+(?:\.\d+)*[.)]\s+|(?<!\S)/\w[\w.-]*")
"""What stands in a name and is no word of it: its number, and the command that comes next ("/plan.tasks")."""
_SEPARATOR = re.compile(r":(?=\s|\*|$)|：|\s+[-–—→]+\s+|\s+[–—]|:(?=[✅✓✔❌⚠])")
_SUMMARY_WORD = re.compile(
    r"all|still|remain|remains|the|of|a|an|and|for|in|with|are|is|be|has|have|to|no|any|every|each|overall|final|pre|post|phase"
    r"|design|research|gate|gates|constitution|constitutional|compliance|compliant|check|checks|result"
    r"|results|status|summary|conclusion|verdict|evaluation|assessment|outcome|decision|principle"
    r"|principles|requirement|requirements|violation|violations|deviation|deviations|issue|issues|detected"
    r"|identified|found|required|initial|re-check|recheck|review|determination|alignment|validation|report"
    r"|readiness|planning|implementation|approved|proceed|ready|must|pass|passed|passes|satisfied|met|fully"
    r"|project|feature|plan|this|pre-research|pre-design|post-design|pre-planning|pre-phase|post-phase"
    r"|pre-implementation|articles|standards|rules|score|rating|total|verification|complete|completed"
    r"|approval|approach|approaches|comply|complies|align|aligns|satisfy|satisfies|adhere|adhered|verified|core|passing"
    r"|s|by|to|with|proposed|ten|nine|eight|seven|six|five|four|three"
)
_STATUS_LABEL = re.compile(
    r"status|result|compliance|verdict|assessment|compliant|check|gate|outcome|evaluation|rating|state"
    r"|conformance|compliance_status|gate_status|alignment|pass|passed"
)
_NO_VIOLATION = re.compile(
    r"^no (?:(?:constitution(?:al)?|gate|principle|unjustified|known|critical|complexity) )*(?:violations?|deviations?"
    r"|issues|conflicts)\b",
    re.I,
)
_ASIDE = re.compile(
    r"^(?:\W*|the )(?:justifications?|notes?|rationale|evidence|constitution (?:version|deviations?|reference"
    r"|alignment notes)"
    r"|complexity(?: tracking)?|actions?|next steps?|recommendations?|mitigations?|reasons?"
    r"|sources?(?! (?:code|control))|references?|last updated"
    r"|(?:date|key)(?=\W*$)|reviewer|reviewed by|legend|details|deviations?|justified|version(?! control)"
    r"|remediation|follow-?ups?"
    r"|explanation|assumptions?"
    r"|re-?check(?: required)?|re-?evaluation|trade-?offs?|violations?|potential (?:constitution )?violations?"
    r"|clarifications?|blockers?|risk assessment|risks? (?:and|&) mitigations?|adr recommendations?)\b[^,;]{0,24}$"
    r"|^\W*(?:(?:open|potential|remaining|known) )?(?:concerns|gaps|issues|risks|warnings)\W*$",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"^\W*(?:(?:verification|validation|review|re-?check|check|action|follow-?up|next|required) )?"
    r"(?:steps|tasks|actions|procedure|method|objectives?|goals?|expected (?:results?|outcomes?))\W*$",
    re.IGNORECASE,
)
_STATUS_AT_END = re.compile(
    r"[\s(\[:–—-]*\b(?:(?:FULLY|MOSTLY|NOT|NON|CONDITIONAL(?:LY)?|PARTIAL(?:LY)?|ALL|JUSTIFIED)[ -])?"
    r"(?:PASS(?:ED|ES)?|COMPLIANT|FAIL(?:ED)?|PARTIAL|N/A|SATISFIED|DEFERRED|ALIGNED|DEVIATION)[)\]]*(?:\s*\([^()]*\))?\s*$"
)
"""A heading's status, with what justifies it: "Observability PARTIAL (justified)"."""
_BRACKETED_STATUS = re.compile(r"\[([A-Za-z][A-Za-z/ -]{1,23})\](?![(\[:])\s*")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_COUNTED = re.compile(
    r"^\W*(?:(?:total|number of|constitution(?:al)?|critical|unjustified|open|known|gates?|principles?|checks?) ){0,3}"
    r"(?P<bad>violations?|failures?|failed|fails|non-?compliant)?"
    r"(?(bad)|(?:pass(?:ed|es|ing)?|compliant|satisfied|met|partial|partially met|not applicable|n/?a))"
    r"(?: (?:gates?|principles?|checks?|found|identified|detected|count))*\W*:\W*"
    r"(?:(?P<none>none|nil|zero|n/a|not applicable|0(?!\s*(?:/|of\b)))"
    r"|\d+(?:\s*(?:/|(?:out )?of)\s*\d+)?(?!\s*%))"
    r"(?:\s+(?:gates?|principles?|checks?|violations?|found|identified|detected))*(?:\s*[(.;,✅✓]|\s+[-–—]\s|\W*$)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\?\s*$")
_NOT_APPLICABLE_AT_END = re.compile(r"\((?:[^()]*\s[–—-]\s+)?(?:N/A|not applicable)\b[^()]*\)\s*$", re.IGNORECASE)
"""An open box with its reason: "Events considered (Phase V - not applicable yet)"."""


class Answer(NamedTuple):
    """A line understood. `weak`: it carries no mark of its own. `summary`: it speaks for all gates."""

    item: CheckItem
    weak: bool
    summary: bool


def answer_of(line: Line, group: str = "") -> Answer | None:
    """The answer that a list item or paragraph gives; None for a line without a name."""
    if line.box is None and (counted := count_of(plain(line.body))):
        return _answer_of_count(line, counted)
    name, said, early = _split(line.body)
    if not name or (is_aside(name) and line.box is None):
        return None
    status, marked = _status(line, name, said, early)
    return _answer(line.span, name, said, status, marked, group, line.box)


def count_of(text: str) -> re.Match[str] | None:
    """A text that counts gates and names none: "Violations: None", "Passed: 9/9"."""
    return _COUNTED.match(text[:NAME_LIMIT])


def _answer_of_count(line: Line, counted: re.Match[str]) -> Answer | None:
    """What a count of gates says: "Violations: None" speaks for all of them, "Violations: 1 (…)" for none by name."""
    if not (counted["bad"] and counted["none"]):
        return None
    return _answer(line.span, "No violations", plain(line.body), "pass", True, "", None)


def heading_answer(line: Line) -> Answer:
    """What a heading answers: its name without marks, and its status where it carries one."""
    title = plain(line.body)
    found = status_marks.signs(title)
    status = status_marks.shouted(title) or (found[-1] if found else None)
    name = status_marks.without_signs(title)
    name = _STATUS_AT_END.sub("", name)
    name = name.strip(" \t:–—-") or status_marks.without_signs(title).strip()
    if is_aside(name):
        status = None
    if _NO_VIOLATION.match(name):
        status = "pass"
    return _answer(line.span, name, "", status or "unmarked", status is not None, "", None)


def bare_status(line: Line) -> Mark | None:
    """The status of a line that holds nothing else ("**Status**: PASS"): it answers the heading above."""
    text = plain(line.body)
    head, _, rest = text.partition(":")
    label = "_".join(_WORD.findall(status_marks.without_signs(head).casefold()))
    if rest.strip() and _STATUS_LABEL.fullmatch(label) and (said := status_marks.of_cell(rest.strip()[:120])):
        return said
    word = status_marks.leading_word(text)
    if word and (not word[1].strip(" *") or re.match(r"\s*[-–—:;,.(!]", word[1])):
        return word[0]
    stripped = status_marks.without_signs(text).strip(" -–—:")
    return status_marks.signs(text)[0] if not stripped and status_marks.signs(text) else None


def _answer(span: Span, name: str, said: str, status: Mark, marked: bool, group: str, box: str | None) -> Answer:
    summary = is_summary_name(name) and box is None
    if summary and not marked:
        status, marked = _summary_status(f"{name} {said}"), True
    template = box == " " and status == "unmarked" and bool(_QUESTION.search(said or name))
    item = CheckItem(span, name[:NAME_LIMIT], status, said[:400], template, group)
    return Answer(item, not marked and box is None, summary)


def is_aside(name: str) -> bool:
    """A name that stands beside the gates: "Justifications", "Note", "Constitution version"."""
    return bool(_ASIDE.match(name))


def is_steps(name: str) -> bool:
    """A label over what is still to be done ("Verification Steps"): nothing below it has been answered yet."""
    return bool(_STEPS.match(name))


def is_summary_name(name: str) -> bool:
    if _NO_VIOLATION.match(name):
        return True
    words = _WORD.findall(_first_sentence(_BEFORE_NAME.sub("", name)).casefold())
    return 0 < len(words) <= 14 and all(_SUMMARY_WORD.fullmatch(word) or word.isdigit() for word in words)


def _first_sentence(text: str) -> str:
    return re.split(r"[.;!](?:\s|$)", text, maxsplit=1)[0]


def _summary_status(text: str) -> Mark:
    """What a summary without sign says: "All gates pass", "No violations detected"."""
    if _NO_VIOLATION.match(text):
        return "pass"
    if re.search(r"\b(?:fail(?:s|ed)?|not (?:all|pass|met)|violated|blocked)\b", text, re.I):
        return "fail"
    return (
        "pass"
        if re.search(
            r"\b(?:pass(?:es|ed)?|satisfied|met|compliant|complies|align(?:ed|s)?|adhered|verified)\b", text, re.I
        )
        else "unmarked"
    )


def _split(body: str) -> tuple[str, str, Mark | None]:
    """Name, what is said of it, and the status of signs or words in front of the name."""
    early, text = _bracketed_status(body.strip())
    while True:
        bare = _without_leading_signs(text)
        if bare != text:
            found = status_marks.signs(text[: len(text) - len(bare)])
            early = found[0] if found else early
            text = bare
        name, said = _cut(text)
        word = status_marks.leading_word(name)
        if not (word and not word[1].strip(" *.:)]")) or not said:
            return name, said, early
        early, text = word[0], said


def _bracketed_status(text: str) -> tuple[Mark | None, str]:
    """The status of `[PASS] Tests exist`, and the text behind it."""
    match = _BRACKETED_STATUS.match(text)
    word = status_marks.leading_word(match.group(1)) if match else None
    if match is None or word is None or word[1].strip():
        return None, text
    return word[0], text[match.end() :]


def _without_leading_signs(text: str) -> str:
    text = text.lstrip()
    while text:
        shorter = re.sub(r"^[\s\ufe0f]+", "", text)
        bare = status_marks.without_leading_sign(shorter)
        if bare == text:
            return text
        text = bare
    return text


def _cut(text: str) -> tuple[str, str]:
    """The name and the rest of a line: at the end of its bold opening, else at the first colon or dash."""
    if lead := bold_lead(text):
        name, rest = plain(lead[0]), lead[1]
        if _NUMBERING.match(name.rstrip(":. ")):
            more, said = _cut_at_separator(rest.lstrip(" :-–—."))
            return f"{name} {plain(more)}".strip(), plain(said)
        return _named(name, plain(rest))
    name, said = _cut_at_separator(text)
    return _named(plain(name), plain(said))


def _named(name: str, said: str) -> tuple[str, str]:
    return status_marks.without_signs(name).strip(" \t:–—-"), (" ".join(_signs_of(name)) + " " + said).strip(" \t:–—-")


def _signs_of(name: str) -> list[str]:
    return status_marks.sign_texts(name)


def _cut_at_separator(text: str) -> tuple[str, str]:
    start = 0
    while match := _SEPARATOR.search(text, start):
        if match.start() > NAME_LIMIT:
            break
        inside = _inside_code(text, match.start()) or _inside_brackets(text, match.start())
        if not inside and not _NUMBERING.match(plain(text[: match.start()]).strip()):
            return text[: match.start()], text[match.end() :]
        start = match.end()
    return text, ""


def _inside_code(text: str, position: int) -> bool:
    return text.count("`", 0, position) % 2 == 1


def _inside_brackets(text: str, position: int) -> bool:
    """Whether a bracket is open at a place, and closed behind it."""
    return text.count("(", 0, position) > text.count(")", 0, position) and ")" in text[position:]


def _status(line: Line, name: str, said: str, early: Mark | None) -> tuple[Mark, bool]:
    """The status and whether any mark gave it."""
    answered = status_marks.of_answer(said) if said else None
    if answered and (early is None or answered != "pass"):
        return answered, True
    if early:
        return early, True
    trailing = status_marks.signs(line.body)
    if trailing:
        return trailing[-1], True
    capitals = status_marks.shouted(name[-40:])
    if capitals:
        return capitals, True
    box = status_marks.of_box(line.box)
    if box == "unmarked" and _NOT_APPLICABLE_AT_END.search(name):
        return "na", True
    return (box, box != "unmarked") if box else ("unmarked", False)
