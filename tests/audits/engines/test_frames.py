"""Is a table that another engine holds refused by name, before anything is counted, where only files are read?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from audits.core.values import Column, Population, Source, Variable
from audits.engines import frames
from audits.engines.errors import EngineRefused, NeedsFile
from audits.suites import bias, drift, quality, validation
from tests.audits import tables

OLD = Column("old", "comparator", "number")
PEOPLE = Population("census", (Variable("gender", (("f", 0.5), ("m", 0.5))),))


def _data() -> dict[str, Any]:
    data = tables.clean(300)
    return {**data, "old": data["p"]}


def _frame(columns: tuple[Column, ...]) -> frames.FrameSource:
    table = pa.table({name: pa.array(values) for name, values in _data().items()})
    return frames.of(duckdb.connect().from_arrow(table), columns, name="clinical.scores")


def _never(stage: str, done: int, total: int) -> None:
    raise AssertionError(f"{stage} was counted")


@pytest.mark.parametrize(
    ("suite", "columns", "changes", "words"),
    [
        (validation, (*tables.COLUMNS, OLD), {}, "existing method"),
        (drift, tables.COLUMNS, {}, "A drift audit"),
        (quality, tables.COLUMNS, {}, "A quality audit"),
        (bias, tables.COLUMNS, {"population": PEOPLE}, "a population's figures"),
    ],
    ids=["a comparator", "drift", "quality", "a population"],
)
def test_what_reads_files_alone_refuses_a_frame_and_says_what_to_do(
    suite: Any, columns: tuple[Column, ...], changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(NeedsFile) as refused:
        suite.run(source=_frame(columns), reference=None, plan=tables.plan(**changes), progress=_never)
    assert words in str(refused.value)
    assert "clinical.scores" in str(refused.value)
    assert "audits.engines.sources.parquet" in str(refused.value)
    assert refused.value.code == "table_not_in_a_file"
    assert isinstance(refused.value, EngineRefused)


@pytest.mark.parametrize("suite", [drift, quality], ids=["drift", "quality"])
def test_a_reference_that_another_engine_holds_is_refused_too(tmp_path: Path, suite: Any) -> None:
    source = tables.write(tmp_path, _data(), tables.COLUMNS)
    with pytest.raises(NeedsFile, match="clinical"):
        suite.run(source=source, reference=_frame(tables.COLUMNS), plan=tables.plan(), progress=_never)


@pytest.mark.parametrize("suite", [validation, bias], ids=["validation", "bias"])
def test_without_a_comparator_or_a_population_a_frame_is_counted_where_it_is(suite: Any) -> None:
    source: Source = _frame(tables.COLUMNS)
    result = suite.run(source=source, reference=None, plan=tables.plan(replicates=20), progress=tables.quiet)
    assert any(m.measure in ("auroc", "auroc_gap") or m.estimate.value is not None for m in result.measurements)
