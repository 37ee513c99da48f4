"""Does a number show as many digits as its interval supports, and no more?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.core.figures import Figure, decimals, figure
from audits.core.values import Estimate

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.80408, 0.78463, 0.82451, Figure("0.804", "0.785 to 0.825")),  # half 0.0199: two digits of it
        (0.8277, 0.7840, 0.8741, Figure("0.83", "0.78 to 0.87")),  # half 0.0450: one digit of it
        (0.5, 0.1, 0.9, Figure("0.5", "0.1 to 0.9")),
        (0.812345, 0.812001, 0.812999, Figure("0.8123", "0.8120 to 0.8130")),
        (-0.0712, -0.1512, 0.0101, Figure(f"{MINUS}0.07", f"{MINUS}0.15 to 0.01")),
        (0.0001, -0.04, 0.04, Figure("0.00", f"{MINUS}0.04 to 0.04")),
        (12345.0, 12225.0, 12465.0, Figure("12,340", "12,220 to 12,460")),
        (0.5, 0.4025, 0.5985, Figure("0.50", "0.40 to 0.60")),  # half 0.0980 is 0.10 at two digits
        (1.0, 1.0, 1.0, Figure("1.00", "1.00 to 1.00")),
        (0.0, 0.0, 0.0, Figure("0.00", "0.00 to 0.00")),
    ],
)
def test_digits_follow_the_interval(value: float, low: float, high: float, shown: Figure) -> None:
    assert figure(Estimate(value, low, high, 100)) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(83.0, "83"), (2140.0, "2,140"), (0.13677, "0.137"), (1.5, "1.50"), (0.0, "0")]
)
def test_without_an_interval_whole_numbers_stay_whole_and_others_have_three_figures(value: float, shown: str) -> None:
    assert figure(Estimate(value, n=10)) == Figure(shown, "")


def test_what_is_undefined_is_a_dash_and_never_a_zero() -> None:
    assert figure(Estimate.undefined("no events")) == Figure("\N{EN DASH}", "")


@given(st.floats(-1e6, 1e6), st.floats(1e-4, 1e6))
def test_the_last_digit_is_never_finer_than_a_hundredth_of_the_interval(value: float, half: float) -> None:
    kept = decimals(value - half, value + half, near=value)
    assert 10.0**-kept >= half / 100
