"""What do the measures at a cut-off say where counts are empty?"""

from __future__ import annotations

import pytest

from audits.core.operating import Confusion
from audits.core.ratios import RATIOS
from audits.core.values import Estimate


def _found(measure: str, *counts: int) -> Estimate:
    return RATIOS[measure](Confusion(*counts), 0.95)


@pytest.mark.parametrize(
    ("measure", "counts", "words"),
    [
        ("positive_likelihood_ratio", (5, 0, 5, 20), "no upper end"),
        ("positive_likelihood_ratio", (10, 20, 0, 0), "every row is flagged"),
        ("positive_likelihood_ratio", (0, 5, 0, 20), "only one outcome"),
        ("negative_likelihood_ratio", (5, 20, 5, 0), "no upper end"),
        ("negative_likelihood_ratio", (0, 0, 10, 20), "no rows are flagged"),
        ("negative_likelihood_ratio", (0, 5, 0, 20), "only one outcome"),
        ("number_needed_to_evaluate", (0, 0, 10, 20), "no rows are flagged"),
        ("number_needed_to_evaluate", (0, 5, 10, 20), "no flagged row has the outcome"),
        ("f1", (0, 0, 0, 20), "no rows are flagged and none have the outcome"),
        ("matthews_correlation", (0, 0, 10, 20), "no rows are flagged"),
        ("matthews_correlation", (10, 20, 0, 0), "every row is flagged"),
        ("matthews_correlation", (0, 5, 0, 5), "no rows have the outcome"),
        ("matthews_correlation", (5, 0, 5, 0), "every row has the outcome"),
    ],
)
def test_a_table_without_an_answer_says_why(measure: str, counts: tuple[int, ...], words: str) -> None:
    found = _found(measure, *counts)
    assert found.value is None
    assert words in (found.reason or "")


@pytest.mark.parametrize(
    ("measure", "counts", "value"),
    [
        ("positive_likelihood_ratio", (0, 5, 10, 20), 0.0),
        ("positive_likelihood_ratio", (10, 5, 0, 15), 4.0),
        ("positive_likelihood_ratio", (5, 20, 5, 0), 0.5),
        ("negative_likelihood_ratio", (10, 5, 0, 20), 0.0),
        ("negative_likelihood_ratio", (0, 5, 10, 15), 4 / 3),
        ("number_needed_to_evaluate", (10, 0, 2, 20), 1.0),
        ("f1", (0, 5, 10, 20), 0.0),
        ("f1", (10, 0, 0, 20), 1.0),
        ("matthews_correlation", (10, 0, 0, 20), 1.0),
        ("matthews_correlation", (0, 20, 10, 0), -1.0),
    ],
)
def test_an_extreme_value_is_never_certain(measure: str, counts: tuple[int, ...], value: float) -> None:
    found = _found(measure, *counts)
    assert found.value == pytest.approx(value)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high
    assert found.high - found.low > 0.1


def test_a_perfect_flag_of_few_rows_is_less_certain_than_one_of_many() -> None:
    for measure in ("f1", "matthews_correlation"):
        few, many = _found(measure, 5, 0, 0, 5), _found(measure, 500, 0, 0, 500)
        assert few.low is not None
        assert many.low is not None
        assert few.low < 0.8 < 0.98 < many.low
