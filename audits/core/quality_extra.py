"""Is what is missing missing evenly, are the values those of training, and whose outcome is known?

From counts alone. A value that the declared range or levels rule out is "out of range"; what nobody declared cannot be
called impossible here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np

from audits.core import commonest
from audits.core.intervals import wilson
from audits.core.operating import proportion
from audits.core.values import Estimate

NO_REFERENCE = "no reference table was given"


@dataclass(frozen=True, slots=True)
class ColumnExtras:
    """One column. dominant: rows with its commonest value, None for a subject. unseen: of `present` rows, those whose
    level the reference never has; None where there is no such column to compare with, or it holds numbers.

    sampled, copies: of a number column of a large table, where only the values that stand most often in a sample were
    counted: the sample's rows with a value, and how often one that was not counted stands among them, at most."""

    name: str
    present: int
    dominant: int | None
    unseen: int | None
    sampled: int = 0
    copies: int = 0


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """One level of one subgroup. missing: rows without a value, per column in the table's order."""

    across: str
    level: str
    rows: int
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Rows with a score above `above` (or at it, in the first band) up to `to`, and how many have a known outcome."""

    above: float
    to: float
    rows: int
    known: int


@dataclass(frozen=True, slots=True)
class TableExtras:
    """The whole table. unknown_allowed: whether it may hold rows without outcome at all.

    dated, early: rows with both dates, and those whose outcome became known before the prediction; None without both
    columns. compared, repeated: rows with any feature that the reference has too, and those whose features all equal
    those of some row there; None without such features. has_reference: whether there was a table to compare with.
    hashed: whether rows were told apart by a hash of 64 bits.
    """

    rows: int
    known: int
    unknown_allowed: bool
    bands: tuple[Band, ...]
    dated: int | None
    early: int | None
    compared: int | None
    repeated: int | None
    has_reference: bool
    hashed: bool = False


def column_estimates(
    counts: ColumnExtras, *, text: bool, has_reference: bool, confidence: float
) -> dict[str, Estimate]:
    """The share of the commonest value, and of text columns the share of levels that the reference never had."""
    empty, n = "every value is missing", counts.present
    made = {}
    if counts.dominant is not None:
        made["dominant_share"] = commonest.estimate(counts.dominant, n, counts.sampled, counts.copies, confidence)
    if text:
        reason = "the reference table has no such column" if has_reference else NO_REFERENCE
        made["unseen_level_share"] = (
            Estimate.undefined(reason, n=n)
            if counts.unseen is None
            else proportion(counts.unseen, n, confidence, n=n, events=None, nothing=empty)
        )
    return made


def missing_gap(groups: Sequence[GroupCounts], place: int, least: int, confidence: float) -> Estimate:
    """The largest difference in the missing share of column number `place` between two levels of one subgroup.

    least: rows that a level needs to be compared. Every pair's interval holds at a level divided by the number of
    pairs, so that they hold together, and with them the limits of the largest difference, whichever pair it is.
    """
    families: dict[str, list[tuple[int, int]]] = {}
    for group in groups:
        if group.rows >= least:
            families.setdefault(group.across, []).append((group.missing[place], group.rows))
    return largest_gap(list(families.values()), confidence, f"fewer than two groups with at least {least} rows")


def largest_gap(families: Sequence[Sequence[tuple[int, int]]], confidence: float, nothing: str) -> Estimate:
    """The largest difference between two shares, (hits, rows) each, of one family; 0 to 1.

    Limits: Newcombe's (1998, Stat Med 17:873, method 10) for every pair at once by Bonferroni. `nothing` is the reason
    when no family has two shares.
    """
    families = [family for family in families if len(family) > 1]
    rows = sum(n for family in families for _, n in family)
    if not families:
        return Estimate.undefined(nothing, n=rows)
    pairs = sum(comb(len(family), 2) for family in families)
    each = [_largest(family, 1 - (1 - confidence) / pairs) for family in families]
    value, low, high = (max(found[index] for found in each) for index in range(3))
    method = f"Newcombe, adjusted for {pairs:,} comparison{'s' if pairs > 1 else ''}"
    return Estimate(value, low, high, rows, None, method)


def _largest(family: Sequence[tuple[int, int]], confidence: float) -> tuple[float, float, float]:
    """(largest difference, lower limit, upper limit) over the pairs of one family; each pair holds at confidence."""
    own = np.array([wilson(hits, n, confidence) for hits, n in family])
    share = np.array([hits / n for hits, n in family])
    below, above = share - own[:, 0], own[:, 1] - share
    gap = share[:, None] - share[None, :]
    low = gap - np.hypot(below[:, None], above[None, :])
    high = gap + np.hypot(above[:, None], below[None, :])
    np.fill_diagonal(low, -1.0)
    np.fill_diagonal(high, -1.0)
    return float(gap.max()), max(0.0, float(low.max())), min(1.0, float(high.max()))


def table_estimates(counts: TableExtras, confidence: float) -> dict[str, Estimate]:
    """Leakage by rows and time, and whose outcome is known; the order of dates only where both are there."""
    made = {"row_overlap_share": _overlap(counts, confidence), **_coverage(counts, confidence)}
    if counts.dated is not None and counts.early is not None:
        nothing = "no row has both dates"
        early = proportion(counts.early, counts.dated, confidence, n=counts.dated, events=None, nothing=nothing)
        made["outcome_before_prediction_share"] = early
    return made


def _overlap(counts: TableExtras, confidence: float) -> Estimate:
    if counts.compared is None or counts.repeated is None:
        reason = "the two tables share no feature column" if counts.has_reference else NO_REFERENCE
        return Estimate.undefined(reason, n=counts.rows)
    n = counts.compared
    shared = proportion(
        counts.repeated, n, confidence, n=n, events=None, nothing="no row has any of the shared features"
    )
    if not counts.hashed or shared.value is None:
        return shared
    return replace(shared, method=f"{shared.method}; rows told apart by a hash of 64 bits")


def _coverage(counts: TableExtras, confidence: float) -> dict[str, Estimate]:
    # A table that may hold known outcomes alone says nothing about those that were left out of it.
    if not counts.unknown_allowed and counts.known == counts.rows:
        reason = "the table holds only rows with an outcome; an outcome_date column would let it hold the others"
        silent = Estimate.undefined(reason if counts.rows else "no rows", n=counts.rows)
        return {"label_coverage": silent, "label_coverage_gap": silent}
    n = counts.rows
    return {
        "label_coverage": proportion(counts.known, n, confidence, n=n, events=None, nothing="no rows"),
        "label_coverage_gap": largest_gap(
            [[(band.known, band.rows) for band in counts.bands]], confidence, "fewer than two bands of scores"
        ),
    }


def coverage_facts(counts: TableExtras, least: int) -> list[dict[str, object]] | None:
    """Per band of scores the share with a known outcome, for a chart; None where every outcome must be known."""
    if not counts.unknown_allowed and counts.known == counts.rows:
        return None
    return [
        {"above": band.above, "to": band.to, "rows": band.rows, "share": band.known / band.rows}
        for band in counts.bands
        if band.rows >= least
    ]


def missing_facts(
    groups: Sequence[GroupCounts], names: Sequence[str], gaps: Mapping[str, Estimate], *, least: int, most: int
) -> list[dict[str, object]]:
    """The shares of each level, for the `most` columns with the widest gaps; levels below `least` rows are left out.

    A column is not listed across its own levels: none of them can be missing.
    """
    wide = [name for name, gap in gaps.items() if gap.value]
    wide = sorted(wide, key=lambda name: (-(gaps[name].value or 0.0), name))[:most]
    return [
        {
            "column": name,
            "across": across,
            "levels": [
                {"level": group.level, "rows": group.rows, "share": group.missing[names.index(name)] / group.rows}
                for group in groups
                if group.across == across and group.rows >= least
            ],
        }
        for name in wide
        for across in dict.fromkeys(group.across for group in groups if group.across != name)
    ]
