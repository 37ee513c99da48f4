"""What may leave the house of a consent coverage? The suppression rule, applied to its categories.

Rules, complete: categories follow `core.suppression`; they add up to the subjects who are not covered, and these and
the covered to all. Covered subjects are counted exactly unless they, or those who are not covered, are few. Then the
share is a bound in whole percent that is the same for every count of 1 to 10, so that nothing narrows it down.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from governance.core.consent import Category, Coverage
from governance.core.suppression import SMALL, SMALL_TEXT, Sum, hidden, is_small

WITHHELD = "withheld"
_OTHERS = tuple(each.value for each in Category if each is not Category.COVERED)
_SUMS = (Sum("others", _OTHERS), Sum("all", (Category.COVERED, "others")))


@dataclass(frozen=True, slots=True)
class ShownCoverage:
    """A coverage with its small cells hidden. covered, eligible: None where they are not shown.

    counts: a number, "<11" or "withheld" per category. value: exact, or a bound in whole percent; low, high: None with
    a bound. reason: why something is missing or only a bound.
    """

    table: str
    purpose: str
    covered: int | None
    eligible: int | None
    counts: tuple[tuple[str, int | str], ...]
    value: float | None
    low: float | None
    high: float | None
    reason: str | None
    consent_based: bool
    lapses_at: datetime | None


def shown(found: Coverage) -> ShownCoverage:
    """The same coverage, for people outside."""
    counts = dict(found.counts)
    cells = _hidden(counts, found) if found.eligible else frozenset()
    value, reason = (found.value, found.reason) if Category.COVERED not in cells else _bound(found)
    exact = Category.COVERED not in cells
    return ShownCoverage(
        table=found.table,
        purpose=found.purpose,
        covered=found.covered if exact else None,
        eligible=None if "all" in cells else found.eligible,
        counts=tuple((name, _stated(count, hide=name in cells)) for name, count in found.counts),
        value=value,
        low=found.low if exact else None,
        high=found.high if exact else None,
        reason=reason,
        consent_based=found.consent_based,
        lapses_at=found.lapses_at,
    )


def _hidden(counts: Mapping[str, int], found: Coverage) -> frozenset[str]:
    cells = {name: (count,) for name, count in counts.items()}
    return hidden({**cells, "others": (found.eligible - found.covered,), "all": (found.eligible,)}, _SUMS)


def _stated(count: int, *, hide: bool) -> int | str:
    if not hide:
        return count
    return SMALL_TEXT if is_small(count) else WITHHELD


def _bound(found: Coverage) -> tuple[float | None, str]:
    few, n = SMALL - 1, found.eligible
    uncovered = n - found.covered
    if is_small(n) or (is_small(uncovered) and is_small(found.covered)):
        return None, "The table has too few subjects for a share that names nobody."
    if is_small(uncovered):
        percent = math.floor(100 * (n - few) / n)
        return percent / 100, f"At least {percent}%: fewer than {SMALL} subjects are not covered, and not counted here."
    percent = math.ceil(100 * few / n)
    return percent / 100, f"At most {percent}%: fewer than {SMALL} subjects are covered, and not counted here."
