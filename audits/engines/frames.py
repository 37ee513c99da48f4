"""How does an audit reach a table that stays where it is: in a Spark cluster, or in the hospital's own database?

    source = frames.spark(spark.table("triage.scores"), columns)
    source = frames.warehouse("postgresql://auditor@warehouse/clinical", "scores", columns, schema="triage")
    result = validation.run(source=source, reference=None, plan=plan, progress=progress)

Only grouped counts travel: `audits.engines.portable` sends one GROUP BY for each grouping and reads its answer. The
account needs no more than SELECT on the table. Needs requirements/spark.txt or requirements/warehouse.txt.

What pairs rows or reads whole columns (a comparison with an existing method, drift, quality, a population's figures)
reads files alone, and refuses such a table with NeedsFile before it counts anything: see `check_file`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import narwhals as nw

from audits.core.values import Column, Source
from audits.engines.errors import NeedsFile

#: What another engine calls a table: a Spark DataFrame, an Ibis table, a DuckDB relation; and its expressions.
Native: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class FrameSource(Source):
    """A table that another engine holds. path: its name, for people. frame: a lazy frame that narwhals knows."""

    # Not compared: an Ibis table answers == with an expression.
    frame: Native = field(repr=False, compare=False)


def check_file(*tables: Source | None, needed_by: str) -> None:
    """Raises NeedsFile when another engine holds one of the tables. needed_by: who reads them, in words."""
    held = [table.path or "the table" for table in tables if isinstance(table, FrameSource)]
    if held:
        raise NeedsFile(
            f"{needed_by} reads Parquet files, and another engine holds {' and '.join(held)}. Write what is needed of "
            "it to a Parquet file and open that with audits.engines.sources.parquet, or leave this out of what is "
            "asked for."
        )


def of(frame: Native, columns: Sequence[Column], *, name: str = "") -> FrameSource:
    """Any lazy frame that narwhals knows, with the roles of its columns; counts its rows.

    Raises ValueError when a declared column is not in it, or the frame is not lazy.
    """
    lazy = nw.from_native(frame, pass_through=True)
    if not isinstance(lazy, nw.LazyFrame):
        raise ValueError("a lazy frame is needed: a Spark DataFrame, an Ibis table or a DuckDB relation")
    known = set(lazy.collect_schema().names())
    absent = [column.name for column in columns if column.name not in known]
    if absent:
        raise ValueError(f"the table has no column {', '.join(absent)}")
    rows = int(lazy.select(nw.len().alias("rows")).collect("pyarrow").item())
    return FrameSource(name, tuple(columns), rows, frame)


def spark(dataframe: Native, columns: Sequence[Column], *, name: str = "spark") -> FrameSource:
    """A Spark DataFrame, classic or Connect; Spark counts, and its driver receives only the counts."""
    return of(dataframe, columns, name=name)


def warehouse(url: str, table: str, columns: Sequence[Column], *, schema: str | None = None) -> FrameSource:
    """A table or view in PostgreSQL, by the address of its database; rows never leave it, and nothing is written.

    The connection stays open for as long as the source is used.
    """
    import ibis  # noqa: PLC0415 - only who counts in a warehouse pays for it
    import psycopg  # noqa: PLC0415

    connection = psycopg.connect(url)
    connection.read_only = True
    backend = ibis.postgres.from_connection(connection)
    return of(backend.table(table, database=schema), columns, name=f"{schema}.{table}" if schema else table)
