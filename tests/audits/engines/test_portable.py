"""Can an audit run where the table is, with nothing but counts leaving it?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb as duckdb_library
import numpy as np
import psycopg
import pyarrow as pa
import pytest

from audits.core.tally_spec import LEVEL_LIMIT, Attribute, Resolution, Spec
from audits.core.values import Column, Result, Source, Window
from audits.engines import duckdb, engine, frames, portable, subjects
from audits.engines.connection import Limits
from audits.engines.frames import FrameSource
from audits.suites import bias, validation
from tests.audits import tables
from tests.audits.engines import conformance, conformance_engines, independent

BARE = tables.plan(subgroups=(), intersections=())
EVERYONE = Spec((), (), ((),), Resolution.EXACT)
CANARY = "canary-7f3a"


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    with conformance_engines.database() as url:
        yield url


@pytest.fixture
def warehouse(address: str) -> Iterator[Callable[..., FrameSource]]:
    """warehouse(table, columns): the Arrow table in a schema of the test's own."""
    schema = f"clinic_{uuid4().hex[:12]}"
    made: list[FrameSource] = []

    def place(table: pa.Table, columns: tuple[Column, ...], *, name: str = "scores") -> FrameSource:
        conformance_engines.copy(address, name, table, schema=schema)
        made.append(frames.warehouse(address, name, columns, schema=schema))
        return made[-1]

    yield place
    for source in made:
        source.frame.get_backend().disconnect()


def _relation(table: pa.Table, columns: tuple[Column, ...]) -> FrameSource:
    return frames.of(duckdb_library.connect().from_arrow(table), columns)


