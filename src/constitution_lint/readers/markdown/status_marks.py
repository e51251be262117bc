"""What a mark says: emoji, words and checkboxes of a Constitution Check turned into one status.

Words win over emoji and emoji over checkboxes: "[x] ⚠️ NOT APPLICABLE" is not applicable, "[ ] PARTIAL" is partial.
"""

import re

from constitution_lint.facts.document import Mark

_SIGNS: dict[Mark, str] = {
    "pass": "✅✓✔☑🟢👍🆗💚",
    "fail": "❌✗✘✖☒🔴⛔🚫❎👎🛑",
    "partial": "⚠🟡🟠🔶🔸⏳🚧🔄🕒◐",
    "na": "⏸⏭➖⊘⚪",
}
_BOX_PASS = frozenset("xX✓✔✅")
_BOX_FAIL = frozenset("❌✗")


def _mojibake(sign: str) -> str:
    """The sign as it looks after its UTF-8 bytes were read as Windows-1252 (seen in plans written on Windows)."""
    return "".join(_windows(byte) for byte in sign.encode())


def _windows(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_STATUS_OF_SIGN: dict[str, Mark] = {sign: status for status, signs in _SIGNS.items() for sign in signs}
_STATUS_OF_SIGN |= {_mojibake(sign): status for sign, status in list(_STATUS_OF_SIGN.items())}
_SIGN = re.compile(
    "(" + "|".join(sorted(map(re.escape, _STATUS_OF_SIGN), key=len, reverse=True)) + ")(?:\ufe0f|ï¸\x8f|ï¸)?"
)

_ENGLISH: tuple[tuple[Mark, str], ...] = (
    ("na", r"n/a|n\.a\.|not[ -]applicable|not relevant|not in scope|out of scope|skipped|exempt(?:ed)?|does not apply"),
    (
        "fail",
        r"fail(?:s|ed|ing|ure)?|violat(?:ion|ions|ed|es)|non-?compliant|not (?:compliant|met|satisfied|passed|passing"
        r"|aligned|ready)|block(?:ed|er)|missing|breached|absent|rejected",
    ),
    (
        "partial",
        r"partial(?:ly)?(?: (?:pass(?:ed)?|compliant|compliance|met))?|(?:justified |documented |accepted )?"
        r"(?:deviation|exception|variance)|justified|minimal compliance|mostly (?:compliant|met)|warn(?:ing)?"
        r"|caution|concern"
        r"|(?:requires?|needs?) (?:attention|review|work|clarification|verification|justification|update|fix(?:ing)?"
        r"|changes?)"
        r"|(?:fix|change|update|work|action|review)s? (?:needed|required)"
        r"|conditional(?:ly)?(?: (?:pass(?:ed)?|compliant))?|pass(?:ed)? with (?:conditions?|warnings?)"
        r"|in[ -]progress|pending|deferred|incomplete|to be (?:verified|confirmed|done)|waived|planned|attention",
    ),
    (
        "pass",
        r"pass(?:es|ed|ing)?|(?:fully |100% )?compl(?:iant|ies|ied|y|iance)|satisf(?:ied|ies)|met|ok(?:ay)?|yes|true"
        r"|confirmed|(?:fully |well )?align(?:ed|s)|approved|fulfilled|verified|adher(?:es|ed|ent|ing)"
        r"|valid(?:ated)?|clear(?:ed)?"
        r"|green|done|complete[d]?|ready|achieved|followed|respected|maintained|enforced|addressed|honou?red"
        r"|good|upheld"
        r"|held|supported|implemented|checked",
    ),
)
_ELSEWHERE: tuple[tuple[Mark, str], ...] = (
    (
        "na",
        r"não aplicável|não se aplica|no aplica(?:ble)?|non applicable|sans objet|nicht anwendbar|entfällt"
        r"|不适用|不適用|無關|无关|該当なし|해당 ?없음|не применимо",
    ),
    (
        "fail",
        r"não (?:conforme|atende|passa|cumpre)|no (?:cumple|conforme|pasa|aprobado)|non[ -]conforme"
        r"|nicht (?:erfüllt|konform)|reprovado|falhou|violação|violación|不符合|不通过|不通過|未通过|未通過|未满足"
        r"|违反|違反|不合格|不適合|위반|не соответствует|нарушение",
    ),
    (
        "partial",
        r"parcial(?:mente)?|partiel(?:lement)?|teilweise|pendente|pendiente|部分(?:符合|通过|通過|满足)?"
        r"|一部適合|待定|待確認|待确认|计划中|計劃中|規劃中|부분|частично",
    ),
    (
        "pass",
        r"conforme|passa|pasa|passou|atende|cumpre|cumple|aprovado|aprobado|sim|sí|respeita|respect(?:é|ée)|oui"
        r"|erfüllt|konform|bestanden|ja|通过|通過|已通过|已通過|符合|满足|滿足|合格|適合|準拠|통과|준수"
        r"|соответствует|пройдено|да",
    ),
)
"""The same words in the other languages that plans are written in."""
_WORDS = tuple((status, f"{words}|{dict(_ELSEWHERE)[status]}") for status, words in _ENGLISH)
_LEADING = tuple((status, re.compile(rf"(?:{words})(?![\w-])", re.IGNORECASE)) for status, words in _WORDS)
_SHOUTED = re.compile(
    r"(?<![\w/])(?P<na>N/A|NOT APPLICABLE|SKIPPED)(?![\w/])|(?<!\w)(?P<partial>PARTIAL(?:LY COMPLIANT)?"
    r"|JUSTIFIED DEVIATION"
    r"|DEVIATION|DEFERRED|PENDING|WARNING|(?:TO BE|NOT|NOT YET) VERIFIED)(?!\w)"
    r"|(?<!\w)(?P<fail>FAIL(?:ED|S)?|VIOLATION|VIOLATED|NON-COMPLIANT"
    r"|NOT COMPLIANT)(?!\w)"
    r"|(?<!\w)(?P<pass>PASS(?:ED|ES)?|COMPLIANT|SATISFIED|VERIFIED|CONFIRMED)(?!\w)"
)
_NOT_APPLICABLE = re.compile(r"(?:n/a|not applicable|does not apply)\b", re.IGNORECASE)
_PLANNED = re.compile(r"planned\b|(?:计划|計劃|規劃)中", re.IGNORECASE)
_OPENERS = " \t*_~`-–—:：→>=(（[{|·•."


def signs(text: str) -> tuple[Mark, ...]:
    """The statuses of all signs in a text, in order."""
    return tuple(_STATUS_OF_SIGN[match.group(1)] for match in _SIGN.finditer(text))


def without_signs(text: str) -> str:
    return _SIGN.sub("", text) if not text.isascii() else text


def without_leading_sign(text: str) -> str:
    match = _SIGN.match(text)
    return text[match.end() :] if match else text


def sign_texts(text: str) -> list[str]:
    """The signs of a text as written."""
    return [match.group(1) for match in _SIGN.finditer(text)]


def leading_word(text: str) -> tuple[Mark, str] | None:
    """The status word a text opens with (signs, emphasis and punctuation skipped) and what follows it."""
    text = without_signs(text).lstrip(_OPENERS)
    for status, pattern in _LEADING:
        if match := pattern.match(text):
            return status, text[match.end() :]
    return None


def shouted(text: str) -> Mark | None:
    """The last status word in capitals ("… - COMPLIANT ✓", "(PASS)")."""
    found: Mark | None = None
    for match in _SHOUTED.finditer(text):
        found = match.lastgroup  # type: ignore[assignment]
    return found


def of_box(box: str | None) -> Mark | None:
    """What a checkbox says by itself; an empty one says nothing yet."""
    if box is None:
        return None
    if box in _BOX_PASS:
        return "pass"
    if box[0] in _BOX_FAIL:
        return "fail"
    if box.casefold().replace("/", "") == "na":
        return "na"
    return "partial" if box[0] in "⚠~/" else "unmarked"


def of_cell(text: str) -> Mark | None:
    """The status of a table's status cell: its words first, then its sign."""
    found = signs(text)
    word = leading_word(text)
    if word and not (found and _is_promise(text)):
        return word[0]
    if capitals := shouted(text):
        return capitals
    if found:
        return found[0]
    bare = text.strip().strip("[]").strip()
    if bare.casefold() in ("x", "y"):
        return "pass"
    return "fail" if bare.casefold() in ("no", "n", "false") else None


def of_answer(answer: str) -> Mark | None:
    """The status that an answer opens with: "✅ COMPLIANT - …", "Not applicable for …", "⚠️ JUSTIFIED DEVIATION"."""
    word = leading_word(answer)
    found = signs(answer)
    if word and found and _is_promise(answer):
        return found[0]
    if word and (_plain_refusal(answer) or _opens_with_sign(answer) or _stands_alone(answer, word[1])):
        return word[0]
    return found[0] if found else shouted(_first_clause(answer))


def _is_promise(text: str) -> bool:
    """`✅ PLANNED`: the plan is to keep the gate, and the sign says whether it holds that it does."""
    return bool(_PLANNED.match(without_signs(text).lstrip(_OPENERS)))


def _plain_refusal(answer: str) -> bool:
    return bool(_NOT_APPLICABLE.match(without_signs(answer).lstrip(_OPENERS)))


def _opens_with_sign(answer: str) -> bool:
    return bool(_SIGN.match(answer.lstrip(_OPENERS)))


def _stands_alone(answer: str, rest: str) -> bool:
    """A word counts as a status only before a pause or in capitals: "Pass - …", not "Complete isolation of users"."""
    word = answer[: len(answer) - len(rest)].strip(_OPENERS)
    rest = rest.lstrip("*_` ")
    return not rest or rest[0] in "-–—:;,.()!→|。，、；：！（）" or word.isupper()


def _first_clause(text: str) -> str:
    return re.split(r"[.;]\s", text, maxsplit=1)[0][:160]
