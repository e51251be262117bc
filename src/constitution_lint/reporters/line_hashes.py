"""Line fingerprints as GitHub's code scanning computes them, so that its alerts survive edits elsewhere in a file.

The algorithm is that of the CodeQL action (`fingerprints.ts`): spaces and tabs are passed over, every line end counts
as one LF, 65535 stands for the end of the file; a line's hash covers the hundred characters from its first one on, as a
polynomial in 37 over UTF-16 units modulo 2^64, and a counter tells equal lines apart.
"""

from collections import Counter

_WINDOW = 100
_MULTIPLIER = 37
_MASK = 2**64 - 1
_END = 65535
_LF, _CR, _SPACE, _TAB = 10, 13, 32, 9


def line_hashes(text: str) -> list[str]:
    """The hash of every line in order; the first stands at index 0."""
    units, starts = _units(text)
    units += [_END, *[0] * _WINDOW]
    seen: Counter[int] = Counter()
    found = []
    for start in starts:
        value = 0
        for unit in units[start : start + _WINDOW]:
            value = (value * _MULTIPLIER + unit) & _MASK
        seen[value] += 1
        found.append(f"{value:x}:{seen[value]}")
    return found


def _units(text: str) -> tuple[list[int], list[int]]:
    """The UTF-16 units that count, and where among them each line starts. The end of the file may start a last line."""
    data = text.encode("utf-16-le", "surrogatepass")
    units: list[int] = []
    starts = [0]
    after_cr = False
    for low, high in zip(data[::2], data[1::2], strict=True):
        unit = low | high << 8
        if unit in (_SPACE, _TAB) or (after_cr and unit == _LF):
            after_cr = False
            continue
        after_cr = unit == _CR
        units.append(_LF if after_cr else unit)
        if units[-1] == _LF:
            starts.append(len(units))
    return units, starts
