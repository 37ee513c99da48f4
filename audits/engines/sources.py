"""Where can a table be? A Parquet file, a folder of them, a CSV file, or an object in a store: each becomes a Source.

For notebooks and scripts; the product hands the engines its own canonical tables.

    from audits.engines import sources
    table = sources.parquet("scores.parquet", outcome="y", score="p", subgroups=["sex", "site"])
    with sources.csv("scores.csv", outcome="y", score="p") as table: ...
    with sources.stored("s3://bucket/key.parquet", allowed=[sources.Store("bucket")], score="p") as table: ...

An audit passes over a table several times. A CSV file is therefore parsed once, and an object fetched once, into a
private folder that goes with the `with` block; everything else reads local Parquet. A table in a database is read where
it is: see `audits.engines.frames`.
"""

from __future__ import annotations

import glob
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from pyarrow import fs

from audits.core.values import Column, Source
from audits.engines.errors import StoreRefused, TableRefused

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Store:
    """A bucket that may be read. endpoint: "host:port" of the store, None for AWS itself; scheme: "https" or "http".

    Keys are those of the machine (environment, profile or instance role) unless they are given.
    """

    bucket: str
    endpoint: str | None = None
    scheme: str = "https"
    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = None

    def open(self) -> fs.FileSystem:
        """pyarrow's own client: nothing is downloaded to be able to read."""
        given = {
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "region": self.region,
            "endpoint_override": self.endpoint,
        }
        return fs.S3FileSystem(scheme=self.scheme, **{name: value for name, value in given.items() if value})


def parquet(
    path: str | Path,
    *,
    outcome: str | None = None,
    score: str | None = None,
    subgroups: Sequence[str] = (),
    **roles: str,
) -> Source:
    """A Parquet file, or a folder of them with `name=level` folders inside (hive) as further columns.

    roles: further columns by role, e.g. subject="patient", date="seen_on"; the rest are features. Types are the file's:
    numbers (and booleans), dates, and text. Raises TableRefused when there is no such file or column.
    """
    home = Path(path)
    pattern = str(home / "**" / "*.parquet") if home.is_dir() else str(home)
    files = sorted(glob.glob(pattern, recursive=True))
    if not files:
        raise TableRefused(f"There is no Parquet file at {path}.")
    rows = sum(pq.read_metadata(file).num_rows for file in files)
    if home.is_dir():
        schema = pads.dataset(str(home), format="parquet", partitioning="hive").schema
    else:
        schema = pq.read_schema(files[0])
    asked = [(outcome, "outcome"), (score, "score"), *((name, "subgroup") for name in subgroups)]
    asked += [(name, role) for role, name in roles.items()]
    named: dict[str, str] = {name: role for name, role in asked if name is not None}
    missing = [name for name in named if name not in schema.names]
    if missing:
        raise TableRefused(f"The table has no column {', '.join(missing)}.")
    columns = tuple(Column(field.name, named.get(field.name, "feature"), _type(field.type)) for field in schema)
    return Source(pattern, columns, rows)


def _type(kind: pa.DataType) -> str:
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return "date"
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return "number" if number or pa.types.is_boolean(kind) else "text"


@contextmanager
def csv(
    path: str | Path,
    *,
    outcome: str | None = None,
    score: str | None = None,
    subgroups: Sequence[str] = (),
    folder: str | None = None,
    **roles: str,
) -> Iterator[Source]:
    """A CSV file with a header, as the Parquet that it becomes. folder: where to put that meanwhile.

    Raises TableRefused when it cannot be read as a table.
    """
    with tempfile.TemporaryDirectory(prefix="formulary-csv-", dir=folder) as home:
        made = Path(home) / "table.parquet"
        try:
            options = pacsv.ConvertOptions(strings_can_be_null=True)
            with (
                pacsv.open_csv(path, convert_options=options) as reader,
                pq.ParquetWriter(made, reader.schema) as writer,
            ):
                for batch in reader:
                    writer.write_batch(batch)
        except (pa.ArrowInvalid, FileNotFoundError) as err:
            raise TableRefused(f"{path} cannot be read as a table: {err}") from err
        yield parquet(made, outcome=outcome, score=score, subgroups=subgroups, **roles)


@contextmanager
def stored(
    url: str,
    *,
    allowed: Sequence[Store],
    outcome: str | None = None,
    score: str | None = None,
    subgroups: Sequence[str] = (),
    folder: str | None = None,
    **roles: str,
) -> Iterator[Source]:
    """A Parquet or CSV object, "s3://bucket/key". allowed: the buckets that may be read; any other is refused.

    Raises StoreRefused before anything is connected to, and TableRefused when there is no such object.
    """
    parts = urlsplit(url)
    store = next((each for each in allowed if parts.scheme == "s3" and each.bucket == parts.netloc), None)
    if store is None or not parts.path.strip("/"):
        raise StoreRefused(f"{url} is not in a bucket that may be read.")
    with tempfile.TemporaryDirectory(prefix="formulary-store-", dir=folder) as home:
        local = Path(home) / Path(parts.path).name
        try:
            with store.open().open_input_stream(parts.netloc + parts.path) as far, local.open("wb") as near:
                shutil.copyfileobj(far, near, _CHUNK)
        except OSError as err:
            raise TableRefused(f"{url} could not be read: {err}") from err
        if local.suffix == ".csv":
            with csv(local, outcome=outcome, score=score, subgroups=subgroups, folder=home, **roles) as table:
                yield table
        else:
            yield parquet(local, outcome=outcome, score=score, subgroups=subgroups, **roles)
