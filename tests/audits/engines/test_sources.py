"""Is a table the same wherever it lies, and is nothing read that is not on the list?"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from audits.core.values import Kind, Source
from audits.engines import duckdb, sources
from audits.engines.connection import Limits
from audits.engines.errors import StoreRefused, TableRefused
from audits.suites.registry import SUITES
from tests.audits import tables

NAMES = {"outcome": "y", "score": "p"}
GROUPS = ("race", "gender")


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return pa.table(tables.clean(900))


def _digest(source: Source) -> str:
    spec = duckdb.specify(source, tables.plan(), limits=Limits())
    return duckdb.tally(source, spec, progress=tables.quiet, limits=Limits()).digest


def _file(folder: Path, table: pa.Table) -> Source:
    pq.write_table(table, folder / "table.parquet")
    return sources.parquet(folder / "table.parquet", subgroups=GROUPS, **NAMES)


def test_roles_and_types_are_told_from_the_names_and_the_file(tmp_path: Path, table: pa.Table) -> None:
    source = _file(tmp_path, table.append_column("age", pa.array([1] * table.num_rows)))
    assert [(c.name, c.role, c.type) for c in source.columns] == [
        ("y", "outcome", "number"),
        ("p", "score", "number"),
        ("race", "subgroup", "text"),
        ("gender", "subgroup", "text"),
        ("age", "feature", "number"),
    ]
    assert source.rows == 900


def test_a_folder_of_files_counts_as_the_whole_file(tmp_path: Path, table: pa.Table) -> None:
    (tmp_path / "whole").mkdir()
    whole = _file(tmp_path / "whole", table)
    pq.write_to_dataset(table, tmp_path / "parts", partition_cols=["gender"])
    parts = sources.parquet(tmp_path / "parts", subgroups=GROUPS, **NAMES)
    assert parts.rows == whole.rows
    assert _digest(parts) == _digest(whole)
    for kind in Kind:
        SUITES[kind](source=parts, reference=parts, plan=tables.plan(), progress=tables.quiet)


def test_a_csv_file_counts_as_the_parquet_file_and_leaves_nothing_behind(tmp_path: Path, table: pa.Table) -> None:
    whole = _file(tmp_path, table)
    pacsv.write_csv(table, tmp_path / "table.csv")
    (tmp_path / "work").mkdir()
    with sources.csv(tmp_path / "table.csv", subgroups=GROUPS, folder=str(tmp_path / "work"), **NAMES) as source:
        assert _digest(source) == _digest(whole)
        assert os.listdir(tmp_path / "work")
    assert not os.listdir(tmp_path / "work")


def test_a_missing_file_or_column_is_refused(tmp_path: Path, table: pa.Table) -> None:
    with pytest.raises(TableRefused, match="no Parquet file"):
        sources.parquet(tmp_path / "none.parquet", **NAMES)
    pq.write_table(table, tmp_path / "table.parquet")
    with pytest.raises(TableRefused, match="no column sex"):
        sources.parquet(tmp_path / "table.parquet", subgroups=["sex"], **NAMES)


OBJECTS: dict[str, bytes] = {}


class _ObjectStore(BaseHTTPRequestHandler):
    """As much of S3 as reading an object takes: HEAD and GET, whole or by range."""

    def _answer(self, *, body: bool) -> None:
        data = OBJECTS.get(urlsplit(self.path).path)
        if data is None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        part = data
        if asked:
            part = data[int(asked[1]) : int(asked[2] or len(data)) + 1]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("ETag", '"one"')
        self.send_header("Last-Modified", "Wed, 01 Jul 2026 00:00:00 GMT")
        if asked:
            self.send_header("Content-Range", f"bytes {asked[1]}-{int(asked[1]) + len(part) - 1}/{len(data)}")
        self.end_headers()
        if body:
            self.wfile.write(part)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A store on this machine, for as long as the tests of this file run."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _ObjectStore)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _store(endpoint: str) -> sources.Store:
    return sources.Store("evidence", endpoint, "http", "us-east-1", "nobody", "nothing")


@pytest.mark.parametrize("key", ["2026/table.parquet", "2026/table.csv"])
def test_an_object_counts_as_the_file(endpoint: str, tmp_path: Path, table: pa.Table, key: str) -> None:
    whole, local = _file(tmp_path, table), tmp_path / Path(key).name
    if local.suffix == ".csv":
        pacsv.write_csv(table, local)
    OBJECTS[f"/evidence/{key}"] = local.read_bytes()
    allowed = [_store(endpoint)]
    with sources.stored(f"s3://evidence/{key}", allowed=allowed, subgroups=GROUPS, **NAMES) as source:
        assert _digest(source) == _digest(whole)
    with (
        pytest.raises(TableRefused, match="could not be read"),
        sources.stored("s3://evidence/none.parquet", allowed=allowed),
    ):
        pass


@pytest.mark.parametrize(
    "url", ["s3://elsewhere/table.parquet", "https://evidence/table.parquet", "s3://evidence", "/etc/passwd"]
)
def test_what_is_not_on_the_list_is_refused_before_anything_is_connected_to(url: str) -> None:
    with (
        pytest.raises(StoreRefused) as refused,
        sources.stored(url, allowed=[sources.Store("evidence", "127.0.0.1:1", "http")]),
    ):
        pass
    assert refused.value.code == "store_not_allowed"
