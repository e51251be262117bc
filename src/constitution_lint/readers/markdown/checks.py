"""The Constitution Check in all its shapes: boxes, tables, bullets, sub-headings, numbered lists, bold paragraphs."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from msgspec.structs import replace

from constitution_lint.facts.document import CheckItem, ConstitutionCheck, Field, Mark, Section
from constitution_lint.facts.location import Span
from constitution_lint.readers.markdown import status_marks
from constitution_lint.readers.markdown.answers import (
    Answer,
    answer_of,
    bare_status,
    heading_answer,
    is_aside,
    is_steps,
)
from constitution_lint.readers.markdown.check_tables import table_answers
from constitution_lint.readers.markdown.inline import LINE_LIMIT, bold_lead, plain
from constitution_lint.readers.markdown.lines import Line, Lines
from constitution_lint.readers.markdown.tables import tables

_HEADING = re.compile(
    r"\bconstitution(?:al|ality)?\b.*\b(?:re-?)?(?:check(?:s|list)?|compliance|complies|gates?|alignment|review"
    r"|verification"
    r"|validation|adherence|evaluation|assessment)\b"
    r"|\b(?:compliance|alignment|adherence|check)\b.*\bconstitution\b"
    r"|^\W*(?:\d+(?:\.\d+)*\.?\s*)?(?:the )?(?:ten )?gates?\W*(?:check|analysis|evaluation|status|review"
    r"|results?)?\W*$"
    r"|^\W*(?:\d+(?:\.\d+)*\.?\s*)?constitution\W*$"
    r"|\b(?:verifica|valida|avalia|evalua|revis|conformidade|cumplimiento|chequeo|check|gate|prüfung|abgleich|überprüf"
    r"|vérification|contrôle|conformité|провер|соответств)\w*\W+(?:\w+\W+){0,3}"
    r"(?:constitui[çc][ãa]o|constituci[óo]n|constitution|costituzione|konstitution|verfassung|конституц\w*)\b"
    r"|verfassungs(?:prüfung|check)|(?:宪章|憲章|宪法|憲法|章程).{0,6}(?:检查|檢查|检验|校验|审查|審查|合规|檢核|チェック|確認)"
    r"|헌[법장] ?(?:검사|검토|확인|체크|준수)",
    re.IGNORECASE,
)
_RECHECK = re.compile(
    r"re-?check|re-?evaluat|post[- ]?(?:design|phase|implementation|research|planning)|after (?:phase|design)"
    r"|re-?verifica|reavalia|reevalua|p[óo]s[- ](?:design|desenho|fase)|post[- ]diseño"
    r"|(?:重新|再次)(?:检查|檢查)|设计后|設計後|再確認",
    re.IGNORECASE,
)
_VERSION = re.compile(r"\bconstitution\b[\s:*(`]*(?:version[\s:*`]*v?|v)(\d+\.\d+(?:\.\d+)?)\b", re.IGNORECASE)
_GENERIC_TEMPLATE = re.compile(r"\[Gates determined based on|\[GATES?\b", re.IGNORECASE)
_NO_GATES = re.compile(
    r"\bno (?:(?:specific|explicit|formal|concrete|project) )*(?:gates?|principles?|rules?)"
    r" (?:(?:are |is |were )?(?:yet )?defined|to (?:check|enforce|apply|validate)|(?:yet )?defined|apply|exist)\b"
    r"|\bconstitution (?:file |template |itself )*(?:is|contains|holds) (?:still |only |just )*(?:an? |the )?"
    r"(?:\w+ )?(?:placeholders?|template|unfilled|empty|blank)\b"
    r"|\bno (?:(?:active|ratified|project|formal) )*constitution(?:al (?:constraints?|rules?|principles?|gates?))?"
    r"(?: \w+){0,2} (?:file|exists?|found|defined|validate|check|yet)\b",
    re.IGNORECASE,
)
_GATE_NOTE = re.compile(r"^[*_>\s]*GATE: Must pass", re.IGNORECASE)

_WORST_FIRST: tuple[Mark, ...] = ("fail", "partial", "unmarked", "pass", "na")
_OUTCOME = re.compile(
    r"^[*_`\s]*(?:PASS(?:ED)?|FAIL(?:ED)?|BLOCK(?:ED)?|PARTIAL|CONDITIONAL(?: PASS)?)\b(?: [A-Z]+)*"
    r"[*_`\s]*(?:[:–—-].*)?$"
)
"""`- [x] PASS: all principles satisfied`: one of the outcomes among which a form lets choose."""
_SIGNED_WORD = re.compile(r"^[✅✓✔☑❌✗⚠]\ufe0f?\s*[*_]*[A-Z]{4,}(?: [A-Z]{2,})?[*_.]*$")
"""`✅ PLANNED`: a sign with one word in capitals, whichever it is."""

State = Literal["answered", "template", "prose", "summary", "empty"]


class _Block(NamedTuple):
    """A heading (None for what stands directly below the check's own) and the lines up to the next one."""

    heading: Line | None
    lines: list[Line]


class _Run(NamedTuple):
    """Answers of one list, one table or one kind of paragraph: they are siblings."""

    answers: list[Answer]


def checks(document: Lines, found: Sequence[Section]) -> tuple[ConstitutionCheck, ...]:
    """Every Constitution Check of a document; a re-check inside one becomes a check of its own."""
    result: list[ConstitutionCheck] = []
    covered = 0
    for section in found:
        if section.span.line <= covered or section.level == 1 or not _HEADING.search(section.title):
            continue
        covered = section.last_line
        lines = document.below(section.span.line + 1, section.last_line)
        result.extend(_check(section, lines))
    return tuple(result) or tuple(_below_bold_title(document))


def _below_bold_title(document: Lines) -> Iterator[ConstitutionCheck]:
    """Where no heading names a check: the list below a line such as `**Constitutional Compliance:**`."""
    for position, line in enumerate(document.lines):
        lead = bold_lead(line.body) if line.kind == "text" else None
        if lead is None or lead[1].strip(" :") or not _HEADING.search(plain(lead[0])):
            continue
        below: list[Line] = []
        for following in document.lines[position + 1 :]:
            if following.kind not in ("item", "blank", "row", "delimiter"):
                break
            below.append(following)
        built = _built(line.span, plain(lead[0]).rstrip(": "), [_Block(None, below)])
        if built.items:
            yield built


def _check(section: Section, lines: Sequence[Line]) -> list[ConstitutionCheck]:
    parts: list[tuple[Span, str, list[_Block]]] = [(section.span, section.title, [])]
    for block in _blocks(lines):
        if block.heading and _RECHECK.search(block.heading.body):
            parts.append((block.heading.span, plain(block.heading.body), []))
        parts[-1][2].append(block)
    built = [_built(*part) for part in parts]
    return [check for check in built if check.state != "empty"] or built[:1]


def _blocks(lines: Sequence[Line]) -> list[_Block]:
    blocks = [_Block(None, [])]
    for line in lines:
        if line.kind == "heading":
            blocks.append(_Block(line, []))
        elif line.kind not in ("fence", "code", "front") and not _GATE_NOTE.match(line.body):
            blocks[-1].lines.append(line)
    return blocks


def _built(span: Span, title: str, blocks: list[_Block]) -> ConstitutionCheck:
    runs = [run for block in blocks for run in _runs(block)]
    summaries = [answer.item for run in runs for answer in run.answers if answer.summary]
    verdict = next((item.status for item in summaries if item.status != "unmarked"), "unmarked")
    items = tuple(sorted(_under(verdict, answer) for answer in _kept(runs)))
    said = [line for block in blocks for line in block.lines if line.kind != "blank"]
    summary = summaries[-1] if summaries else None
    return ConstitutionCheck(span, title, _state(items, summary, said), items, summary, _versions(said))


def _versions(said: Sequence[Line]) -> tuple[Field, ...]:
    found = [(line.number, match) for line in said if (match := _VERSION.search(line.text[:LINE_LIMIT]))]
    return tuple(
        Field(Span(number, match.start(1) + 1, number, match.end(1) + 1), "Constitution version", match.group(1))
        for number, match in found
    )


def _state(items: Sequence[CheckItem], summary: CheckItem | None, said: Sequence[Line]) -> State:
    if items:
        return "template" if all(item.template for item in items) else "answered"
    if any(_GENERIC_TEMPLATE.search(line.text) for line in said):
        return "template"
    if summary and not any(_NO_GATES.search(line.text[:LINE_LIMIT]) for line in said):
        return "summary"
    return "prose" if said else "empty"


def _kept(runs: Sequence[_Run]) -> Iterator[Answer]:
    """Answers with a mark and their siblings; where nothing carries a mark, all of them."""
    any_marked = any(not answer.weak for run in runs for answer in run.answers if not answer.summary)
    for run in runs:
        if not any_marked or any(not answer.weak for answer in run.answers):
            yield from (answer for answer in run.answers if not answer.summary)


def _under(verdict: str, answer: Answer) -> CheckItem:
    """An answer without a mark of its own stands as the summary line says."""
    if not answer.weak or verdict != "pass":
        return answer.item
    item = answer.item
    return CheckItem(item.span, item.name, "pass", item.text, item.template, item.group)


def _runs(block: _Block) -> Iterator[_Run]:
    group = ""
    said: Mark = "unmarked"
    if block.heading:
        head = _head(block.heading, block.lines)
        if not head.weak:
            yield _Run([head])
            yield from _below_answer(block, head.item.name)
            return
        group = head.item.name
        if is_aside(group):
            return
        said = head.item.status if head.summary else said
    named = {line.number for line in block.lines if line.kind == "item" and said != "unmarked" and bold_lead(line.body)}
    for run in _listing(block.lines, group):
        yield _Run([_with(said, one) if one.item.span.line in named else one for one in run.answers])


def _with(status: Mark, answer: Answer) -> Answer:
    """An answer without a mark of its own below "### ✅ Compliance Checks": the heading's sign is said of each."""
    if not answer.weak or answer.summary:
        return answer
    return answer._replace(item=replace(answer.item, status=status), weak=False)


def _below_answer(block: _Block, name: str) -> Iterator[_Run]:
    """Below a heading that is an answer the lists give its reasons, unless each of their items answers in words."""
    yield from _paragraphs_below_answer(block)
    answers = [
        answer for line in block.lines if line.kind == "item" and line.indent == 0 and (answer := answer_of(line, name))
    ]
    tops = sum(line.kind == "item" and line.indent == 0 for line in block.lines)
    if tops > 1 and len(answers) == tops and all(_in_words(answer) for answer in answers):
        yield _Run(answers)


def _in_words(answer: Answer) -> bool:
    """`**Traceability**: ✅ PASS` says it in words; the sign alone of "- ✅ specification complete" gives a reason."""
    if _SIGNED_WORD.match(answer.item.text) and not answer.summary:
        return True
    word = status_marks.leading_word(answer.item.text)
    return word is not None and word[0] == answer.item.status and not word[1].strip(" .*") and not answer.summary


def _head(heading: Line, lines: Sequence[Line]) -> Answer:
    """The heading's own answer, with the status line below it where there is one."""
    head = heading_answer(heading)
    if head.summary:
        return head._replace(weak=True)
    if not head.weak:
        return head
    first = next((line for line in lines if line.kind != "blank"), None)
    if sum(_opens_with_status(line) for line in lines) > 1:
        return head
    status = bare_status(first) if first and first.kind in ("text", "item") and first.box is None else None
    if status is None:
        return head
    status = _worst_below(lines) or status
    item = head.item
    return Answer(CheckItem(item.span, item.name, status, item.text, False, ""), False, head.summary)


def _worst_below(lines: Sequence[Line]) -> Mark | None:
    """What a list below a heading says of it where each item opens with a status: the one deviation among passes."""
    said = [bare_status(line) for line in lines if line.kind == "item" and line.indent == 0]
    if len(said) < 2 or None in said:
        return None
    return next((status for status in _WORST_FIRST if status in said), None)


def _opens_with_status(line: Line) -> bool:
    """`✅ **PASS**: TypeScript for type safety`: of several such paragraphs each answers for what it says."""
    lead = bold_lead(status_marks.without_signs(line.body).strip()) if line.kind == "text" else None
    word = status_marks.leading_word(plain(lead[0])) if lead else None
    return lead is not None and word is not None and not word[1].strip(" .*:") and len(lead[1].split()) > 1


def _paragraphs_below_answer(block: _Block) -> Iterator[_Run]:
    """Below a heading that is an answer, only paragraphs that open with a sign are answers too."""
    answers: list[Answer] = []
    for line in block.lines:
        if (
            line.kind == "text"
            and bare_status(line) is None
            and status_marks.without_leading_sign(line.body) != line.body
        ):
            answer = answer_of(line, plain(block.heading.body) if block.heading else "")
            if answer and not answer.summary and not _leaves_alone(answer):
                answers.append(answer)
    yield _Run(answers)


def _leaves_alone(answer: Answer) -> bool:
    """`❌ NO CHANGES to the backend`: the cross marks what is not done, not what fails."""
    return answer.item.status == "fail" and answer.item.name[:3].casefold() == "no "


def _listing(lines: Sequence[Line], group: str) -> Iterator[_Run]:
    """The answers of lists, tables and paragraphs in the order they stand, siblings together."""
    listing = _Listing(group)
    choices = [line for line in lines if line.kind == "item" and line.box is not None and _OUTCOME.match(line.body)]
    if len(choices) > 1:
        yield _Run([_chosen(line) for line in choices if status_marks.of_box(line.box) == "pass"])
        lines = [line for line in lines if line not in choices]
    for line in lines:
        listing.take(line)
    yield from (_Run(answers) for answers in listing.runs if answers)
    for table in tables(lines):
        yield _Run(table_answers(table, group))


def _chosen(line: Line) -> Answer:
    """The outcome that is ticked speaks for all gates."""
    word = status_marks.leading_word(line.body)
    item = CheckItem(line.span, plain(line.body), word[0] if word else "unmarked", "", False, "")
    return Answer(item, False, True)


class _Listing:
    """Walks the lines of one block, remembering which paragraph or list item is being explained."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.runs: list[list[Answer]] = [[], []]
        self.explained = False
        self.stack: list[tuple[int, bool]] = []

    def take(self, line: Line) -> None:
        if line.kind == "text":
            self._paragraph(line)
        elif line.kind == "item":
            self._item(line)
        elif line.kind == "rule":
            self.explained = False

    def _paragraph(self, line: Line) -> None:
        if line.indent >= 2 and self.stack:
            return
        lead = bold_lead(status_marks.without_signs(line.body).strip())
        signed = status_marks.without_leading_sign(line.body) != line.body
        self.stack = []
        self.runs.append([])
        if lead is not None and (is_steps(plain(lead[0])) or (is_aside(plain(lead[0])) and not lead[1].strip(" :"))):
            self.explained = True
            return
        answer = answer_of(line, self.group)
        if answer is None or not _answers(answer, lead is not None, signed):
            self.explained = False
            self.group = answer.item.name if answer and lead else self.group
            return
        self.explained = not answer.summary and not answer.weak
        self.runs[1].append(answer)

    def _item(self, line: Line) -> None:
        if self.explained:
            return
        while self.stack and self.stack[-1][0] >= line.indent:
            self.stack.pop()
        if any(marked for _, marked in self.stack):
            return
        answer = answer_of(line, self.group)
        if answer is None:
            return
        if self.stack and answer.weak:
            return
        if not self.stack and not (self.runs and len(self.runs) > 2):
            self.runs.append([])
        self.stack.append((line.indent, not answer.weak))
        self.runs[-1].append(answer)


def _answers(answer: Answer, bold: bool, signed: bool) -> bool:
    """Whether a paragraph is an answer: it carries a mark, or is a bold name with something said of it."""
    if answer.summary:
        return answer.item.status != "unmarked"
    if not answer.weak:
        return bold or signed or len(answer.item.name) <= 80
    return bold and len(answer.item.text.split()) >= 3
