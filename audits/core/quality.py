"""What state is the data in? Shares of missing, wrong and repeated values, from counts."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from scipy.stats import norm

from audits.core.operating import proportion
from audits.core.values import Estimate

if TYPE_CHECKING:  # a name for type checkers only; it does not exist while the program runs
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class ColumnCounts:
    """One column. missing: null or NaN. distinct: among present values. outside: None when nothing was declared.

    one_in: 1 when every distinct value was counted; else distinct is that many times those in one part of their hash.
    """

    name: str
    rows: int
    missing: int
    distinct: int
    outside: int | None
    one_in: int = 1


@dataclass(frozen=True, slots=True)
class TableCounts:
    """Whole rows and subjects. with_subject, subjects, shared: None when there is no column to count.

    hashed: whether rows were told apart by a hash of 64 bits.
    """

    rows: int
    distinct_rows: int
    with_subject: int | None
    subjects: int | None
    shared: int | None
    hashed: bool = False


def digest_of(columns: Sequence[ColumnCounts], table: TableCounts, *more: DataclassInstance) -> str:
    """SHA-256 (hex) of the counts in canonical JSON; more: further dataclasses of counts, in a fixed order."""
    counts = {
        "columns": [asdict(item) for item in columns],
        "table": asdict(table),
        "more": [[type(item).__name__, asdict(item)] for item in more],
    }
    return hashlib.sha256(json.dumps(counts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def column_estimates(counts: ColumnCounts, confidence: float) -> dict[str, Estimate]:
    """Every measure of one column; out-of-range only where a range or levels are declared or implied."""
    rows, present = counts.rows, counts.rows - counts.missing
    empty = Estimate.undefined("no rows" if rows == 0 else "every value is missing", n=rows)
    made = {
        "missing_share": _share(counts.missing, rows, confidence, "no rows"),
        # Constant and distinct are counts of this very table: the interval is the number itself.
        "constant": empty if present == 0 else _count(float(counts.distinct == 1), present),
        "distinct_count": empty if present == 0 else _distinct(counts, present, confidence),
    }
    if counts.outside is not None:
        made["out_of_range_share"] = _share(counts.outside, present, confidence, empty.reason or "")
    return made


def table_estimates(counts: TableCounts, confidence: float) -> dict[str, Estimate]:
    """Every measure of the whole table."""
    undeclared = Estimate.undefined("the table has no subject column", n=counts.rows)
    repeated, overlap = undeclared, undeclared
    if counts.with_subject is not None and counts.subjects is not None:
        extra = counts.with_subject - counts.subjects
        repeated = _share(extra, counts.with_subject, confidence, "every subject is missing")
        reason = "no reference table with a subject column was given"
        overlap = Estimate.undefined(reason, n=counts.subjects)
        if counts.shared is not None:
            overlap = _share(counts.shared, counts.subjects, confidence, "every subject is missing")
    extra_rows = counts.rows - counts.distinct_rows
    duplicates = _share(extra_rows, counts.rows, confidence, "no rows")
    if counts.hashed and duplicates.value is not None:
        chance = counts.rows**2 / 2**65
        duplicates = replace(
            duplicates,
            method=f"{duplicates.method}; rows told apart by a hash of 64 bits, which takes two for one with a "
            f"probability of {chance:.1g}",
        )
    return {
        "duplicate_row_share": duplicates,
        "duplicate_subject_share": repeated,
        "subject_overlap_share": overlap,
    }


def _share(hits: int, total: int, confidence: float, nothing: str) -> Estimate:
    return proportion(hits, total, confidence, n=total, events=None, nothing=nothing)


def _distinct(counts: ColumnCounts, present: int, confidence: float) -> Estimate:
    """Distinct values: counted, or estimated from those in one part of their hash (Flajolet 1990, Computing 43:391)."""
    if counts.one_in == 1:
        return _count(float(counts.distinct), present)
    seen = counts.distinct / counts.one_in
    reach = float(norm.isf((1 - confidence) / 2)) * counts.one_in * math.sqrt(seen * (1 - 1 / counts.one_in))
    value, high = (min(float(present), end) for end in (float(counts.distinct), counts.distinct + reach))
    method = f"estimated from {seen:,.0f} distinct values in one of {counts.one_in} parts of their hash"
    return Estimate(value, min(value, max(seen, counts.distinct - reach)), high, present, None, method)


def _count(value: float, n: int) -> Estimate:
    return Estimate(value, value, value, n, None, "counted")
