"""The small tables that the ingest tests send, and the shortest way to send them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.core.table_schema import TableSchema
from registry.ingest.limits import Limits
from registry.ingest.parse import parse_table
from registry.ingest.parsed import ParsedTable
from registry.ingest.refusals import TableRefused

# Uploads arrive so late that no date lies after, unless a test says otherwise.
TODAY = datetime.date(2199, 12, 31)
COLUMNS = {
    "died": {"name": "died", "role": "outcome"},
    "risk": {"name": "risk", "role": "score"},
    "race": {"name": "race", "role": "subgroup"},
    "age": {"name": "age", "role": "feature"},
    "ward": {"name": "ward", "role": "feature", "type": "text"},
    "mrn": {"name": "mrn", "role": "subject"},
    "note": {"name": "note", "role": "ignored"},
}
HEADER = ",".join(COLUMNS)
GOOD_ROWS = ("0,0.1,white,50,A,p1,x", "1,0.9,black,,B,p2,y", "0,0.5,,61.5,,p1,z")
GOOD_CSV = "\n".join((HEADER, *GOOD_ROWS)) + "\n"


def schema_of(*names: str, purpose: str = "evaluation", **more: object) -> TableSchema:
    """The declaration of the named columns, all of them by default."""
    return TableSchema.parse({"columns": [COLUMNS[name] for name in names or COLUMNS], **more}, purpose=purpose)


def good_table(**changes: Any) -> pa.Table:
    """The table of GOOD_CSV, typed; changes replace columns."""
    columns: dict[str, Any] = {
        "died": pa.array([0, 1, 0], pa.int8()),
        "risk": pa.array([0.1, 0.9, 0.5]),
        "race": pa.array(["white", "black", None]),
        "age": pa.array([50, None, 61.5]),
        "ward": pa.array(["A", "B", None]),
        "mrn": pa.array(["p1", "p2", "p1"]),
        "note": pa.array(["x", "y", "z"]),
    }
    return pa.table({**columns, **changes})


class Desk:
    """Where uploads are handed in: one folder with the file, one that must stay empty after a refusal."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "upload"
        self.workdir = folder / "work"
        self.workdir.mkdir()

    def send(
        self,
        content: str | bytes | pa.Table,
        *,
        schema: TableSchema | None = None,
        file_format: Literal["csv", "parquet"] | None = None,
        today: datetime.date = TODAY,
        limits: Limits | None = None,
        **written: Any,
    ) -> ParsedTable:
        if isinstance(content, pa.Table):
            pq.write_table(content, self.file, **written)
            file_format = file_format or "parquet"
        else:
            self.file.write_bytes(content.encode() if isinstance(content, str) else content)
        return parse_table(
            path=self.file,
            file_format=file_format or "csv",
            schema=schema or schema_of(),
            workdir=self.workdir,
            today=today,
            limits=limits,
        )

    def refused(self, content: str | bytes | pa.Table, **how: Any) -> TableRefused:
        """The refusal, after checking what holds of every refusal: nothing is left, and it is one printable text."""
        with pytest.raises(TableRefused) as refused:
            self.send(content, **how)
        assert list(self.workdir.iterdir()) == []
        assert refused.value.message.isprintable()
        assert refused.value.message.endswith(".")
        return refused.value