def _visits(n: int = 1500) -> dict[str, Any]:
    """A clean table whose patients come back, with declared and undeclared levels."""
    rng = np.random.default_rng(3)
    return {**tables.clean(n, decimals=None), "who": [f"{CANARY}-{i}" for i in rng.integers(0, n // 3, n)]}


VISITS = (*tables.COLUMNS, Column("who", "subject", "text"))


def _typed(data: dict[str, Any]) -> pa.Table:
    return pa.table({name: pa.array(values) for name, values in data.items()})


@pytest.mark.parametrize("decimals", [3, None])
def test_the_specification_is_the_one_that_a_file_would_get(
    tmp_path: Path, warehouse: Callable[..., FrameSource], decimals: int | None
) -> None:
    # Every level but one occurs as often as any other: which of them are kept is decided by their bytes.
    levels = [f"{letter}{index}" for letter in "aBcDÉé" for index in range(20)]
    data = {**tables.clean(2000, decimals=decimals), "race": [levels[i % len(levels)] for i in range(2000)]}
    roles = (*tables.COLUMNS[:2], Column("race", "subgroup", "text", levels=("rare", "a0")), tables.COLUMNS[3])
    file = duckdb.specify(tables.write(tmp_path, data, roles), tables.plan(), limits=Limits())
    assert len(file.attributes[0].levels or ()) == LEVEL_LIMIT
    for source in (_relation(_typed(data), roles), warehouse(_typed(data), roles)):
        assert portable.specify(source, tables.plan()) == file


def _run(suite: Any, source: Source) -> Result:
    plan = tables.plan(criteria=(tables.criterion(),), replicates=20, scan_depth=1)
    result: Result = suite.run(source=source, reference=None, plan=plan, progress=tables.quiet)
    return result


@pytest.mark.parametrize("suite", [validation, bias], ids=["validation", "bias"])
def test_an_audit_in_the_warehouse_finds_what_it_finds_in_the_file(
    tmp_path: Path, warehouse: Callable[..., FrameSource], suite: Any
) -> None:
    data = _visits(400)
    assert _run(suite, warehouse(_typed(data), VISITS)) == _run(suite, tables.write(tmp_path, data, VISITS))


def test_an_audit_on_spark_finds_what_it_finds_in_the_file(tmp_path: Path, spark_session: Any) -> None:
    file = tables.write(tmp_path, _visits(300), VISITS)
    assert _run(validation, frames.spark(spark_session.read.parquet(file.path), VISITS)) == _run(validation, file)


def _received(source: FrameSource, folder: Path, work: Callable[[], object]) -> str:
    """Every message of the connection while it works, as libpq itself writes them down."""
    connection = source.frame.get_backend().con.pgconn
    with (folder / "trace").open("w+") as trace:
        connection.trace(trace.fileno())
        work()
        connection.untrace()
        trace.seek(0)
        return trace.read()


def test_only_counted_cells_leave_the_warehouse(tmp_path: Path, warehouse: Callable[..., FrameSource]) -> None:
    source = warehouse(_typed(_visits()), VISITS)
    groupings = ((), ("race",), ("gender", "who"))
    people = (Attribute("race"), Attribute("gender"), Attribute("who", people=100))
    spec = Spec((0.3,), people, groupings, Resolution.BINS, 16)
    counted: list[Any] = []
    seen = _received(source, tmp_path, lambda: counted.append(portable.tally(source, spec, progress=tables.quiet)))
    asked = [place for place, where in enumerate(counted[0].slices) if where.grouping]
    cells = int(np.isin(counted[0].place, asked).sum())
    assert len(re.findall(r"\tDataRow\t", seen)) == cells
    assert CANARY not in seen


def test_the_trace_would_show_a_row_that_left(tmp_path: Path, warehouse: Callable[..., FrameSource]) -> None:
    source = warehouse(_typed(_visits(30)), VISITS)
    seen = _received(source, tmp_path, lambda: source.frame.to_pyarrow())
    assert len(re.findall(r"\tDataRow\t", seen)) == 30
    assert CANARY in seen


def test_the_warehouse_is_only_read(address: str, warehouse: Callable[..., FrameSource]) -> None:
    source = warehouse(_typed(_visits(30)), VISITS)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        source.frame.get_backend().raw_sql("CREATE TABLE copied (x int)")
    source.frame.get_backend().con.rollback()
    assert portable.tally(source, EVERYONE, progress=tables.quiet).rows == 30


def test_select_on_the_table_is_all_that_an_account_needs(address: str, warehouse: Callable[..., FrameSource]) -> None:
    source = warehouse(_typed(_visits(60)), VISITS)
    schema = source.path.split(".")[0]
    role = f"reader_{schema}"[:60]
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN")
        try:
            owner.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
            owner.execute(f"GRANT SELECT ON {source.path} TO {role}")
            mine = frames.warehouse(psycopg.conninfo.make_conninfo(address, user=role), "scores", VISITS, schema=schema)
            spec = portable.specify(mine, tables.plan())
            assert portable.tally(mine, spec, progress=tables.quiet) == portable.tally(
                source, spec, progress=tables.quiet
            )
            mine.frame.get_backend().disconnect()
        finally:
            owner.execute(f"DROP OWNED BY {role}")
            owner.execute(f"DROP ROLE {role}")


def test_a_table_that_changes_meanwhile_is_refused(address: str, warehouse: Callable[..., FrameSource]) -> None:
    source = warehouse(_typed(_visits(60)), VISITS)

    def insert(stage: str, done: int, total: int) -> None:
        if done == 1 < total:
            with psycopg.connect(address) as owner:
                owner.execute(f"INSERT INTO {source.path} VALUES (1, 0.5, 'white', 'male', 'new')")

    spec = Spec((), (Attribute("race"), Attribute("gender")), ((), ("race",), ("gender",)), Resolution.EXACT)
    with pytest.raises(ValueError, match="changed while it was being counted"):
        portable.tally(source, spec, progress=insert)


def test_days_that_postgres_alone_knows_are_missing(address: str) -> None:
    with psycopg.connect(address) as owner:
        owner.execute("CREATE TABLE odd (y boolean, p numeric(4, 2), at timestamp)")
        owner.execute(
            "INSERT INTO odd VALUES (true, 0.25, 'infinity'), (false, 0.25, '0044-03-15 BC'), (NULL, 'NaN', NULL), "
            "(true, 0.5, '10000-01-01'), (true, NULL, '2024-03-03 23:59:59.999')"
        )
    columns = (Column("y", "outcome", "number"), Column("p", "score", "number"), Column("at", "date", "date"))
    source = frames.warehouse(address, "odd", columns)
    spec = Spec((), (Attribute("at", window=Window.WEEK),), ((), ("at",)), Resolution.EXACT)
    counted = portable.tally(source, spec, progress=tables.quiet)
    source.frame.get_backend().disconnect()
    rows = {where.levels: int(counted.n[counted.place == place].sum()) for place, where in enumerate(counted.slices)}
    assert rows == {(): 5, ("(missing)",): 4, ("2024-02-26",): 1}
    assert (counted.invalid_outcomes, counted.invalid_scores) == (1, 1)
    assert sorted(counted.key[counted.place == 0]) == [-1.0, -1.0, 0.25, 0.25, 0.5]


REFUSED = {
    "scores in words": ({"p": pa.array(["0.3"])}, EVERYONE, "p is String, which is not a number"),
    "fractions as levels": (
        {"race": pa.array([1.0])},
        Spec((), (Attribute("race"),), ((), ("race",)), Resolution.EXACT),
        "cast it to text",
    ),
    "fractions as subjects": (
        {"race": pa.array([1.0])},
        Spec((), (Attribute("race", people=100),), ((), ("race",)), Resolution.EXACT),
        "subjects are texts or whole numbers",
    ),
    "moments as days": (
        {"race": pa.array([0], pa.timestamp("us", "UTC"))},
        Spec((), (Attribute("race", window=Window.DAY),), ((), ("race",)), Resolution.EXACT),
        "no day until a time zone is chosen",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_engines_would_read_differently_is_refused(name: str) -> None:
    changed, spec, reason = REFUSED[name]
    table = pa.table({"y": pa.array([1], pa.int8()), "p": [0.3], "race": ["a"], **changed})
    with pytest.raises(ValueError, match=reason):
        portable.tally(_relation(table, tables.COLUMNS[:3]), spec, progress=tables.quiet)


def test_a_frame_must_be_lazy_and_hold_its_columns() -> None:
    table = pa.table({"y": [1], "p": [0.3]})
    with pytest.raises(ValueError, match="a lazy frame is needed"):
        frames.of(table, tables.COLUMNS[:2])
    with pytest.raises(ValueError, match="no column race, gender"):
        _relation(table, tables.COLUMNS)


def test_whole_numbers_may_be_subjects_and_levels(tmp_path: Path, warehouse: Callable[..., FrameSource]) -> None:
    table = pa.table(
        {"y": pa.array([1, 0, 1], pa.int8()), "p": [0.1, 0.2, 0.3], "race": [10, None, -3], "who": [7, 7, None]}
    )
    columns = (*tables.COLUMNS[:3], VISITS[-1])
    spec = Spec((), (Attribute("race"), Attribute("who", people=100)), ((), ("race", "who")), Resolution.EXACT)
    expected = independent.count(tables.write(tmp_path, {n: table[n] for n in table.column_names}).path, spec)
    for source in (_relation(table, columns), warehouse(table, columns)):
        assert portable.tally(source, spec, progress=tables.quiet) == expected
        assert portable.people(source) == (2, 1, 4)


def test_the_engine_follows_from_the_table(tmp_path: Path) -> None:
    file = conformance.write(tmp_path, "dirty")
    frame = conformance_engines.relation(file)
    assert (engine.of(file), engine.of(frame)) == (duckdb, portable)
    assert engine.people(frame, limits=Limits()) == subjects.people(file, limits=Limits())
    assert engine.specify(frame, BARE, limits=Limits()) == engine.specify(file, BARE, limits=Limits())
    with pytest.raises(ValueError, match="files are DuckDB's"):
        portable.tally(file, EVERYONE, progress=tables.quiet)


def test_more_rows_than_sums_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    frame = conformance_engines.relation(conformance.write(tmp_path, "every score tied"))
    monkeypatch.setattr(portable, "_MOST_ROWS", 3)
    with pytest.raises(OverflowError, match="fixed-point"):
        portable.tally(frame, EVERYONE, progress=tables.quiet)


def test_a_source_without_its_frame_compares_by_what_it_is(tmp_path: Path) -> None:
    file = conformance.write(tmp_path, "one row")
    assert conformance_engines.relation(file) == conformance_engines.relation(file)
    assert replace(conformance_engines.relation(file), path="another") != conformance_engines.relation(file)
