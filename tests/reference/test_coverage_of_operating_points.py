"""Do intervals at an operating point hold the truth about as often as they say? Seeded simulations.

Cut-offs given beforehand: confusion tables drawn from known cell probabilities. Cut-offs chosen on the same rows to
reach a target: normal scores, where the cut that reaches the target in truth is known.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from audits.core.cells import Cells
from audits.core.functionals_operating import FORMULAS, Tables
from audits.core.intervals import Interval, quantile_of
from audits.core.operating import SHARES, Confusion, share
from audits.core.ratios import RATIOS
from audits.core.scales import from_error, inner
from audits.core.targets import Redrawn, recut, resolve
from audits.core.values import Rate, Target
from tests.audits.core.score_cells import cells

TRIALS = [pytest.param(400, 0.035), pytest.param(4000, 0.02, marks=pytest.mark.slow)]
#: rows, prevalence, sensitivity, specificity
CASES = [(400, 0.3, 0.8, 0.7), (1000, 0.1, 0.6, 0.9), (2000, 0.05, 0.85, 0.8), (300, 0.5, 0.4, 0.95)]


def _tables(case: tuple[int, float, float, float], trials: int) -> tuple[list[Confusion], Tables]:
    """Samples, and the one table of everyone in truth."""
    rows, share_, sensitivity, specificity = case
    shares = np.array(
        [share_ * sensitivity, (1 - share_) * (1 - specificity), share_ * (1 - sensitivity), (1 - share_) * specificity]
    )
    drawn = np.random.default_rng(31).multinomial(rows, shares, size=trials)
    return [Confusion(*(int(n) for n in each)) for each in drawn], Tables(*(np.array([s]) for s in shares))


@pytest.mark.parametrize(("trials", "slack"), TRIALS)
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("measure", [*SHARES, *RATIOS])
def test_figures_at_a_given_cut_are_covered(
    measure: str, case: tuple[int, float, float, float], trials: int, slack: float
) -> None:
    samples, truth = _tables(case, trials)
    expected = float(FORMULAS[measure][0](truth)[0])
    found = [RATIOS[measure](each, 0.95) if measure in RATIOS else share(measure, each, 0.95) for each in samples]
    defined = [each for each in found if each.low is not None and each.high is not None]
    assert len(defined) > 0.99 * trials
    held = np.mean([(each.low or 0.0) <= expected <= (each.high or 0.0) for each in defined])
    assert abs(held - 0.95) <= slack


def _normal(events: int, nonevents: int, rng: np.random.Generator) -> Cells:
    return cells(norm.cdf(rng.normal(1.2, 1, events)), norm.cdf(rng.normal(0, 1, nonevents)))


def _at(cut: float, prevalence: float) -> Tables:
    """The tables of everyone in truth at a cut on the scores."""
    high, low = norm.sf(norm.ppf(cut), 1.2), norm.sf(norm.ppf(cut))
    parts = (prevalence * high, (1 - prevalence) * low, prevalence * (1 - high), (1 - prevalence) * (1 - low))
    return Tables(*(np.array([part]) for part in parts))


def _true_cut(target: Target, prevalence: float) -> float:
    grid = norm.cdf(np.linspace(-4, 5, 90_001))
    rate = np.array(FORMULAS[target.rate.value][0](_at(grid, prevalence))).ravel()
    return float(np.interp(0.0, np.sort(rate - target.value), grid[np.argsort(rate - target.value)]))


def _redrawn(
    sample: Cells, target: Target, rng: np.random.Generator, replicates: int = 200
) -> tuple[float, Interval, dict[str, Interval]]:
    """The chosen cut, its interval, and those of the figures there, as the audit makes them."""
    cut = resolve(target, sample)
    assert isinstance(cut, float)
    drawn = Redrawn(target, sample, replicates, rng)
    tables, found = drawn.whole(), {}
    flagged, event = sample.score >= cut, sample.outcome == 1
    here = Tables(*(np.array([float((a & b).sum())]) for a, b in (
        (flagged, event), (flagged, ~event), (~flagged, event), (~flagged, ~event)
    )))  # fmt: skip
    for measure, (formula, scale) in FORMULAS.items():
        if measure != target.rate.value:
            error = float(inner(scale, formula(tables)).std(ddof=1))
            interval = from_error(float(formula(here)[0]), error, scale, quantile_of(0.95), 0.95)
            found[measure] = interval or Interval(math.nan, math.nan)
    low, high = np.quantile(drawn.cuts, (0.025, 0.975))
    return cut, Interval(min(cut, low), max(cut, high)), found


@pytest.mark.parametrize(
    ("trials", "slack"), [pytest.param(80, 0.1), pytest.param(1000, 0.025, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "target",
    [Target("t", Rate.SENSITIVITY, 0.9), Target("t", Rate.SPECIFICITY, 0.9), Target("t", Rate.FLAG_RATE, 0.15)],
    ids=lambda target: target.rate.value,
)
def test_figures_at_a_chosen_cut_are_covered(target: Target, trials: int, slack: float) -> None:
    rng = np.random.default_rng(37)
    best = _true_cut(target, 0.2)
    truth = {measure: float(formula(_at(best, 0.2))[0]) for measure, (formula, _) in FORMULAS.items()}
    held: dict[str, list[bool]] = {}
    for _ in range(trials):
        events = int(rng.binomial(1000, 0.2))
        _, cut, found = _redrawn(_normal(events, 1000 - events, rng), target, rng, 1000 if trials == 1000 else 200)
        held.setdefault("cut", []).append(cut.low <= best <= cut.high)
        for measure, interval in found.items():
            held.setdefault(measure, []).append(interval.low <= truth[measure] <= interval.high)
    rates = {measure: float(np.mean(each)) for measure, each in held.items()}
    assert all(abs(rate - 0.95) <= slack for rate in rates.values()), rates


def test_neither_kind_of_interval_holds_both_truths_about_a_chosen_cut_and_their_span_does() -> None:
    """At 90% sensitivity a given cut's interval misses the specificity of the score that has 90%; one that chooses
    the cut anew misses the NPV of the cut in hand."""
    rng = np.random.default_rng(41)
    target = Target("t", Rate.SENSITIVITY, 0.9)
    best = _at(float(norm.cdf(norm.ppf(0.1, 1.2))), 0.2)
    held: dict[tuple[str, str, str], list[bool]] = {}
    for _ in range(100):
        events = int(rng.binomial(1000, 0.2))
        sample = _normal(events, 1000 - events, rng)
        cut, _, found = _redrawn(sample, target, rng)
        flagged, event = sample.score >= cut, sample.outcome == 1
        counts = Confusion(*(int((a & b).sum()) for a in (flagged, ~flagged) for b in (event, ~event)))
        for measure in ("specificity", "npv"):
            given, anew = share(measure, counts, 0.95), found[measure]
            plain = Interval(given.low or 0.0, given.high or 0.0)
            span = Interval(min(plain.low, anew.low), max(plain.high, anew.high))
            for truth, table in (("in hand", _at(cut, 0.2)), ("in truth", best)):
                expected = float(FORMULAS[measure][0](table)[0])
                for kind, interval in (("given", plain), ("anew", anew), ("span", span)):
                    held.setdefault((measure, truth, kind), []).append(interval.low <= expected <= interval.high)
    rates = {key: float(np.mean(each)) for key, each in held.items()}
    assert rates["specificity", "in truth", "given"] < 0.8
    assert rates["npv", "in hand", "anew"] < 0.85
    assert all(rate > 0.87 for (_, _, kind), rate in rates.items() if kind == "span"), rates


def test_the_cut_of_the_observed_counts_is_the_resolved_one() -> None:
    sample = _normal(50, 150, np.random.default_rng(43))
    target = Target("t", Rate.FLAG_RATE, 0.2)
    assert recut(target, sample, sample.n[None, :].astype(np.float64))[0] == resolve(target, sample)


def _uniform(rows: int, bins: int, rng: np.random.Generator) -> Cells:
    """Scores that say nothing, one in ten with the outcome, as an audit counts so many: in bins."""
    n = np.concatenate([rng.multinomial(int(share * rows), np.full(bins, 1 / bins)) for share in (0.9, 0.1)])
    outcome, least = np.repeat([0, 1], bins), np.tile(np.arange(bins) / bins, 2)
    kept = n > 0
    above = np.zeros(kept.sum(), dtype=np.int64)
    middle = least[kept] + 0.5 / bins
    return Cells(outcome[kept], least[kept], middle, middle**2, n[kept], above, least[kept], False)


@pytest.mark.parametrize(
    ("trials", "slack"), [pytest.param(50, 0.11), pytest.param(600, 0.035, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "target",
    [Target("t", Rate.FLAG_RATE, 0.01), Target("t", Rate.FLAG_RATE, 0.001), Target("t", Rate.SPECIFICITY, 0.99)],
    ids=lambda target: f"{target.rate.value} {target.value}",
)
def test_a_cut_in_the_tail_of_a_hundred_thousand_rows_is_covered(target: Target, trials: int, slack: float) -> None:
    rng, bins = np.random.default_rng(47), 65_536
    best = target.value if target.rate is Rate.SPECIFICITY else 1 - target.value
    held = []
    for _ in range(trials):
        sample = _uniform(100_000, bins, rng)
        low, high = np.quantile(Redrawn(target, sample, 200, rng).cuts, (0.025, 0.975))
        held.append(low - 1 / bins <= best <= high)
    assert abs(np.mean(held) - 0.95) <= slack
