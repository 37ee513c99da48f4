"""Is the delay of outcomes the one that lifelines, NumPy and hand arithmetic give, also while some are awaited?"""

from __future__ import annotations

import lifelines
import numpy as np
import pytest
from lifelines.utils import median_survival_times
from scipy.stats import binom

from audits.core.arrays import Ints
from audits.core.label_delay import Delays, delay, survival


def delays(
    known: Ints,
    waiting: Ints | None = None,
    before: int = 0,
    dateless: int = 0,
    age: Ints | None = None,
    **windows: Ints,
) -> Delays:
    awaited = np.zeros(0, dtype=np.int64) if waiting is None else waiting
    days = np.union1d(known, awaited).astype(np.int64)
    counts = [np.array([(part == day).sum() for day in days], dtype=np.int64) for part in (known, awaited)]
    none = np.zeros(0, dtype=np.int64)
    rows, labelled = windows.get("rows", none), windows.get("labelled", none)
    starts = tuple(f"2025-01-{1 + 7 * week:02d}" for week in range(len(rows)))
    return Delays(days, counts[0], counts[1], starts, rows, labelled, before, dateless, age)


@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("n", [1, 2, 7, 40, 1001])
def test_without_waiting_it_is_an_order_statistic(n: int, share: float) -> None:
    known = np.random.default_rng(n).geometric(0.04, n)
    found = delay(delays(known), share, 0.95)
    assert found.value == np.quantile(known, share, method="inverted_cdf")
    low, high = int(binom.ppf(0.025, n, share)), int(binom.ppf(0.975, n, share)) + 1
    if low < 1 or high > n:
        assert (found.low, found.high) == (None, None)
    else:
        ordered = np.sort(known)
        assert (found.low, found.high) == (ordered[low - 1], ordered[high - 1])


def test_with_waiting_it_is_lifelines_kaplan_meier() -> None:
    rng = np.random.default_rng(5)
    true, limit = rng.geometric(0.05, 400), rng.integers(1, 60, 400)
    took, seen = np.minimum(true, limit), true <= limit
    fitter = lifelines.KaplanMeierFitter().fit(took, seen)
    given = delays(took[seen], took[~seen])
    assert survival(given) == pytest.approx(fitter.survival_function_at_times(given.days).to_numpy())
    found = delay(given, 0.5, 0.95)
    low, high = median_survival_times(fitter.confidence_interval_).to_numpy()[0]
    assert (found.value, found.low, found.high) == (fitter.median_survival_time_, low, high)
    assert delay(given, 0.9, 0.95).value == fitter.percentile(0.1)


def test_outcomes_that_are_awaited_are_not_short_delays() -> None:
    known, waiting = np.full(40, 3), np.full(60, 30)
    found = delay(delays(known, waiting), 0.5, 0.95)
    assert found.value is None
    assert found.reason == "fewer than 50% of the outcomes are known yet: 60 of 100 are not"
    assert delay(delays(known), 0.5, 0.95).value == 3.0


def test_nothing_known_is_undefined() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert delay(delays(none), 0.5, 0.95).value is None
    assert delay(delays(none, np.array([4, 5])), 0.9, 0.95).reason == "no row has both dates and a known outcome"


def test_outcomes_from_before_the_prediction_are_left_out_and_counted() -> None:
    assert "3 rows with an outcome from before" in delay(delays(np.array([1, 2, 3]), before=3), 0.5, 0.95).method


@pytest.mark.parametrize(
    ("labelled", "expected"),
    [
        ([10, 10, 10], None),
        ([10, 10, 4], "2025-01-15"),
        ([10, 4, 0], "2025-01-08"),
        ([2, 10, 10], None),  # an early gap is no blind spot
        ([2, 10, 2], "2025-01-15"),
        ([0, 0, 0], "2025-01-01"),
        ([10, 10, 5], None),
    ],
)
def test_the_last_windows_are_blind_while_most_outcomes_are_awaited(labelled: list[int], expected: str | None) -> None:
    rows = np.full(3, 10, dtype=np.int64)
    assert delays(np.array([1]), rows=rows, labelled=np.array(labelled, dtype=np.int64)).blind_from == expected


def test_no_windows_are_not_blind() -> None:
    assert delays(np.array([1])).blind_from is None


WEEKS = ("2025-01-01", "2025-01-08", "2025-01-15", "2025-01-22")


def settling(
    labelled: list[int], *, age: list[int] | None, known: Ints, waiting: Ints | None = None, dateless: int = 0
) -> tuple[str, ...]:
    ages = None if age is None else np.array(age, dtype=np.int64)
    rows, counts = np.full(4, 100, dtype=np.int64), np.array(labelled, dtype=np.int64)
    return delays(known, waiting, dateless=dateless, age=ages, rows=rows, labelled=counts).unsettled


def test_a_window_is_judged_only_once_nearly_all_of_its_outcomes_are_known() -> None:
    known = np.full(10, 3)
    assert settling([100, 95, 94, 60], age=None, known=known) == WEEKS[2:]
    assert settling([100, 60, 100, 100], age=None, known=known) == WEEKS[1:2]
    assert settling([0, 0, 0, 0], age=None, known=np.zeros(0, dtype=np.int64)) == WEEKS


def test_a_window_is_judged_too_when_it_has_waited_as_long_as_nearly_all_outcomes_take() -> None:
    # lifelines: 95 of 100 are known after 1 to 95 days, five are still awaited after 200.
    known, waiting = np.arange(1, 96), np.full(5, 200)
    took, seen = np.concatenate([known, waiting]), np.repeat([True, False], [95, 5])
    assert lifelines.KaplanMeierFitter().fit(took, seen).percentile(0.05 + 1e-9) == 95
    assert settling([94, 94, 94, 94], age=[200, 95, 94, 10], known=known, waiting=waiting) == WEEKS[2:]
    assert settling([94, 94, 94, 94], age=None, known=known, waiting=waiting) == WEEKS
    # One more that is awaited, and 95% is never reached.
    longer = np.full(6, 200)
    assert settling([94, 94, 94, 94], age=[200, 95, 94, 10], known=known, waiting=longer) == WEEKS


def test_dates_that_most_known_outcomes_lack_say_nothing_of_how_long_the_others_take() -> None:
    # Only events have dates: they come early, and those without the event are known at the end of follow-up.
    found = settling([60, 60, 60, 60], age=[300, 200, 100, 9], known=np.full(40, 3), dateless=200)
    assert found == WEEKS


def test_known_outcomes_without_a_date_are_left_out_of_the_delay_and_counted() -> None:
    found = delay(delays(np.array([1, 2, 3] * 20), dateless=17), 0.5, 0.95)
    assert (found.value, found.n) == (2.0, 60)
    assert "17 outcomes that are known without a date are left out" in found.method


def test_an_upper_limit_that_is_not_reached_yet_is_told_from_too_few_rows() -> None:
    known, waiting = np.repeat(np.arange(1, 27), 4), np.full(90, 26)
    took, seen = np.concatenate([known, waiting]), np.repeat([True, False], [len(known), 90])
    fitter = lifelines.KaplanMeierFitter().fit(took, seen)
    low, high = median_survival_times(fitter.confidence_interval_).to_numpy()[0]
    assert np.isinf(high)
    found = delay(delays(known, waiting), 0.5, 0.95)
    assert (found.value, found.low, found.high) == (fitter.median_survival_time_, None, None)
    assert f"the lower limit is {low:g} days, the upper limit is not reached yet" in found.method
    assert "too few rows" not in found.method
    assert "too few rows for an interval" in delay(delays(np.array([3, 4])), 0.9, 0.95).method
