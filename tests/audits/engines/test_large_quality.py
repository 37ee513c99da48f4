"""Are the counts of a large table those of a small one, and are estimates called estimates?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audits.core.quality import column_estimates, table_estimates
from audits.core.values import Column
from audits.engines import duckdb_quality
from audits.engines.connection import Limits
from tests.audits import tables

ROLES = (
    *tables.COLUMNS[:2],
    Column("few", "feature", "number", minimum=0, maximum=6),
    Column("many", "feature", "number"),
    Column("t", "feature", "text"),
)


def _data(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    p = rng.random(n)
    p[:10] = [np.nan, 2.0, -1.0, np.inf, 0.0, -0.0, 1.0, 0.5, 0.5, np.nan]
    many = rng.normal(size=n)
    many[: n // 4] = many[n // 4 : n // 2]
    data = {
        "y": pa.array(rng.choice([0.0, 1.0, 2.0], n), mask=rng.random(n) < 0.1),
        "p": p,
        "few": rng.integers(0, 9, n).astype(float),
        "many": pa.array(many, mask=rng.random(n) < 0.01),
        "t": rng.choice(["a", "b"], n),
    }
    whole = pa.table(data)
    return {name: pa.chunked_array([*whole[name].chunks, whole[name].slice(0, 100)]) for name in data}


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The exact profile of a table, and the one that large tables get."""
    source = tables.write(tmp_path, _data(300_000), ROLES)
    made = []
    for limit in (10**9, 1000):
        monkeypatch.setattr(duckdb_quality, "EXACT_ROWS", limit)
        columns = duckdb_quality.profile(source, progress=tables.quiet, limits=Limits())
        made.append((columns, duckdb_quality.repeats(source, None, progress=tables.quiet, limits=Limits())))
    return made[0], made[1]


def test_missing_and_wrong_values_are_counted_exactly(sides: Any) -> None:
    (exact, _), (large, _) = sides
    for one, two in zip(exact, large, strict=True):
        assert (one.rows, one.missing, one.outside) == (two.rows, two.missing, two.outside), one.name


def test_few_distinct_values_are_exact_and_many_are_an_estimate_with_an_interval(sides: Any) -> None:
    (exact, _), (large, _) = sides
    for one, two in zip(exact, large, strict=True):
        estimate = column_estimates(two, 0.999)["distinct_count"]
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low <= one.distinct <= estimate.high
        assert (two.one_in > 1) is (one.name in ("p", "many"))
        assert ("estimated" in estimate.method) is (two.one_in > 1)


def test_repeated_rows_are_found_by_their_hash_and_the_method_says_so(sides: Any) -> None:
    (_, exact), (_, large) = sides
    assert exact.rows - exact.distinct_rows == large.rows - large.distinct_rows == 100
    assert "hash of 64 bits" in table_estimates(large, 0.95)["duplicate_row_share"].method
    assert "hash" not in table_estimates(exact, 0.95)["duplicate_row_share"].method
