"""Which score reaches a target, and when is there none?"""

from __future__ import annotations

import numpy as np
import pytest

from audits.core.functionals_operating import FORMULAS
from audits.core.targets import Redrawn, edges_near, recut, resolve, tables_above
from audits.core.values import Rate, Target
from tests.audits.core.score_cells import cells

EVENTS, OTHERS = [0.9, 0.8, 0.7, 0.6, 0.5], [0.85, 0.55, 0.4, 0.3, 0.2, 0.1, 0.05, 0.04, 0.03, 0.02]


def _found(rate: Rate, value: float, events: list[float] = EVENTS, others: list[float] = OTHERS) -> float | str:
    return resolve(Target("t", rate, value), cells(events, others))


@pytest.mark.parametrize(
    ("rate", "value", "score"),
    [
        (Rate.SENSITIVITY, 0.8, 0.6),
        (Rate.SENSITIVITY, 0.81, 0.5),
        (Rate.SENSITIVITY, 0.2, 0.9),
        (Rate.SPECIFICITY, 0.8, 0.5),
        (Rate.SPECIFICITY, 0.9, 0.6),
        (Rate.FLAG_RATE, 0.2, 0.8),
        (Rate.FLAG_RATE, 0.34, 0.6),
    ],
)
def test_a_target_resolves_to_an_observed_score(rate: Rate, value: float, score: float) -> None:
    assert _found(rate, value) == score


@pytest.mark.parametrize("rate", list(Rate))
@pytest.mark.parametrize("value", [0.1, 0.3, 0.5, 0.77, 0.9])
def test_the_definition_holds_and_the_next_score_would_break_it(rate: Rate, value: float) -> None:
    rng = np.random.default_rng(int(100 * value))
    sample = cells(rng.beta(4, 3, 60).round(2), rng.beta(2, 4, 200).round(2))
    score, target = resolve(Target("t", rate, value), sample), Target("t", rate, value)
    assert isinstance(score, float)
    scores = np.unique(sample.score)
    formula = FORMULAS[rate.value][0]
    reached = formula(tables_above(sample, np.tile(sample.n.astype(float), (len(scores), 1)), scores))
    good = reached <= value if rate is Rate.FLAG_RATE else reached >= value
    assert score == (scores[good].max() if rate is Rate.SENSITIVITY else scores[good].min())
    assert recut(target, sample, sample.n[None, :].astype(float))[0] == score


@pytest.mark.parametrize(
    ("rate", "value", "events", "others", "words"),
    [
        (Rate.SENSITIVITY, 0.9, [], OTHERS, "no rows with the outcome"),
        (Rate.SPECIFICITY, 0.9, EVENTS, [], "no rows without the outcome"),
        (Rate.FLAG_RATE, 0.1, [], [], "no rows"),
        (Rate.SENSITIVITY, 0.9, [0.4] * 5, [0.4] * 9, "every score is the same"),
        (Rate.FLAG_RATE, 0.1, [0.9] * 5, [0.9, 0.1, 0.1], "too many rows tie at the highest score"),
        (Rate.SPECIFICITY, 0.9, EVENTS, [0.9] * 5 + [0.1] * 5, "too many rows tie at the highest score"),
    ],
)
def test_a_target_that_no_score_reaches_says_why(
    rate: Rate, value: float, events: list[float], others: list[float], words: str
) -> None:
    found = _found(rate, value, events, others)
    assert isinstance(found, str)
    assert words in found


def test_replicates_of_a_slice_are_as_many_rows_and_vary_as_those_of_everyone_inside_it() -> None:
    rng = np.random.default_rng(5)
    everyone = cells(rng.beta(4, 3, 300), rng.beta(2, 4, 700))
    drawn = Redrawn(Target("t", Rate.SENSITIVITY, 0.8), everyone, 600, rng)
    whole, same = drawn.whole(), drawn.within(everyone, rng)
    for tables in (whole, same):
        assert set(tables.tp + tables.fp + tables.fn + tables.tn) == {1000.0}
        assert np.quantile(tables.tp / (tables.tp + tables.fn), 0.01) >= 0.8 - 1e-9
    formula = FORMULAS["specificity"][0]
    # The slice of everyone is everyone, on other cells and other draws.
    assert formula(same).mean() == pytest.approx(formula(whole).mean(), abs=0.01)
    assert formula(same).std() == pytest.approx(formula(whole).std(), rel=0.15)


@pytest.mark.parametrize(
    ("rate", "value"),
    [(Rate.FLAG_RATE, 0.01), (Rate.FLAG_RATE, 0.001), (Rate.SPECIFICITY, 0.99), (Rate.SENSITIVITY, 0.9)],
)
def test_a_cut_in_the_tail_of_many_rows_varies_as_an_order_statistic_does(rate: Rate, value: float) -> None:
    rng = np.random.default_rng(6)
    everyone = cells(rng.random(10_000), rng.random(90_000))
    rows = {Rate.SENSITIVITY: 10_000, Rate.SPECIFICITY: 90_000, Rate.FLAG_RATE: 100_000}[rate]
    drawn = Redrawn(Target("t", rate, value), everyone, 400, rng)
    # Of uniform scores the cut is a share, and varies as one.
    assert drawn.cuts.std() == pytest.approx(np.sqrt(value * (1 - value) / rows), rel=0.15)
    best = value if rate is Rate.SPECIFICITY else 1 - value
    assert drawn.cuts.mean() == pytest.approx(best, abs=4 * np.sqrt(value * (1 - value) / rows))


@pytest.mark.parametrize("value", [0.001, 0.01, 0.3])
def test_edges_for_boards_are_closest_around_the_target_and_few(value: float) -> None:
    rng = np.random.default_rng(7)
    everyone = cells(rng.random(5000), rng.random(45_000))
    edges = edges_near(Target("t", Rate.FLAG_RATE, value), everyone)
    error = np.sqrt(value * (1 - value) / 50_000)
    for times in (1, 3, 10):
        near = edges[np.abs(edges - (1 - value)) <= 2 * times * error]
        # However unequally patients repeat, which makes errors larger, there are edges enough within two of them.
        assert len(near) >= min(15, 2 * times * np.sqrt(50_000 * value))
        assert np.diff(near).max() < times * error
    assert len(edges) < 150
