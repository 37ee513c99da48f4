"""Do intervals of AUROCs and of their gaps hold the truth where few patients are misranked, or few have the outcome?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from audits.core.cells import Cells
from audits.core.discrimination import auroc
from audits.core.fairness import Comparison, between, gap
from audits.core.gaps import pair_confidence
from audits.core.intervals import Interval
from audits.core.replicates import score_measures
from audits.core.values import Estimate
from tests.audits.core.score_cells import cells

pytestmark = pytest.mark.slow
TRIALS = 300
#: Four standard errors of a simulated coverage of 0.95 with 300 trials.
SLACK = 0.05


def _sample(events: int, nonevents: int, area: float, rng: np.random.Generator) -> Cells:
    """Binormal scores with this AUROC in truth, through a monotone map into [0, 1]."""
    shift = math.sqrt(2) * norm.ppf(area)
    return cells(norm.cdf(rng.normal(shift, 1, events)), norm.cdf(rng.normal(0, 1, nonevents)))


def _holds(found: Estimate, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def _gap(groups: list[Cells], rng: np.random.Generator) -> Estimate:
    """As the bias audit makes it."""
    each = [auroc(group, pair_confidence(0.95, len(groups))) for group in groups]
    values = [found.value or 0.0 for found in each]
    own = [Interval(found.low or 0.0, found.high or 0.0) for found in each]
    family = (np.array(values), np.stack([score_measures(group, 200, rng)["auroc"] for group in groups]))
    who = Comparison(tuple(str(place) for place in range(len(groups))), {})
    return gap(float(between(values, "difference")), [family], "difference", 0.95, who, own)


@pytest.mark.parametrize(
    ("sizes", "areas"),
    [
        ([(10, 10)] * 2, [0.99, 0.99]),
        ([(10, 10)] * 2, [0.999, 0.97]),
        ([(10, 10)] * 2, [0.99, 0.92]),
        ([(10, 40)] * 2, [0.99, 0.93]),
        ([(20, 200)] * 2, [0.99, 0.93]),
        ([(30, 30)] * 4, [0.99, 0.99, 0.97, 0.99]),
        ([(50, 1000), (10, 200)], [0.99, 0.97]),
        ([(50, 1000)] * 2, [0.995, 0.995]),
        ([(1, 500), (50, 500)], [0.7, 0.9]),
        ([(100, 400)] * 4, [0.8, 0.75, 0.8, 0.7]),
    ],
)
def test_gaps_between_aurocs_are_covered(sizes: list[tuple[int, int]], areas: list[float]) -> None:
    rng = np.random.default_rng(8)
    truth = max(areas) - min(areas)
    held = [
        _holds(_gap([_sample(*size, area, rng) for size, area in zip(sizes, areas, strict=True)], rng), truth)
        for _ in range(TRIALS)
    ]
    assert np.mean(held) >= 0.95 - SLACK


@pytest.mark.parametrize(("events", "nonevents"), [(1, 20), (1, 1000), (20, 1), (10, 10)])
@pytest.mark.parametrize("area", [0.5, 0.8, 0.95, 0.99])
def test_few_events_are_covered(events: int, nonevents: int, area: float) -> None:
    rng = np.random.default_rng(9)
    held = [_holds(auroc(_sample(events, nonevents, area, rng), 0.95), area) for _ in range(4 * TRIALS)]
    assert np.mean(held) >= 0.95 - SLACK
