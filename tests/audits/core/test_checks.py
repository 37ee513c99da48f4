"""Does a check say met, not met, or that we cannot tell yet, with the numbers?"""

from __future__ import annotations

from typing import Any

import pytest

from audits.core import checks
from audits.core.values import Criterion, Estimate, Measurement, On, Verdict
from tests.audits.tables import criterion


def _auroc(value: float = 0.8, low: float | None = 0.75, high: float | None = 0.85, **places: Any) -> Measurement:
    n, events = places.pop("n", 500), places.pop("events", 100)
    return Measurement("auroc", Estimate(value, low, high, n, events, "m"), **places)


def _one(rule: Criterion, measurement: Measurement) -> tuple[Verdict, str]:
    (check,) = checks.apply([rule], [measurement])
    return check.verdict, check.reason


@pytest.mark.parametrize(
    ("bounds", "verdict"),
    [
        ({"minimum": 0.75}, Verdict.MET),
        ({"minimum": 0.76}, Verdict.NOT_EVALUABLE),
        ({"minimum": 0.85}, Verdict.NOT_EVALUABLE),
        ({"minimum": 0.86}, Verdict.NOT_MET),
        ({"minimum": None, "maximum": 0.85}, Verdict.MET),
        ({"minimum": None, "maximum": 0.8}, Verdict.NOT_EVALUABLE),
        ({"minimum": None, "maximum": 0.74}, Verdict.NOT_MET),
        ({"minimum": 0.7, "maximum": 0.9}, Verdict.MET),
        ({"minimum": 0.78, "maximum": 0.82}, Verdict.NOT_EVALUABLE),
        ({"minimum": 0.1, "maximum": 0.2}, Verdict.NOT_MET),
    ],
)
def test_the_whole_interval_is_compared(bounds: dict[str, float | None], verdict: Verdict) -> None:
    assert _one(criterion(**bounds), _auroc())[0] is verdict


def test_a_straddling_interval_is_not_evaluable_but_its_estimate_may_be_met() -> None:
    assert _one(criterion(minimum=0.78, on=On.INTERVAL), _auroc())[0] is Verdict.NOT_EVALUABLE
    assert _one(criterion(minimum=0.78, on=On.ESTIMATE), _auroc())[0] is Verdict.MET
    assert _one(criterion(minimum=0.81, on=On.ESTIMATE), _auroc())[0] is Verdict.NOT_MET


def test_a_value_without_an_interval_cannot_meet_an_interval_criterion() -> None:
    verdict, reason = _one(criterion(), _auroc(low=None, high=None))
    assert verdict is Verdict.NOT_EVALUABLE
    assert "no interval" in reason


def test_an_undefined_measure_is_never_met() -> None:
    empty = Measurement("auroc", Estimate.undefined("no rows"))
    verdict, reason = _one(criterion(minimum=None, maximum=1.0, on=On.ESTIMATE), empty)
    assert verdict is Verdict.NOT_EVALUABLE
    assert "no rows" in reason


@pytest.mark.parametrize(
    ("least", "words"),
    [
        ({"minimum_n": 501}, "500 rows where the plan asks for at least 501"),
        ({"minimum_events": 101}, "100 events where the plan asks for at least 101"),
        ({"minimum_nonevents": 401}, "400 non-events where the plan asks for at least 401"),
    ],
)
def test_too_little_data_is_said_with_its_numbers(least: dict[str, int], words: str) -> None:
    verdict, reason = _one(criterion(**least), _auroc())
    assert verdict is Verdict.NOT_EVALUABLE
    assert words in reason


def test_too_little_data_is_said_even_when_the_value_is_bad() -> None:
    assert _one(criterion(minimum=0.99, minimum_n=1000), _auroc())[0] is Verdict.NOT_EVALUABLE


def test_events_that_were_not_counted_do_not_pass_a_minimum() -> None:
    verdict, reason = _one(criterion(minimum_events=1), _auroc(events=None))
    assert verdict is Verdict.NOT_EVALUABLE
    assert "unknown" in reason


def test_each_is_one_check_per_slice_that_was_measured() -> None:
    measured = [_auroc(slice=name) for name in ("", "race=a", "race=b")]
    made = checks.apply([criterion(slice="each")], measured)
    assert [check.measurement.slice for check in made] == ["", "race=a", "race=b"]


def test_a_criterion_names_one_slice_exactly() -> None:
    measured = [_auroc(slice=name) for name in ("", "race=a", "race=b")]
    (check,) = checks.apply([criterion(slice="race=b")], measured)
    assert check.measurement.slice == "race=b"


def test_a_criterion_that_names_nothing_measured_is_kept_as_not_evaluable() -> None:
    (check,) = checks.apply([criterion(slice="race=zz")], [_auroc()])
    assert check.verdict is Verdict.NOT_EVALUABLE
    assert "race=zz" in check.reason
    assert check.measurement.estimate.value is None
    assert check.measurement.slice == "race=zz"


@pytest.mark.parametrize(
    ("value", "low", "high", "minimum", "shown"),
    [
        (1.135, 1.0159, 1.2681, 0.8, "1.14 (1.02 to 1.27)"),
        (0.8, 0.7512, 0.849, 0.75, "0.800 (0.751 to 0.849)"),  # at two decimals the lower end would lie on the bound
        (0.8, 0.74996, 0.85, 0.75, "0.80000 (0.74996 to 0.85000)"),
    ],
)
def test_a_reason_shows_what_the_interval_supports_and_never_contradicts_its_verdict(
    value: float, low: float, high: float, minimum: float, shown: str
) -> None:
    _, reason = _one(criterion(minimum=minimum), _auroc(value, low, high))
    assert shown in reason
