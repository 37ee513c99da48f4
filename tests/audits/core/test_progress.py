"""Is the time that is left only told where there is a pace to go by?"""

from __future__ import annotations

import pytest

from audits.core.progress import remaining


@pytest.mark.parametrize(
    ("done", "total", "seconds", "expected"),
    [
        (50, 100, 10.0, 10),
        (3_000_000, 4_000_000, 30.0, 10),
        (1, 3, 4.0, 8),
        (99, 100, 1000.0, 11),
        (0, 100, 60.0, None),
        (4, 100, 60.0, None),
        (50, 100, 2.9, None),
        (100, 100, 60.0, None),
        (120, 100, 60.0, None),
        (0, 0, 60.0, None),
        (50, 100, -5.0, None),
    ],
)
def test_the_rest_takes_its_share_of_the_time_so_far(
    done: int, total: int, seconds: float, expected: int | None
) -> None:
    assert remaining(done, total, seconds) == expected
