"""What happens when patients above a cut-off are flagged? Confusion counts and the shares made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audits.core.cells import Cells
from audits.core.intervals import wilson
from audits.core.values import Estimate


@dataclass(frozen=True, slots=True)
class Confusion:
    """Rows by outcome and flag; exact counts."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def events(self) -> int:
        return self.true_positives + self.false_negatives

    @property
    def nonevents(self) -> int:
        return self.false_positives + self.true_negatives

    @property
    def rows(self) -> int:
        return self.events + self.nonevents

    @property
    def flagged(self) -> int:
        return self.true_positives + self.false_positives

    def __sub__(self, other: Confusion) -> Confusion:
        """The rows of this one that are not in the other, which must be part of it."""
        return Confusion(
            self.true_positives - other.true_positives,
            self.false_positives - other.false_positives,
            self.false_negatives - other.false_negatives,
            self.true_negatives - other.true_negatives,
        )


def confusion(cells: Cells, cut: int) -> Confusion:
    """Counts at the cut with this index."""
    flagged, event = cells.flagged(cut), cells.outcome == 1
    return Confusion(
        int(cells.n[flagged & event].sum()),
        int(cells.n[flagged & ~event].sum()),
        int(cells.n[~flagged & event].sum()),
        int(cells.n[~flagged & ~event].sum()),
    )


#: measure -> (hits, out of, what an empty denominator means)
SHARES: Mapping[str, tuple[Callable[[Confusion], int], Callable[[Confusion], int], str]] = MappingProxyType(
    {
        "sensitivity": (lambda c: c.true_positives, lambda c: c.events, "no rows with the outcome"),
        "specificity": (lambda c: c.true_negatives, lambda c: c.nonevents, "no rows without the outcome"),
        "ppv": (lambda c: c.true_positives, lambda c: c.flagged, "no rows are flagged"),
        "npv": (lambda c: c.true_negatives, lambda c: c.rows - c.flagged, "every row is flagged"),
        "flag_rate": (lambda c: c.flagged, lambda c: c.rows, "no rows"),
    }
)


def share(measure: str, counts: Confusion, confidence: float) -> Estimate:
    """One of SHARES with its Wilson interval; n and events are the slice's, the fraction is in the method."""
    hits_of, total_of, nothing = SHARES[measure]
    return proportion(
        hits_of(counts), total_of(counts), confidence, n=counts.rows, events=counts.events, nothing=nothing
    )


def proportion(hits: int, total: int, confidence: float, *, n: int, events: int | None, nothing: str) -> Estimate:
    """hits / total with Wilson's interval, or undefined with the reason when there is nothing to divide by."""
    if total == 0:
        return Estimate.undefined(nothing, n=n, events=events)
    interval = wilson(hits, total, confidence)
    return Estimate(hits / total, interval.low, interval.high, n, events, f"Wilson, {hits} of {total}")
