"""Is the statistic of the rows SciPy's, and is it asked for exactly where the bins leave a check open?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp

from audits.core.values import Column, Criterion, Estimate, Kind, Source
from audits.engines.connection import Limits
from audits.engines.duckdb_ks import exact_ks
from audits.suites import drift
from tests.audits import tables

ROLES = (Column("x", "feature", "number"),)


def pair(folder: Path, first: np.ndarray, second: np.ndarray) -> tuple[Source, Source]:
    """The audited table and its reference."""
    return tables.write(folder, {"x": second}, ROLES, name="now"), tables.write(folder, {"x": first}, ROLES, name="old")


def test_it_is_scipys_whatever_else_the_column_holds(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(0, 1, 5000), rng.normal(0.05, 1.1, 4000).round(2)
    odd = np.array([np.nan, np.inf, -np.inf])
    source, reference = pair(tmp_path, np.concatenate([first, odd, [-0.0]]), np.concatenate([second, odd, [0.0]]))
    expected = ks_2samp(np.append(first, 0.0), np.append(second, 0.0)).statistic
    assert exact_ks(source, reference, "x", limits=Limits()) == pytest.approx(expected, abs=1e-12)


def test_a_column_without_values_is_refused(tmp_path: Path) -> None:
    source, reference = pair(tmp_path, np.array([1.0]), np.array([np.nan]))
    with pytest.raises(ValueError, match="no finite value"):
        exact_ks(reference, source, "x", limits=Limits())
    with pytest.raises(ValueError, match="no finite value"):
        exact_ks(source, source, "x", limits=Limits())


def _ks(source: Source, reference: Source, *criteria: Criterion) -> Estimate:
    result = drift.run(source=source, reference=reference, plan=tables.plan(criteria=criteria), progress=tables.quiet)
    return next(m.estimate for m in result.measurements if m.measure == "ks")


def test_rows_are_asked_only_where_a_bound_lies_within_the_interval(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(0, 1, 20_000), rng.normal(0.3, 1, 20_000)
    source, reference = pair(tmp_path, first, second)
    binned = _ks(source, reference, Criterion("far", Kind.DRIFT, "ks", maximum=0.5, column="each"))
    assert "binned" in binned.method
    assert binned.value is not None
    asked = _ks(source, reference, Criterion("near", Kind.DRIFT, "ks", maximum=binned.value, column="x"))
    assert "statistic of the rows themselves" in asked.method
    assert asked.value == pytest.approx(ks_2samp(first, second).statistic, abs=1e-12)
    assert asked.low is not None
    assert asked.high is not None
    assert binned.low is not None
    assert binned.high is not None
    assert binned.low <= asked.low <= asked.high <= binned.high
