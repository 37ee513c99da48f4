"""Is the day of a moment the one that Python's calendar names, and is no moment far off taken for a day of our time?"""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from registry.ingest.dates import FIRST_DAY, LAST_DAY, days, unlikely

PER_SECOND = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}
ZONES = (None, "UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize("unit", PER_SECOND)
@pytest.mark.parametrize("zone", ZONES)
def test_the_days_around_the_first_and_the_last_are_those_of_the_calendar(unit: str, zone: str | None) -> None:
    for edge in (FIRST_DAY, LAST_DAY):
        noon = datetime.datetime.combine(edge, datetime.time(12), datetime.UTC)
        moments = [noon + datetime.timedelta(days=shift) for shift in range(-5, 6)]
        counts = [int((moment - EPOCH).total_seconds()) * PER_SECOND[unit] for moment in moments]
        found = days(pa.array([*counts, None], pa.int64()).view(pa.timestamp(unit, tz=zone)))
        expected = [moment.astimezone(ZoneInfo(zone or "UTC")).date() for moment in moments]
        inside = [FIRST_DAY <= day <= LAST_DAY for day in expected]
        assert unlikely(found).to_pylist() == [*(not each for each in inside), False]
        assert found[-1].as_py() is None
        for day, found_day, likely in zip(expected, found.to_pylist(), inside, strict=False):
            assert found_day == day or not likely


@pytest.mark.parametrize(
    ("kind", "per_day"),
    [
        (pa.timestamp("s"), 86_400),
        (pa.timestamp("ms"), 86_400_000),
        (pa.timestamp("ms", tz="Asia/Tokyo"), 86_400_000),
        (pa.date64(), 86_400_000),
    ],
)
@pytest.mark.parametrize("turns", [1, -1, 2, 5])
def test_a_day_that_32_bits_cannot_count_is_not_a_day_of_our_time(kind: pa.DataType, per_day: int, turns: int) -> None:
    far = (turns * 2**32 + 19_000) * per_day
    found = days(pa.array([far, 19_000 * per_day, None], pa.int64()).view(kind))
    assert unlikely(found).to_pylist() == [True, False, False]
    assert found[1].as_py() == datetime.date(2022, 1, 8)
