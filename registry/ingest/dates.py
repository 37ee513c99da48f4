"""Which day does a cell name?

Only the day is kept: the time of an admission identifies a patient and serves no audit. A timestamp's day is the one
that is written, in the time zone that it is written in.
"""

from __future__ import annotations

import datetime

import pyarrow as pa
import pyarrow.compute as pc

# ISO 8601 in its extended form: a day, and after T or a space whatever of a time of day may follow.
ISO = (
    r"^\d{4}-\d{2}-\d{2}"
    r"([T ]([01]\d|2[0-3])(:[0-5]\d(:([0-5]\d|60)([.,]\d{1,9})?)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?)?$"
)
DAY_CHARACTERS = 10
# Outside of these, dates stand for something else: 1900 cannot be reached, and 9999-12-31 means that there is none.
FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
# Whole days only, so a time of day is cut off.
TO_DAY = pc.CastOptions(target_type=pa.date32(), allow_time_truncate=True)
_PER_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_EPOCH = datetime.date(1970, 1, 1)


def is_dated(kind: pa.DataType) -> bool:
    """Whether a Parquet column of this type holds days or moments."""
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def zone_problem(kind: pa.DataType) -> str | None:
    """Why the days of a column of moments cannot be told, or None when they can."""
    try:
        pc.cast(pa.array([0], pa.int64()).cast(pa.timestamp("us")).cast(kind), options=TO_DAY)
    except pa.ArrowInvalid:
        return "its time zone is not known here; write it in UTC or as YYYY-MM-DD"
    return None


def days(values: pa.Array) -> pa.Array:
    """date32 of dates, timestamps or ISO texts; null where missing. Raises ArrowInvalid where a cell names no day."""
    if is_dated(values.type) or pa.types.is_null(values.type):
        return pc.cast(_countable(values), options=TO_DAY)
    if not pc.all(pc.match_substring_regex(values, ISO), min_count=0).as_py():
        raise pa.ArrowInvalid("not ISO 8601")
    return pc.cast(pc.utf8_slice_codeunits(values, 0, DAY_CHARACTERS), pa.date32())


def _countable(values: pa.Array) -> pa.Array:
    """The same moments; those more than two days outside of the likely days are moved there, where they stay unlikely.

    A count of days has 32 bits and Arrow does not look whether a moment's day fits: one that does not comes back as a
    day of our own time.
    """
    if not pa.types.is_timestamp(values.type) and not pa.types.is_date64(values.type):
        return values
    per_day = _PER_DAY[values.type.unit if pa.types.is_timestamp(values.type) else "ms"]
    least = ((FIRST_DAY - _EPOCH).days - 2) * per_day
    most = ((LAST_DAY - _EPOCH).days + 3) * per_day
    counts = pc.max_element_wise(values.view(pa.int64()), least, skip_nulls=False)
    return pc.min_element_wise(counts, most, skip_nulls=False).view(values.type)


def unlikely(found: pa.Array) -> pa.Array:
    """Boolean without nulls: which days lie before 1900 or after 2199."""
    outside = pc.or_(pc.less(found, pa.scalar(FIRST_DAY)), pc.greater(found, pa.scalar(LAST_DAY)))
    return pc.fill_null(outside, fill_value=False)


def after(found: pa.Array, day: datetime.date) -> pa.Array:
    """Boolean without nulls: which days lie after this one."""
    return pc.fill_null(pc.greater(found, pa.scalar(day)), fill_value=False)
