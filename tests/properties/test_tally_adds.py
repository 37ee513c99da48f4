"""Is the tally of two tables together the sum of their tallies, however they are split?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.core.tally import Tally, merge
from audits.core.tally_spec import Attribute, Resolution, Spec
from audits.engines import duckdb
from audits.engines.connection import Limits
from tests.audits import tables
from tests.audits.engines import independent

_SCORES = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(0, 1),
    st.sampled_from([0.0, -0.0, 0.3, 0.5, 1.0]),
)
_ROW = st.tuples(
    st.sampled_from([0, 1, None, 2]), _SCORES, st.sampled_from(["a", "b", "", None]), st.sampled_from(["f", None])
)
Row = tuple[int | None, float | None, str | None, str | None]
_LIMITS = Limits(memory_limit="200MB", threads=1)


def _spec(resolution: Resolution) -> Spec:
    groups = ((), ("race",), ("gender",), ("race", "gender"))
    return Spec((0.3, 0.75), (Attribute("race"), Attribute("gender")), groups, resolution, 64)


def _tally(rows: list[Row], spec: Spec) -> tuple[Tally, Tally]:
    types = {"y": pa.int8(), "p": pa.float64(), "race": pa.string(), "gender": pa.string()}
    data = {name: pa.array([row[i] for row in rows], kind) for i, (name, kind) in enumerate(types.items())}
    with tempfile.TemporaryDirectory() as folder:
        source = tables.write(Path(folder), data)
        counted = duckdb.tally(source, spec, progress=tables.quiet, limits=_LIMITS)
        return counted, independent.count(source.path, spec)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(_ROW, max_size=30), st.lists(_ROW, max_size=30), st.lists(_ROW, max_size=5), st.sampled_from(Resolution)
)
def test_counts_add(a: list[Row], b: list[Row], c: list[Row], resolution: Resolution) -> None:
    spec = _spec(resolution)
    one, two, three = (_tally(rows, spec)[0] for rows in (a, b, c))
    whole, independently = _tally(a + b + c, spec)
    assert one + two + three == whole == independently
    assert merge(spec, [three, two, one]) == whole
    assert (one + two).digest == (two + one).digest
