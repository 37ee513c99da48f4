"""Does the CUSUM add up, alarm where it should, and wait as long as it says?"""

from __future__ import annotations

import numpy as np
import pytest

from audits.core.cells import Cells
from audits.core.cusum import Window, alarm, average_run_length, chart, joined, window


def one(z: float, start: str = "2025-01-06") -> Window:
    return Window(start, 100, 50 + 5 * z, 50.0, 25.0)


def cells(score: list[float], outcome: list[int], n: list[int]) -> Cells:
    p = np.array(score)
    counts = np.array(n, dtype=np.int64)
    return Cells(np.array(outcome, dtype=np.int64), p, p, p * p, counts, np.zeros(len(p), dtype=np.int64), p, True)


def test_a_window_expects_its_scores() -> None:
    found = window("2025-01-06", cells([0.2, 0.2, 0.5], [0, 1, 0], [6, 2, 4]), 0.0)
    assert (found.rows, found.observed) == (12, 2.0)
    assert found.expected == pytest.approx(3.6)
    assert found.variance == pytest.approx(8 * 0.16 + 4 * 0.25)


def test_a_model_that_always_predicted_too_little_is_held_to_that() -> None:
    even = window("2025-01-06", cells([0.5], [1], [10]), float(np.log(3)))
    assert even.expected == pytest.approx(7.5)


def test_scores_of_zero_and_one_expect_without_a_warning() -> None:
    found = window("2025-01-06", cells([0.0, 1.0], [0, 1], [3, 4]), 0.3)
    assert (found.expected, found.variance) == (4.0, 0.0)
    assert joined([found]) == []


def test_small_windows_wait_for_their_neighbours_and_are_dated_by_the_last() -> None:
    few = [Window(f"2025-01-0{day}", 10, 1.0, 2.0, 1.6) for day in range(1, 8)]
    found = joined(few)
    assert [each.start for each in found] == ["2025-01-03", "2025-01-06"]
    assert (found[0].rows, found[0].observed) == (30, 3.0)
    assert found[0].expected == pytest.approx(6.0)


def test_sums_follow_pages_recursion_by_hand() -> None:
    points = chart([one(1.0), one(2.0), one(-3.0)], k=0.5)
    assert [point.high for point in points] == pytest.approx([0.5, 2.0, 0.0])
    assert [point.low for point in points] == pytest.approx([0.0, 0.0, 2.5])


def test_a_sum_just_above_the_limit_alarms_and_one_at_it_does_not() -> None:
    # Rounded to two decimals, both would be 5.
    weeks = ["2025-01-06", "2025-01-13"]
    at = chart([one(3.0, weeks[0]), one(3.0, weeks[1])], k=0.5)
    assert at[-1].high == 5.0
    assert alarm(at, 5.0) is None
    assert alarm(chart([one(3.0, weeks[0]), one(3.0 + 1e-9, weeks[1])], k=0.5), 5.0) == weeks[1]


def test_both_directions_alarm() -> None:
    weeks = [one(-2.0, f"2025-03-{day:02d}") for day in range(1, 10)]
    assert alarm(chart(weeks), 5.0) == "2025-03-04"


@pytest.mark.parametrize(("h", "published"), [(4.0, 168), (5.0, 465)])
def test_run_lengths_are_montgomerys(h: float, published: int) -> None:
    """Montgomery, Introduction to Statistical Quality Control, table of the tabular CUSUM with k = 1/2."""
    assert average_run_length(0.5, h) == pytest.approx(published, abs=0.6)


@pytest.mark.parametrize(
    ("shift", "published"), [(0.25, 139.0), (0.5, 38.0), (1.0, 10.4), (1.5, 5.75), (2.0, 4.01), (3.0, 2.57)]
)
def test_shifts_are_found_as_fast_as_published(shift: float, published: float) -> None:
    """The same table, h = 5."""
    assert average_run_length(0.5, 5.0, shift) == pytest.approx(published, rel=0.01)


def test_no_windows_are_no_points_and_no_alarm() -> None:
    assert chart([]) == []
    assert alarm([]) is None
