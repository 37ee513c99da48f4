"""Which measures does a data quality audit make, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Spread
from audits.core.values import Kind

_Q, _C, _T = Kind.QUALITY, Spread.COLUMNS, Spread.TABLE
_DOWN = Direction.LOWER
_WILSON = "Wilson 1927, J Am Stat Assoc 22:209 (interval)"

ENTRIES = (
    Entry(
        "missing_share",
        "Missing share",
        _Q,
        _C,
        "share",
        0.0,
        1.0,
        _DOWN,
        "The share of rows without a value in this column.",
        "It cannot see values that stand for missing, such as -1, 999 or “unknown”.",
        _WILSON,
    ),
    Entry(
        "out_of_range_share",
        "Out-of-range share",
        _Q,
        _C,
        "share",
        0.0,
        1.0,
        _DOWN,
        "Of the values present, the share outside the declared range or set of levels.",
        "Inside the range is not the same as right.",
        _WILSON,
    ),
    Entry(
        "constant",
        "Constant column",
        _Q,
        _C,
        "0 or 1",
        0.0,
        1.0,
        _DOWN,
        "1 when every value present is the same, 0 otherwise.",
        "A column can be constant in one hospital for a good reason.",
        "count of distinct values",
    ),
    Entry(
        "distinct_count",
        "Distinct values",
        _Q,
        _C,
        "count",
        0.0,
        None,
        Direction.NEITHER,
        "How many different values the column holds.",
        "Many distinct texts in a small table may be identifiers.",
        "count of distinct values",
    ),
    Entry(
        "duplicate_row_share",
        "Duplicate row share",
        _Q,
        _T,
        "share",
        0.0,
        1.0,
        _DOWN,
        "The share of rows that repeat an earlier row in every column.",
        "Few coarse columns make honest rows look alike.",
        _WILSON,
    ),
    Entry(
        "duplicate_subject_share",
        "Repeated subject share",
        _Q,
        _T,
        "share",
        0.0,
        1.0,
        _DOWN,
        "The share of rows whose subject already appeared in another row.",
        "Repeats are normal for encounters, but every interval that takes rows as independent is then too narrow.",
        _WILSON,
    ),
    Entry(
        "subject_overlap_share",
        "Subjects seen in training",
        _Q,
        _T,
        "share",
        0.0,
        1.0,
        _DOWN,
        "The share of this table's subjects that also appear in the reference (training) table.",
        "Any overlap flatters the validation; 0 proves nothing when the two tables number people differently.",
        "Kaufman 2012, ACM Trans Knowl Discov Data 6(4):15 (leakage)",
    ),
)
