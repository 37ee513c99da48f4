"""Is the tally of two tables together the sum of their tallies, however they are split, and whoever counts?"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.core.feature_tally import FeatureSpec, FeatureTally, Shape, digest_of
from audits.core.tally import Tally, merge, parse
from audits.core.tally_spec import Attribute, Resolution, Spec
from audits.core.values import Column, Source, Window
from audits.engines import duckdb, duckdb_features, portable, portable_features
from audits.engines.connection import Limits
from tests.audits import tables
from tests.audits.engines import conformance_engines, conformance_features, independent

_SCORES = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(0, 1),
    st.sampled_from([0.0, -0.0, 0.3, 0.5, 1.0]),
)
#: The letters alone would never repeat a subject.
_SUBJECTS = st.one_of(
    st.none(), st.sampled_from(["p1", "é", "病人", ""]), st.text(st.characters(codec="utf-8"), max_size=3)
)
_DAYS = st.one_of(st.none(), st.dates(), st.dates(date(2024, 2, 26), date(2024, 3, 10)))
_ROW = st.tuples(
    st.sampled_from([0, 1, None, 2]),
    _SCORES,
    st.sampled_from(["a", "b", "", None]),
    st.sampled_from(["f", None]),
    _SUBJECTS.filter(lambda text: text is None or "\0" not in text),
    _DAYS,
)
Row = tuple[int | None, float | None, str | None, str | None, str | None, date | None]
_TYPES = {
    "y": pa.int8(),
    "p": pa.float64(),
    "race": pa.string(),
    "gender": pa.string(),
    "who": pa.string(),
    "day": pa.date32(),
}
_COLUMNS = (*tables.COLUMNS, Column("who", "subject", "text"), Column("day", "date", "date"))
_LIMITS = Limits(memory_limit="200MB", threads=1)


def _spec(resolution: Resolution, window: Window) -> Spec:
    attributes = (
        Attribute("race", ("", "a")),
        Attribute("gender"),
        Attribute("who", people=5),
        Attribute("day", window=window),
    )
    groups = ((), ("race",), ("gender",), ("race", "gender"), ("who",), ("gender", "who"), ("day", "race"))
    return Spec((0.3, 0.75), attributes, groups, resolution, 64)


def _written(rows: list[Row], folder: str) -> Source:
    data = {name: pa.array([row[i] for row in rows], kind) for i, (name, kind) in enumerate(_TYPES.items())}
    return tables.write(Path(folder), data, _COLUMNS)


def _tallies(rows: list[Row], spec: Spec) -> tuple[Tally, Tally]:
    """By DuckDB and by the reference."""
    with tempfile.TemporaryDirectory() as folder:
        source = _written(rows, folder)
        counted = duckdb.tally(source, spec, progress=tables.quiet, limits=_LIMITS)
        return counted, independent.count(source.path, spec)


def _ported(rows: list[Row], spec: Spec) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        return portable.tally(conformance_engines.relation(_written(rows, folder)), spec, progress=tables.quiet)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(_ROW, max_size=30),
    st.lists(_ROW, max_size=30),
    st.lists(_ROW, max_size=5),
    st.sampled_from(Resolution),
    st.sampled_from(Window),
)
def test_counts_add(a: list[Row], b: list[Row], c: list[Row], resolution: Resolution, window: Window) -> None:
    spec = _spec(resolution, window)
    parts = [_tallies(rows, spec) for rows in (a, b, c)]
    whole, independently = _tallies(a + b + c, spec)
    assert independently == whole == _ported(a + b + c, spec)
    for one, two, three in zip(*parts, strict=True):
        assert one + two + three == whole
        assert merge(spec, [three, two, one]) == whole
        assert (one + two).digest == (two + one).digest
    assert parse(whole.to_bytes()) == whole


_NUMBERS = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, -0.0, 0.1, 0.3, 1e300, -1e300]))
_TEXTS = st.sampled_from(["u", "é", "", None, "(other)"])
_EDGES = st.lists(
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0), min_size=1, max_size=6, unique=True
)
Cell = tuple[float | None, str | None]


def _columns(rows: list[Cell], specs: list[FeatureSpec]) -> tuple[FeatureTally, ...]:
    """By DuckDB; the portable engine and the reference agree."""
    table = pa.table(
        {"x": pa.array([x for x, _ in rows], pa.float64()), "t": pa.array([t for _, t in rows], pa.string())}
    )
    columns = (Column("x", "feature", "number"), Column("t", "feature", "text"))
    with tempfile.TemporaryDirectory() as folder:
        source = tables.write(Path(folder), {name: table[name] for name in table.column_names}, columns)
        made = duckdb_features.tally(source, specs, progress=tables.quiet, stage="table", limits=_LIMITS)
        frame = conformance_engines.relation(source)
        assert portable_features.tally(frame, specs, progress=tables.quiet, stage="table") == made
    assert [counted.to_bytes() for counted in made] == [conformance_features.as_bytes(table, spec) for spec in specs]
    return made


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(_NUMBERS, _TEXTS), max_size=20), st.lists(st.tuples(_NUMBERS, _TEXTS), max_size=20), _EDGES)
def test_columns_add(a: list[Cell], b: list[Cell], edges: list[float]) -> None:
    specs = [
        FeatureSpec("x", Shape.VALUES),
        FeatureSpec("x", Shape.BINS, edges=tuple(sorted(edges))),
        FeatureSpec("t", Shape.LEVELS, levels=("", "u")),
    ]
    one, two, whole = (_columns(rows, specs) for rows in (a, b, a + b))
    assert tuple(x + y for x, y in zip(one, two, strict=True)) == whole
    assert digest_of(tuple(y + x for x, y in zip(one, two, strict=True))) == digest_of(whole)
