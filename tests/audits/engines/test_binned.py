"""Does arithmetic on a grid find the same bins as looking for them does?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.core.feature_tally import FeatureSpec, Shape
from audits.engines import binned
from audits.engines.binned import BinCounter

SCALES = (1e-12, 0.01, 1.0, 1e6, 1e15)


def _values(seed: int, scale: float, size: int = 5000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.choice([rng.normal(size=size), rng.exponential(size=size)], axis=0) * scale)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("shift", [0.0, -3.0, 100.0])
def test_rounded_edges_are_almost_the_quantiles_and_lie_on_a_grid(scale: float, shift: float) -> None:
    values = _values(1, scale) + shift * scale
    edges = np.unique(np.quantile(values, np.arange(257) / 256, method="inverted_cdf"))
    moved = binned.rounded(edges)
    assert binned._grid(moved) is not None
    assert len(moved) >= 0.9 * len(edges)
    assert (moved[0], moved[-1]) == (edges[0], edges[-1])
    counts = np.histogram(values, moved)[0]
    assert counts.max() < 4 * len(values) / 256


@pytest.mark.parametrize("scale", SCALES)
def test_the_grid_counts_as_a_search_does(scale: float) -> None:
    values = _values(2, scale)
    edges = binned.rounded(np.unique(np.quantile(values, np.arange(257) / 256, method="inverted_cdf")))
    near = np.concatenate([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)])
    ends = [0.0, -0.0, 5e-324, -5e-324, 1e300, -1e300, 1.7e308, -1.7e308]
    tried = np.concatenate([values, near, ends])
    counter = BinCounter(FeatureSpec("x", Shape.BINS, edges=tuple(edges)))
    assert counter._grid is not None
    assert (counter._cells(tried) == np.searchsorted(edges, tried, side="right")).all()


@given(
    st.lists(st.integers(-(2**14), 2**14), min_size=3, max_size=40, unique=True),
    st.integers(-40, 40),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50),
)
def test_any_edges_on_a_grid_count_as_a_search_does(places: list[int], power: int, values: list[float]) -> None:
    edges = np.sort(np.array(places) * 2.0**power)
    counter = BinCounter(FeatureSpec("x", Shape.BINS, edges=tuple(edges)))
    tried = np.concatenate([values, edges])
    assert (counter._cells(tried) == np.searchsorted(edges, tried, side="right")).all()


def test_edges_that_fit_no_grid_stay_as_they_are() -> None:
    edges = np.sort(np.exp(np.random.default_rng(3).normal(0, 20, 200)))
    assert (binned.rounded(edges) == edges).all()
    assert binned._grid(edges) is None
