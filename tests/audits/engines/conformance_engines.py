"""Which engines are there to be held to the specification, and how is a table handed to each?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from shutil import which
from typing import Any
from uuid import uuid4

import duckdb as duckdb_library
import psycopg
import pyarrow as pa
import pytest
from django.conf import settings
from psycopg import sql

from audits.core.tally import Tally
from audits.core.tally_spec import Spec
from audits.core.values import Source
from audits.engines import duckdb, frames, portable
from audits.engines.connection import SCAN, Limits
from audits.engines.frames import FrameSource
from config import postgres
from tests.audits import tables

#: What PostgreSQL and COPY call the canonical types.
TYPES = {"int8": "int2", "int64": "int8", "double": "float8", "string": "text", "date32[day]": "date"}


def spark_missing() -> str | None:
    """Why Spark cannot be tested here; None when it can."""
    if find_spec("pyspark") is None:
        return "pyspark is not installed (requirements/spark.txt)"
    return None if which("java") else "Java is not installed (default-jre-headless)"


@contextmanager
def spark() -> Iterator[Any]:
    """A Spark of two threads in this process."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - it may be absent

    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
        # Not the machine's: a day must not depend on where the driver stands.
        "spark.sql.session.timeZone": "America/Los_Angeles",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]").appName("formulary-tests")
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@contextmanager
def database() -> Iterator[str]:
    """The address of a PostgreSQL database of its own on the tests' server, gone afterwards."""
    name = f"tally_{uuid4().hex[:12]}"
    server = postgres.url_of(settings.DATABASES["default"] | {"NAME": "postgres"})
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        # Sessions that write days in their own way, far from UTC.
        for option in ("DateStyle TO 'German'", "TimeZone TO 'America/Los_Angeles'"):
            connection.execute(sql.SQL(f"ALTER DATABASE {{}} SET {option}").format(sql.Identifier(name)))
    try:
        yield postgres.url_of(settings.DATABASES["default"] | {"NAME": name})
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def copy(url: str, name: str, table: pa.Table, *, schema: str = "public") -> None:
    """The table as a table of PostgreSQL."""
    columns = [(field.name, TYPES[str(field.type)]) for field in table.schema]
    where = sql.Identifier(schema, name)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        # A language's order where the server has one, in which small letters and capitals mix: not the order of bytes.
        known = cursor.execute("SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'").fetchone()
        kinds = [kind + (' COLLATE "und-x-icu"' if kind == "text" and known else "") for _, kind in columns]
        names = [sql.Identifier(column) for column, _ in columns]
        spelled = sql.SQL(", ").join(sql.SQL(f"{{}} {k}").format(name) for name, k in zip(names, kinds, strict=True))
        cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(where, spelled))
        with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(where)) as copying:
            copying.set_types([kind for _, kind in columns])
            for row in zip(*(table[column].to_pylist() for column, _ in columns), strict=True):
                copying.write_row(row)


#: framed(source): the same table in another engine's hands.
Framed = Callable[[Source], FrameSource]


def relation(source: Source) -> FrameSource:
    """The file as a DuckDB relation of its own connection."""
    connection = duckdb_library.connect()
    frame = connection.sql(f"SELECT * FROM {SCAN}", params=[source.path])
    return frames.of(frame, source.columns)


def embedded(source: Source, spec: Spec) -> Tally:
    """DuckDB as the product uses it."""
    return duckdb.tally(source, spec, progress=tables.quiet, limits=Limits(memory_limit="500MB", threads=2))


def ported(framed: Framed) -> Callable[[Source, Spec], Tally]:
    """The portable engine on another engine's frames."""
    return lambda source, spec: portable.tally(framed(source), spec, progress=tables.quiet)


def skip_without_spark() -> None:
    """Skip by name."""
    reason = spark_missing()
    if reason:
        pytest.skip(reason)
