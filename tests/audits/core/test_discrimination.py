"""Is the AUROC's interval honest where DeLong's variance misses a term?"""

from __future__ import annotations

import numpy as np
import pytest

from audits.core.discrimination import auroc
from audits.core.intervals import wilson
from audits.core.values import Estimate
from tests.audits.core.score_cells import cells

MANY = np.linspace(0.0, 0.99, 999)


def _width(estimate: Estimate) -> float:
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low <= estimate.value <= estimate.high
    return estimate.high - estimate.low


def test_one_event_cannot_tell_much() -> None:
    found = auroc(cells([0.8955], MANY), 0.95)
    assert found.value == pytest.approx(0.904, abs=1e-3)
    assert (found.low, found.high) == pytest.approx((0.169, 0.998), abs=1e-3)
    assert found.method.startswith("Wilson on the scarcer outcome")


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_one_nonevent_tells_as_little_as_one_event(place: float) -> None:
    event, nonevent = auroc(cells([place], MANY), 0.95), auroc(cells(1 - MANY, [1 - place]), 0.95)
    assert _width(event) > 0.8
    assert (event.value, event.low, event.high) == pytest.approx((nonevent.value, nonevent.low, nonevent.high))


@pytest.mark.parametrize(
    ("events", "nonevents"), [([0.6, 0.6, 0.6], MANY), (MANY, [0.6, 0.6, 0.6]), ([0.6] * 3, [0.1, 0.6, 0.7])]
)
def test_an_outcome_whose_rows_all_tie_counts_as_not_known(events: list[float], nonevents: list[float]) -> None:
    found = auroc(cells(events, nonevents), 0.95)
    assert found.value is not None
    assert (found.low, found.high) == wilson(found.value * 3, 3, 0.95)


@pytest.mark.parametrize(("events", "nonevents", "hits"), [((0.9, 0.8), (0.1, 0.2, 0.3), 2), ((0.1,), (0.8, 0.9), 0)])
def test_perfect_and_reversed_ranks_are_not_certain(
    events: tuple[float, ...], nonevents: tuple[float, ...], hits: int
) -> None:
    found = auroc(cells(events, nonevents), 0.95)
    assert (found.low, found.high) == wilson(hits, len(events), 0.95)


def test_two_rows_that_differ_on_each_side_have_delongs_interval() -> None:
    assert auroc(cells([0.4, 0.9], [0.3, 0.5]), 0.95).method == "DeLong, logit scale"
