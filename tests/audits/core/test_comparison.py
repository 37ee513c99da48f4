"""Does a comparison say the right word, and does a criterion with a margin test non-inferiority?"""

from __future__ import annotations

import numpy as np
import pytest

from audits.core import checks, comparison, paired
from audits.core.catalog import CATALOG
from audits.core.catalog_comparison import ENTRIES
from audits.core.pair_cells import PairCells
from audits.core.values import Estimate, Measurement, Verdict
from tests.audits.tables import criterion


@pytest.mark.parametrize(
    ("low", "high", "margin", "words"),
    [
        (0.01, 0.05, 0.02, "superior"),
        (0.01, 0.05, None, "superior"),
        (-0.01, 0.05, 0.02, "non-inferior within 0.02"),
        (-0.02, 0.05, 0.02, "non-inferior within 0.02"),
        (-0.015, -0.005, 0.02, "non-inferior within 0.02, though worse"),
        (-0.03, 0.05, 0.02, "cannot tell"),
        (-0.03, -0.01, 0.02, "cannot tell"),
        (-0.06, -0.03, 0.02, "inferior"),
        (-0.01, 0.05, None, "cannot tell"),
        (-0.06, -0.03, None, "inferior"),
        (0.0, 0.05, 0.0, "non-inferior within 0"),
        (None, None, 0.02, "cannot tell"),
    ],
)
def test_where_a_difference_stands_is_said_in_words(
    low: float | None, high: float | None, margin: float | None, words: str
) -> None:
    assert comparison.standing(low, high, margin=margin) == words
    if low is not None and high is not None:
        assert comparison.standing(-high, -low, margin=margin, higher=False) == words


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.01, 0.05, Verdict.MET),
        (0.01, 0.05, Verdict.MET),
        (-0.03, 0.05, Verdict.NOT_EVALUABLE),
        (-0.06, -0.03, Verdict.NOT_MET),
        (None, None, Verdict.NOT_EVALUABLE),
    ],
)
def test_a_criterion_with_a_margin_is_the_test_of_non_inferiority(
    low: float | None, high: float | None, verdict: Verdict
) -> None:
    value = 0.0 if low is None or high is None else (low + high) / 2
    found = Measurement("auroc_vs_comparator", Estimate(value, low, high, 500, 100, "m"))
    (check,) = checks.apply([criterion(measure="auroc_vs_comparator", minimum=-0.02)], [found])
    assert check.verdict is verdict
    said = comparison.standing(low, high, margin=0.02)
    assert (verdict is Verdict.MET) == (said == "superior" or said.startswith("non-inferior"))
    assert (verdict is Verdict.NOT_MET) == (said == "inferior")


def test_what_can_be_improved_by_miscalibration_or_says_only_that_two_differ_is_never_gated() -> None:
    shown = {entry.key for entry in ENTRIES if not entry.gated}
    assert shown == {"mcnemar_sensitivity_p", "mcnemar_specificity_p", "nri_events", "nri_nonevents", "idi"}
    assert "net benefit" in CATALOG["nri_events"].misread
    assert "Demler" in CATALOG["auroc_vs_comparator"].misread
    assert "margin" in CATALOG["auroc_vs_comparator"].misread


def test_every_measure_of_a_comparison_is_in_the_catalogue() -> None:
    assert {*comparison.WHOLE, *comparison.AT_POINT} == {entry.key for entry in ENTRIES}


def test_tangos_interval_mirrors_and_stays_in_its_range() -> None:
    assert paired.tango(9, 2, 40, 0.95) == pytest.approx([-end for end in paired.tango(2, 9, 40, 0.95)[::-1]])
    assert paired.tango(30, 0, 30, 0.95).high == 1.0
    assert paired.tango(0, 30, 30, 0.95).low == -1.0
    assert paired.tango(0, 0, 1, 0.95).low < 0 < paired.tango(0, 0, 1, 0.95).high


def test_without_disagreements_tangos_interval_is_known_in_closed_form() -> None:
    """The score test of 0 disagreements in n rejects beyond z^2 / (n + z^2)."""
    z2 = 1.959963984540054**2
    assert paired.tango(0, 0, 50, 0.95) == pytest.approx((-z2 / (50 + z2), z2 / (50 + z2)), abs=1e-9)


def _cells(p: list[float], q: list[float], y: list[int]) -> PairCells:
    score, other = np.array(p), np.array(q)
    ones = np.ones(len(p), dtype=np.int64)
    return PairCells(np.array(y), score, other, score, other, ones, 0 * ones, 0 * ones)


def test_a_variance_that_misses_a_term_is_not_given() -> None:
    y = [1, 1, 0, 0, 0]
    assert paired.delong_difference(_cells([0.9, 0.4, 0.5, 0.2, 0.1], [0.3, 0.8, 0.5, 0.4, 0.1], y)) is not None
    assert paired.delong_difference(_cells([0.9, 0.8, 0.3, 0.2, 0.1], [0.9, 0.8, 0.1, 0.2, 0.3], y)) is None
    assert paired.delong_difference(_cells([0.9, 0.3, 0.2], [0.2, 0.8, 0.1], [1, 0, 0])) is None
