"""What state is the data in? Shares of missing, wrong and repeated values, from counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from audits.core.operating import proportion
from audits.core.values import Estimate


@dataclass(frozen=True, slots=True)
class ColumnCounts:
    """One column. missing: null or NaN. distinct: among present values. outside: None when nothing was declared."""

    name: str
    rows: int
    missing: int
    distinct: int
    outside: int | None


@dataclass(frozen=True, slots=True)
class TableCounts:
    """Whole rows and subjects. with_subject, subjects, shared: None when there is no column to count."""

    rows: int
    distinct_rows: int
    with_subject: int | None
    subjects: int | None
    shared: int | None


def digest_of(columns: Sequence[ColumnCounts], table: TableCounts) -> str:
    """SHA-256 (hex) of the counts in canonical JSON."""
    counts = {"columns": [asdict(item) for item in columns], "table": asdict(table)}
    return hashlib.sha256(json.dumps(counts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def column_estimates(counts: ColumnCounts, confidence: float) -> dict[str, Estimate]:
    """Every measure of one column; out-of-range only where a range or levels are declared or implied."""
    rows, present = counts.rows, counts.rows - counts.missing
    empty = Estimate.undefined("no rows" if rows == 0 else "every value is missing", n=rows)
    exact = float(counts.distinct)
    made = {
        "missing_share": _share(counts.missing, rows, confidence, "no rows"),
        # Constant and distinct are counts of this very table: the interval is the number itself.
        "constant": empty if present == 0 else _count(float(counts.distinct == 1), present),
        "distinct_count": empty if present == 0 else _count(exact, present),
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
    return {
        "duplicate_row_share": _share(extra_rows, counts.rows, confidence, "no rows"),
        "duplicate_subject_share": repeated,
        "subject_overlap_share": overlap,
    }


def _share(hits: int, total: int, confidence: float, nothing: str) -> Estimate:
    return proportion(hits, total, confidence, n=total, events=None, nothing=nothing)


def _count(value: float, n: int) -> Estimate:
    return Estimate(value, value, value, n, None, "counted")
