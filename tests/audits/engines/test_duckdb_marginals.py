"""Does every person count once, whatever the rows, their order, and what is missing?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from audits.core.values import Column, Source
from audits.engines import duckdb_marginals
from audits.engines.connection import Limits
from tests.audits import tables

ROLES = (Column("sex", "subgroup", "text"), Column("age", "feature", "number"), Column("who", "subject", "text"))


def _write(folder: Path, frame: pd.DataFrame, roles: tuple[Column, ...] = ROLES, name: str = "t") -> Source:
    columns = {
        "sex": pa.array([None if pd.isna(v) else v for v in frame["sex"]], pa.string()),
        "age": pa.array(list(frame["age"]), pa.float64()),
        "who": pa.array([None if pd.isna(v) else v for v in frame["who"]], pa.string()),
    }
    return tables.write(folder, columns, roles, name=name)


def _frame(n: int = 4000) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "sex": rng.choice(np.array(["f", "m", None], dtype=object), n, p=[0.5, 0.4, 0.1]),
            "age": rng.normal(60, 12, n),
            "who": rng.choice(np.array([*(f"p{i}" for i in range(1500)), None], dtype=object), n),
        }
    )


def test_a_patient_counts_at_the_level_of_most_rows(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "sex": ["f", "m", "m", "b", "a", None, None, None, "f"],
            "age": [1.0] * 9,
            "who": ["1", "1", "1", "2", "2", "3", "3", None, None],
        }
    )
    found = duckdb_marginals.levels(_write(tmp_path, frame), "sex", limits=Limits())
    # 1 is m by two rows to one; 2 is a, the first of equals; 3 has none; the last two rows are people of their own.
    assert found.counts == {"m": 1, "a": 1, "f": 1}
    assert found.missing == 2


def test_without_subjects_rows_are_people(tmp_path: Path) -> None:
    frame = _frame()
    found = duckdb_marginals.levels(_write(tmp_path, frame, ROLES[:2]), "sex", limits=Limits())
    assert found.counts == frame["sex"].value_counts().to_dict()
    assert found.missing == frame["sex"].isna().sum()


def test_numbers_equal_pandas_on_patients(tmp_path: Path) -> None:
    frame = _frame()
    frame.loc[:5, "age"] = [np.nan, np.inf, -np.inf, np.nan, np.nan, np.inf]
    found, missing = duckdb_marginals.numbers(_write(tmp_path, frame), "age", 55.0, 9.0, limits=Limits())
    whose = frame["who"].fillna(pd.Series(frame.index.astype(str), index=frame.index).radd("row"))
    each = frame["age"].where(np.isfinite(frame["age"])).groupby(whose).mean()
    units = (each.dropna() - 55) / 9
    assert (found.n, missing) == (len(units), int(each.isna().sum()))
    assert found.mean == pytest.approx(units.mean(), abs=1e-6)
    assert found.variance == pytest.approx(units.var(), rel=1e-5)


def test_neither_threads_nor_order_change_a_bit(tmp_path: Path) -> None:
    frame = _frame()
    one, other = _write(tmp_path, frame), _write(tmp_path, frame.sample(frac=1, random_state=1), name="u")
    made = [
        (
            duckdb_marginals.numbers(source, "age", 55.0, 9.0, limits=Limits(threads=threads)),
            duckdb_marginals.levels(source, "sex", limits=Limits(threads=threads)),
        )
        for source, threads in ((one, 1), (one, 4), (other, 2))
    ]
    assert made[0] == made[1] == made[2]


def test_an_empty_table_has_nobody(tmp_path: Path) -> None:
    source = _write(tmp_path, _frame().iloc[:0])
    assert duckdb_marginals.levels(source, "sex", limits=Limits()).counts == {}
    assert duckdb_marginals.numbers(source, "age", 0.0, 1.0, limits=Limits())[0].n == 0
