"""Does every engine count exactly what docs/tally.md says, to the last bit, on the tables that engines trip over?

The reference is `independent`: pyarrow and numpy.bincount, sharing no code that counts. An engine joins as a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.core.feature_tally import FeatureSpec, FeatureTally
from audits.core.tally import Tally, parse
from audits.core.tally_spec import Attribute, Resolution, Spec
from audits.core.values import Column, Source
from audits.engines import duckdb_features, frames, portable_features
from audits.engines.connection import Limits
from tests.audits import tables
from tests.audits.engines import conformance, conformance_engines, conformance_features, independent

Count = Callable[[Source, Spec], Tally]
CountColumn = Callable[[Source, FeatureSpec], FeatureTally]
Sources = dict[str, Source]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    folder = tmp_path_factory.mktemp("conformance")
    made = {name: conformance.write(folder, name) for name in conformance.TABLES}
    for name, table in conformance_features.TABLES.items():
        path = folder / f"columns {name}.parquet"
        pq.write_table(table, path, row_group_size=200)
        made[f"columns {name}"] = Source(str(path), conformance_features.COLUMNS, table.num_rows)
    return made


@pytest.fixture(scope="module")
def expected(sources: Sources) -> Callable[[str, str], str]:
    """expected(table, spec): the digest, counted once."""
    found: dict[tuple[str, str], str] = {}

    def digest(table: str, spec: str) -> str:
        if (table, spec) not in found:
            found[table, spec] = independent.count(sources[table].path, conformance.SPECS[spec]).digest
        return found[table, spec]

    return digest


@pytest.fixture(scope="module")
def postgres(sources: Sources, django_db_setup: None) -> Iterator[conformance_engines.Framed]:
    with conformance_engines.database() as url:
        framed = {}
        for name, source in sources.items():
            conformance_engines.copy(url, name, pq.read_table(source.path))
            framed[source.path] = frames.warehouse(url, name, source.columns)
        yield lambda source: framed[source.path]
        for source in framed.values():
            source.frame.get_backend().disconnect()


@pytest.fixture(scope="module")
def spark(spark_session: Any) -> conformance_engines.Framed:
    return cache(lambda source: frames.spark(spark_session.read.parquet(source.path), source.columns))


ENGINES: list[Any] = ["duckdb", "narwhals on DuckDB", "Ibis on PostgreSQL"]
#: The portable engine is one code on any frame, so one of its engines is asked everything and the other the hard cases.
ASKED = {"duckdb": conformance.ALL, "narwhals on DuckDB": conformance.CROSS, "Ibis on PostgreSQL": conformance.ALL}
CASES = [(engine, *case) for engine in ENGINES for case in ASKED[engine]]


@pytest.fixture(scope="module")
def framed(request: pytest.FixtureRequest) -> conformance_engines.Framed | None:
    """How the engine that the test is about takes a table; None for the embedded one, which takes the file."""
    made: dict[str, Callable[[], conformance_engines.Framed | None]] = {
        "duckdb": lambda: None,
        "narwhals on DuckDB": lambda: conformance_engines.relation,
        "Ibis on PostgreSQL": lambda: request.getfixturevalue("postgres"),
        "PySpark": lambda: request.getfixturevalue("spark"),
    }
    return made[request.param]()


def _count(framed: conformance_engines.Framed | None) -> Count:
    return conformance_engines.embedded if framed is None else conformance_engines.ported(framed)


def _columns(framed: conformance_engines.Framed | None) -> CountColumn:
    if framed is None:
        return lambda source, spec: duckdb_features.tally(
            source, [spec], progress=tables.quiet, stage="table", limits=Limits()
        )[0]
    return lambda source, spec: portable_features.tally(framed(source), [spec], progress=tables.quiet, stage="table")[0]


@pytest.mark.parametrize(("framed", "table", "spec"), CASES, indirect=["framed"])
def test_every_engine_gives_the_specified_digest(
    framed: conformance_engines.Framed | None,
    table: str,
    spec: str,
    sources: Sources,
    expected: Callable[[str, str], str],
) -> None:
    counted = _count(framed)(sources[table], conformance.SPECS[spec])
    assert counted.digest == expected(table, spec)
    assert counted.rows == sources[table].rows


@pytest.mark.parametrize(("table", "spec"), conformance.BRIEF)
@pytest.mark.parametrize("framed", ["PySpark"], indirect=True)
def test_spark_gives_the_specified_digest(
    framed: conformance_engines.Framed, table: str, spec: str, sources: Sources, expected: Callable[[str, str], str]
) -> None:
    assert _count(framed)(sources[table], conformance.SPECS[spec]).digest == expected(table, spec)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "spec"), [case for case in conformance.ALL if case not in conformance.BRIEF])
@pytest.mark.parametrize("framed", ["PySpark"], indirect=True)
def test_spark_gives_the_specified_digest_everywhere(
    framed: conformance_engines.Framed, table: str, spec: str, sources: Sources, expected: Callable[[str, str], str]
) -> None:
    assert _count(framed)(sources[table], conformance.SPECS[spec]).digest == expected(table, spec)


def _as_specified(framed: conformance_engines.Framed | None, sources: Sources, table: str, spec: FeatureSpec) -> bool:
    counted = _columns(framed)(sources[f"columns {table}"], spec)
    return counted.to_bytes() == conformance_features.as_bytes(conformance_features.TABLES[table], spec)


@pytest.mark.parametrize("table", conformance_features.TABLES)
@pytest.mark.parametrize("framed", ENGINES, indirect=True)
def test_every_engine_counts_columns_as_specified(
    framed: conformance_engines.Framed | None, table: str, sources: Sources
) -> None:
    wrong = [spec for spec in conformance_features.SPECS if not _as_specified(framed, sources, table, spec)]
    assert wrong == []


@pytest.mark.parametrize("framed", ["PySpark"], indirect=True)
def test_spark_counts_columns_as_specified(framed: conformance_engines.Framed, sources: Sources) -> None:
    wrong = [s for s in conformance_features.BRIEF if not _as_specified(framed, sources, "dirty", s)]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("table", conformance_features.TABLES)
@pytest.mark.parametrize("framed", ["PySpark"], indirect=True)
def test_spark_counts_columns_as_specified_everywhere(
    framed: conformance_engines.Framed, table: str, sources: Sources
) -> None:
    wrong = [spec for spec in conformance_features.SPECS if not _as_specified(framed, sources, table, spec)]
    assert wrong == []


@pytest.mark.parametrize(("table", "spec"), conformance.CROSS)
def test_the_bytes_are_those_that_the_document_describes(table: str, spec: str, sources: Sources) -> None:
    # The reference writes them by hand; the product's own reader and writer must not change one.
    data = independent.as_bytes(sources[table].path, conformance.SPECS[spec])
    assert parse(data).to_bytes() == data


def test_batches_do_not_matter_to_the_reference(sources: Sources) -> None:
    spec, path = conformance.SPECS["everything"], sources["dirty"].path
    assert independent.count(path, spec, batch=1).digest == independent.count(path, spec, batch=10_000).digest


def test_the_tables_hold_what_they_are_there_for(sources: Sources) -> None:
    counted = independent.count(sources["dirty"].path, conformance.SPECS["everything"])
    assert counted.invalid_outcomes > 0
    assert counted.invalid_scores > 0
    levels = {where.levels for where in counted.slices}
    assert {("(missing)",), ("(other)",)} <= levels
    assert {name for name, source in sources.items() if source.rows <= 1} >= {"empty", "one row"}
    subjects = conformance.TABLES["dirty"]["who"].to_pylist()
    assert len(set(subjects)) < len(subjects)


def test_the_example_in_the_document_is_true(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "tally.md").read_text(encoding="utf-8")
    table = pa.table(
        {
            "y": pa.array([0, 1, 1, 1, None, 0], pa.int8()),
            "p": [0.25, 0.3, None, 1.0, 0.5, -0.0],
            "site": ["A", "B", "A", None, "B", "A"],
        }
    )
    pq.write_table(table, tmp_path / "table.parquet")
    source = Source(str(tmp_path / "table.parquet"), (*tables.COLUMNS[:2], Column("site", "site", "text")), 6)
    counted = conformance_engines.embedded(
        source, Spec((0.3,), (Attribute("site"),), ((), ("site",)), Resolution.BINS, 4)
    )
    assert f"The digest is `{counted.digest}`." in page
    header = counted.to_bytes().split(b"\n")[1].decode()
    assert header in page.replace(",\n", ",")
    columns = (counted.outcome, counted.key, counted.n, counted.s1, counted.s2)
    cells = [" | ".join(str(int(value)) for value in cell) for cell in zip(*columns, strict=True)]
    names = ["everyone" if not where.levels else f"`{where.levels[0]}`" for where in counted.slices]
    rows = [f"| {names[place]} | {cell} |" for place, cell in zip(counted.place, cells, strict=True)]
    assert "\n".join(rows) in page


def test_an_empty_partition_adds_nothing(sources: Sources, tmp_path: Path) -> None:
    spec, table = conformance.SPECS["everything"], conformance.TABLES["dirty"]
    parts = [table.slice(0, 700), table.slice(0, 0), table.slice(700)]
    counted = []
    for index, part in enumerate(parts):
        path = tmp_path / f"{index}.parquet"
        pq.write_table(part, path)
        counted.append(conformance_engines.embedded(Source(str(path), conformance.COLUMNS, part.num_rows), spec))
    assert counted[0] + counted[1] + counted[2] == independent.count(sources["dirty"].path, spec)
