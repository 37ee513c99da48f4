"""Which counts must stay hidden, so that no small one can be read or worked out? Pure; the one rule of every export.

Rules, complete: a count of 1 to 10 is small (CMS cell size policy; zero hides nobody). A cell with a small count is
hidden. Readers know how cells add up, so more cells are hidden until, for each known sum, what is hidden together is
not small either and is more than one cell, and until no hidden cell follows from all known sums together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

SMALL = 11
SMALL_TEXT = "<11"
_PEOPLE = "patients?|subjects?|people|rows?|events?|non-events?|outcomes?|values?|scores?|disagreements?|observed"
_COUNT_IN_WORDS = re.compile(rf"(?<![\d.,])(?:10|[1-9])(?= (?:flagged )?(?:{_PEOPLE})\b(?! per))")
# A share and its interval give the count away, so they belong to it.
_PART_IN_WORDS = re.compile(
    r"(?<![\d.,])(?P<part>\d[\d,]*) of (?P<whole>\d[\d,]*) (?P<whom>patients?|subjects?|people|are not)\b"
    r"(?: \([\d.]+%\))?(?:(?P<between>[^;]*?), \d+% interval [\d.]+% to [\d.]+%)?"
)
# The method of a share: "Wilson, 3 of 700". Not ranks ("3 to 9 of 60"), nor draws ("3 of 200 replicates").
_PART = re.compile(r"(?<![\d.,])(?<!to )(?P<part>\d+) of (?P<whole>\d+)\b(?! replicates)(?![.,]\d)")
_DISAGREEMENTS = re.compile(r"(?<![\d.,])(?P<one>\d+) against (?P<other>\d+) disagreements(?: in \d+)?")

Counts = Mapping[str, tuple[int, ...]]
"""Cell -> its counts, e.g. (patients, with the outcome, without it). Cells that are summed list them in one order."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The counts of `whole` are those of `parts` added up, and every reader knows it."""

    whole: str
    parts: tuple[str, ...]


def is_small(count: int) -> bool:
    """Whether a count could point at persons."""
    return 0 < count < SMALL


def mask(text: str) -> str:
    """A sentence with its small counts of patients hidden: "3 events" becomes "<11 events".

    Of "36 of 40 patients (90.0%)" both sides are counts: it becomes "all but <11 of 40 patients".
    """
    told = _DISAGREEMENTS.sub(_masked_disagreements, text)
    return _COUNT_IN_WORDS.sub(SMALL_TEXT, _PART_IN_WORDS.sub(_masked_part, told))


def masked_method(text: str) -> str:
    """The same of how an estimate was made, where a part of a whole stands alone: "Wilson, <11 of 700"."""
    return _PART.sub(_masked_share, mask(text))


def tells_few(method: str) -> bool:
    """Whether the method of an estimate names a small part of a whole, or all but a small part of it."""
    return any(_few_of(found) for found in _PART.finditer(method))


def tells_counts(method: str) -> bool:
    """Whether the method of an estimate names any part of a whole."""
    return any(pattern.search(method) for pattern in (_PART, _DISAGREEMENTS))


def _few_of(found: re.Match[str]) -> bool:
    part, whole = int(found["part"]), int(found["whole"])
    return is_small(part) or is_small(whole - part)


def _masked_share(found: re.Match[str]) -> str:
    if not _few_of(found):
        return found[0]
    side = SMALL_TEXT if is_small(int(found["part"])) else f"all but {SMALL_TEXT}"
    return f"{side} of {SMALL_TEXT if is_small(int(found['whole'])) else found['whole']}"


def _masked_disagreements(found: re.Match[str]) -> str:
    # Both go: their difference is the value, so that one would tell the other.
    small = is_small(int(found["one"])) or is_small(int(found["other"]))
    return "disagreements not shown" if small else found[0]


def _masked_part(found: re.Match[str]) -> str:
    part, whole = (int(found[name].replace(",", "")) for name in ("part", "whole"))
    if not is_small(part) and not is_small(whole - part):
        return found[0]
    side = SMALL_TEXT if is_small(part) or is_small(whole) else f"all but {SMALL_TEXT}"
    total = SMALL_TEXT if is_small(whole) else found["whole"]
    return f"{side} of {total} {found['whom']}{found['between'] or ''}"


def hidden(counts: Counts, sums: Sequence[Sum], *, already: Iterable[str] = ()) -> frozenset[str]:
    """The cells to hide: the small ones, those `already` hidden for another reason, and what would give them away."""
    found = {cell for cell, values in counts.items() if any(map(is_small, values))} | set(already)
    while found and (more := _one_more(counts, sums, found)) is not None:
        found.add(more)
    return frozenset(found)


def derivable(concealed: Iterable[str], sums: Iterable[Sum]) -> frozenset[str]:
    """Which of the hidden cells follow exactly from the others through the sums, by elimination over the rationals."""
    unknown = frozenset(concealed)
    solved: dict[str, dict[str, Fraction]] = {}
    for row in _equations(unknown, sums):
        for pivot in [cell for cell in row if cell in solved]:
            _subtract(row, solved[pivot], row[pivot])
        if not row:
            continue
        pivot = min(row)
        scale = row[pivot]
        row = {cell: factor / scale for cell, factor in row.items()}
        for other in solved.values():
            if pivot in other:
                _subtract(other, row, other[pivot])
        solved[pivot] = row
    return frozenset(pivot for pivot, row in solved.items() if len(row) == 1)


def _one_more(counts: Counts, sums: Sequence[Sum], found: set[str]) -> str | None:
    """The next cell to hide, the smallest that helps; None when nothing can be worked out any more."""
    for each in sums:
        if _gives_away(each, counts, found) and (more := _smallest([each], counts, found)):
            return more
    for cell in sorted(derivable(found, sums)):
        near = [each for each in sums if cell in (each.whole, *each.parts)]
        if more := _smallest(near, counts, found) or _smallest(sums, counts, found):
            return more
    return None


def _gives_away(each: Sum, counts: Counts, found: set[str]) -> bool:
    """Whether subtraction within this sum shows a hidden cell, or a small number of patients in several."""
    parts = [part for part in each.parts if part in found]
    if each.whole in found:
        return not parts
    together = zip(*(counts[part] for part in parts), strict=False)
    return len(parts) == 1 or any(is_small(sum(values)) for values in together)


def _smallest(sums: Iterable[Sum], counts: Counts, found: set[str]) -> str | None:
    """The smallest cell still shown among the parts, a whole only when every part is hidden; empty cells help least."""
    among = list(sums)
    for cells in ({part for each in among for part in each.parts}, {each.whole for each in among}):
        if shown := cells - found:
            return min(shown, key=lambda cell: (counts[cell][0] == 0, counts[cell], cell))
    return None


def _equations(unknown: frozenset[str], sums: Iterable[Sum]) -> Iterator[dict[str, Fraction]]:
    for each in sums:
        row = {part: Fraction(1) for part in each.parts if part in unknown}
        if each.whole in unknown:
            row[each.whole] = Fraction(-1)
        if row:
            yield row


def _subtract(row: dict[str, Fraction], other: Mapping[str, Fraction], times: Fraction) -> None:
    """row -= times * other, in place; zeros are dropped."""
    for cell, factor in other.items():
        value = row.get(cell, Fraction(0)) - times * factor
        if value:
            row[cell] = value
        else:
            row.pop(cell, None)
