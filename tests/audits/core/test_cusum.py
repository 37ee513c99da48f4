"""Does the CUSUM add up, alarm where it should, and wait as long as it says?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import beta, binomtest, chi2, kstest

from audits.core.calibration import calibration_intercept
from audits.core.cells import Cells
from audits.core.cusum import Standard, Window, alarm, average_run_length, chart, followed, window

#: Scores of a model for which one patient in ten has the event: forty that are as frequent as one another.
SCORES = beta.ppf((np.arange(40) + 0.5) / 40, 1, 9)
CLAIM = Standard(0.0)


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
    certain = cells([0.0, 1.0], [0, 1], [3, 4])
    found = window("2025-01-06", certain, 0.3)
    assert (found.expected, found.variance) == (4.0, 0.0)
    assert followed([("2025-01-06", certain)], CLAIM) == []


def test_small_windows_wait_for_their_neighbours_and_are_dated_by_the_last() -> None:
    few = cells([0.2, 0.2], [0, 1], [9, 1])
    found = followed([(f"2025-01-0{day}", few) for day in range(1, 8)], CLAIM)
    assert [each.start for each in found] == ["2025-01-03", "2025-01-06"]
    assert (found[0].rows, found[0].observed) == (30, 3.0)
    assert found[0].expected == pytest.approx(6.0)
    assert found[0].variance == pytest.approx(4.8)


def test_what_the_scores_claim_is_certain_and_no_window_moves_it() -> None:
    many = cells([0.2, 0.2], [0, 1], [60, 40])
    found = followed([("2025-01-06", many), ("2025-01-13", many)], CLAIM)
    assert [each.expected for each in found] == pytest.approx([20.0, 20.0])
    assert [each.variance for each in found] == pytest.approx([16.0, 16.0])


def test_a_window_carries_the_doubt_about_its_standard_and_then_joins_it() -> None:
    """By hand: the reference knows as much as one window (16), so the first window counts half."""
    many = cells([0.2, 0.2], [0, 1], [70, 30])
    first, second = followed([("2025-01-06", many), ("2025-01-13", many)], Standard(0.0, 16.0))
    assert first.variance == pytest.approx(16 + 16**2 / 16)
    moved = window("", many, (30 - 20) / (16 + 16))
    assert second.expected == pytest.approx(moved.expected)
    assert second.variance == pytest.approx(moved.variance + moved.variance**2 / 32)


def drawn(rows: int, rng: np.random.Generator, moved: float = 0.0) -> Cells:
    """So many patients of a model that is calibrated, or whose log odds are off by `moved`."""
    n = rng.multinomial(rows, np.full(len(SCORES), 1 / len(SCORES)))
    events = rng.binomial(n, expit(logit(SCORES) + moved))
    outcome = [0] * len(SCORES) + [1] * len(SCORES)
    return cells(list(np.tile(SCORES, 2)), outcome, list(np.concatenate([n - events, events])))


def series(reference: int, rows: int, rng: np.random.Generator, moved: float = 0.0) -> list[Window]:
    """A year of weeks, held to a reference of so many rows; moved: from the twentieth week on."""
    fitted = calibration_intercept(drawn(reference, rng), 0.95)
    assert fitted.value is not None
    assert fitted.high is not None
    error = (fitted.high - fitted.value) / 1.959963984540054
    weeks = ((f"{week:02d}", drawn(rows, rng, moved * (week >= 20))) for week in range(52))
    return followed(weeks, Standard(fitted.value, error**-2))


def ordinary(trials: int, rng: np.random.Generator) -> float:
    """Share of years with an alarm when z is truly normal with deviation 1: what the chart promises."""
    z = rng.normal(size=(trials, 52))
    high, low, over = np.zeros(trials), np.zeros(trials), np.zeros(trials, dtype=bool)
    for week in z.T:
        high, low = np.maximum(0, high + week - 0.5), np.maximum(0, low - week - 0.5)
        over |= np.maximum(high, low) > 5
    return float(over.mean())


def check_false_alarms(reference: int, rows: int, trials: int) -> None:
    rng = np.random.default_rng(reference + rows)
    promised = ordinary(100_000, rng)
    alarms = sum(alarm(chart(series(reference, rows, rng))) is not None for _ in range(trials))
    limits = binomtest(alarms, trials).proportion_ci(0.999)
    assert limits.low <= promised <= limits.high, (reference, rows, alarms / trials)


@pytest.mark.parametrize(("reference", "rows"), [(1000, 500), (5000, 2000)])
def test_a_stable_model_alarms_no_more_often_than_promised_though_its_reference_is_a_sample(
    reference: int, rows: int
) -> None:
    check_false_alarms(reference, rows, 100)


@pytest.mark.slow
@pytest.mark.parametrize("reference", [200, 1000, 5000, 100_000])
@pytest.mark.parametrize("rows", [100, 500, 2000])
def test_false_alarms_come_as_promised_for_any_reference(reference: int, rows: int) -> None:
    check_false_alarms(reference, rows, 1000)


def test_deviations_of_a_stable_model_are_independent_and_have_deviation_one() -> None:
    rng = np.random.default_rng(8)
    z = np.array([[point.z for point in chart(series(1000, 2000, rng))] for _ in range(60)])
    assert kstest(z.ravel(), "norm").pvalue > 0.001
    # The first window is where the reference's own error weighs most.
    assert chi2.sf((z[:, 0] ** 2).sum(), len(z)) > 0.001
    assert abs(np.corrcoef(z[:, :-1].ravel(), z[:, 1:].ravel())[0, 1]) < 4 / math.sqrt(z.size)


def test_a_change_after_a_while_is_still_found_at_once() -> None:
    found = [alarm(chart(series(1000, 500, np.random.default_rng(seed), moved=0.5))) for seed in range(20)]
    assert sum(start is not None and "20" <= start <= "25" for start in found) >= 17


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
