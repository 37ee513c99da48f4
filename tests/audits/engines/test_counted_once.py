"""When is a table counted again? When its files, its columns or the question changed; not for the next audit of it."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.core.tally_spec import Resolution, Spec
from audits.core.values import Column, Source
from audits.engines import duckdb, engine
from audits.engines.connection import Limits, silent

_SPEC = Spec(cuts=(0.5,), attributes=(), groupings=((),), resolution=Resolution.EXACT)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Spec]:
    """The questions for which rows were read, in order."""
    asked: list[Spec] = []
    real = duckdb.tally

    def counting(source: Source, spec: Spec, **more: object) -> object:
        asked.append(spec)
        return real(source, spec, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(duckdb, "tally", counting)
    return asked


def _table(path: Path, scores: list[float]) -> Source:
    pq.write_table(pa.table({"y": [1.0, 0.0] * (len(scores) // 2), "p": scores}), path)
    columns = (Column("y", "outcome", "number"), Column("p", "score", "number"))
    return Source(str(path), columns, len(scores))


def _count(source: Source, spec: Spec = _SPEC) -> str:
    return engine.tally(source, spec, progress=silent, limits=Limits()).digest


def test_the_second_audit_of_a_table_does_not_read_it(tmp_path: Path, reads: list[Spec]) -> None:
    source = _table(tmp_path / "table.parquet", [0.1, 0.9, 0.4, 0.6])
    told: list[tuple[str, int, int]] = []
    first = _count(source)
    again = engine.tally(source, _SPEC, progress=lambda *each: told.append(each), limits=Limits())
    assert (again.digest, len(reads)) == (first, 1)
    assert told == [("tally", 4, 4)]


def test_another_question_is_counted_and_both_answers_are_kept(tmp_path: Path, reads: list[Spec]) -> None:
    source = _table(tmp_path / "table.parquet", [0.1, 0.9, 0.4, 0.6])
    other = Spec(cuts=(0.2,), attributes=(), groupings=((),), resolution=Resolution.EXACT)
    assert _count(source) != _count(source, other)
    _count(source)
    assert reads == [_SPEC, other]


def test_a_file_that_was_replaced_is_counted_again(tmp_path: Path, reads: list[Spec]) -> None:
    path = tmp_path / "table.parquet"
    source = _table(path, [0.1, 0.9, 0.4, 0.6])
    before, times = _count(source), os.stat(path)
    _table(path, [0.2, 0.9, 0.4, 0.6])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # even one that claims to be as old
    assert _count(source) != before
    assert len(reads) == 2


def test_another_table_lets_go_of_the_one_before(tmp_path: Path, reads: list[Spec]) -> None:
    one, two = _table(tmp_path / "one.parquet", [0.1, 0.9]), _table(tmp_path / "two.parquet", [0.3, 0.9])
    for source in (one, two, one):
        _count(source)
    assert len(reads) == 3


def test_a_tally_that_is_too_large_is_not_kept(
    tmp_path: Path, reads: list[Spec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_MOST_KEPT", 1)
    source = _table(tmp_path / "table.parquet", [0.1, 0.9, 0.4, 0.6])
    _count(source)
    _count(source)
    assert len(reads) == 2
