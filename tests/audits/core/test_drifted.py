"""Is a column called drifted only when a shift is both proven and large, and cleared only when it is neither?"""

from __future__ import annotations

import pytest

from audits.core.drifted import DEFAULT_DISTANCE, Bound, bounds_of, together, verdict
from audits.core.values import Criterion, Estimate, Kind

BOUND = [Bound("jensen_shannon", 0.1, False)]


def p(value: float) -> Estimate:
    return Estimate(value, n=1000)


def distance(value: float, low: float, high: float) -> dict[str, Estimate]:
    floor = Estimate(0.001, 0.001, 0.001)
    return {"jensen_shannon": Estimate(value, low, high), "psi_noise_floor": floor, "psi": Estimate(0.1, 0.05, 0.2)}


@pytest.mark.parametrize(
    ("chance", "effect", "expected"),
    [
        (1e-9, (0.3, 0.2, 0.4), (1.0, 1.0, 1.0)),  # proven and large
        (1e-9, (0.02, 0.01, 0.03), (0.0, 0.0, 0.0)),  # proven and too small to matter: a large table
        (0.60, (0.3, 0.0, 0.5), (0.0, 0.0, 1.0)),  # large and unproven: a small table
        (0.60, (0.01, 0.0, 0.02), (0.0, 0.0, 0.0)),  # neither
        (1e-3, (0.12, 0.08, 0.16), (1.0, 0.0, 1.0)),  # proven, and about as large as the bound
        (1e-3, (0.09, 0.06, 0.12), (0.0, 0.0, 1.0)),
    ],
)
def test_both_are_asked_for(chance: float, effect: tuple[float, float, float], expected: tuple[float, ...]) -> None:
    found = verdict(p(chance), distance(*effect), BOUND, 1000)
    assert (found.value, found.low, found.high) == expected


def test_few_values_neither_accuse_nor_clear() -> None:
    found = verdict(p(0.9), distance(0.0, 0.0, 0.0), BOUND, 49)
    assert found.value is None
    assert found.reason == "49 values in one of the tables, and at least 50 are needed"


def test_what_could_not_be_tested_has_no_verdict() -> None:
    assert verdict(Estimate.undefined("why not"), distance(0, 0, 0), BOUND, 1000).reason == "why not"


def _criterion(measure: str, maximum: float, column: str = "each", kind: Kind = Kind.DRIFT) -> Criterion:
    return Criterion("c", kind, measure, maximum=maximum, column=column)


def test_the_plans_own_bounds_come_first_and_the_tightest_counts() -> None:
    criteria = (_criterion("psi", 0.2), _criterion("psi", 0.1, "age"), _criterion("psi", 0.01, "sex"))
    assert bounds_of(criteria, "age", distance(0, 0, 0)) == [Bound("psi", 0.1, True)]
    assert bounds_of((_criterion("missing_share_difference", 0.1),), "age", distance(0, 0, 0)) == [
        Bound("jensen_shannon", DEFAULT_DISTANCE, False)
    ]


def test_a_bound_below_what_chance_gives_is_raised_to_it() -> None:
    noisy = {**distance(0, 0, 0), "psi_noise_floor": Estimate(0.5, 0.5, 0.5)}
    assert bounds_of((_criterion("psi", 0.1),), "age", noisy) == [Bound("psi", 0.5, True)]
    assert bounds_of((), "age", noisy)[0].most == pytest.approx(0.25)


def test_columns_without_a_verdict_may_have_drifted() -> None:
    verdicts = [Estimate(1.0, 1.0, 1.0), Estimate(0.0, 0.0, 1.0), Estimate(0.0, 0.0, 0.0), Estimate.undefined("no")]
    found = together(verdicts)["drifted_columns"]
    assert (found.value, found.low, found.high, found.n) == (1.0, 1.0, 3.0, 4)
    share = together(verdicts)["drifted_share"]
    assert (share.value, share.low, share.high) == (0.25, 0.25, 0.75)


def test_a_table_without_any_verdict_has_no_count() -> None:
    assert together([]).popitem()[1].value is None
    assert together([Estimate.undefined("no")])["drifted_columns"].value is None
