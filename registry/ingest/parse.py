"""Is this upload an acceptable table? Asks a child process, so that no file can harm the process that asks.

The child has limits on memory, processor time and output; this side adds the clock and says which limit ended it.
"""

from __future__ import annotations

import datetime
import json
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from registry.core.table_schema import TableSchema
from registry.ingest.limits import Limits
from registry.ingest.parsed import ParsedTable, Summary
from registry.ingest.refusals import TableRefused
from registry.storage import StorageUnavailable

FileFormat = Literal["csv", "parquet"]

CODE = Path(__file__).resolve().parents[2]
# The child's two exit statuses, repeated rather than imported: its module loads pyarrow, which no web process needs.
OUT_OF_MEMORY = 77
DISK_FULL = 78
ENVIRONMENT = {
    "PYTHONPATH": str(CODE),
    "LANG": "C.UTF-8",
    # Every further thread or arena reserves address space, which is what the memory limit counts.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
COMMAND = (sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "registry.ingest.child")
PARQUET_MAGIC = b"PAR1"
COMPRESSED_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip (an Excel workbook is one too)",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
}
# How the child ended -> the limit that ended it, and what it was doing.
ENDINGS = {
    OUT_OF_MEMORY: ("memory", "it needed more memory than one table may use"),
    -signal.SIGXCPU: ("cpu", "it took more processor time than one table may use"),
    -signal.SIGKILL: ("killed", "the system stopped it for using too much"),
    -signal.SIGABRT: ("memory", "the parser gave up, which it does when it runs out of memory or meets damaged data"),
    -signal.SIGSEGV: ("crash", "the parser crashed on its content"),
    -signal.SIGBUS: ("crash", "the parser crashed on its content"),
    -signal.SIGFPE: ("crash", "the parser crashed on its content"),
    -signal.SIGILL: ("crash", "the parser crashed on its content"),
}


class ParserBroken(RuntimeError):
    """The parser ended in a way that no table can cause; a defect or a bad installation, not a refusal."""


def parse_table(
    *,
    path: Path,
    file_format: FileFormat,
    schema: TableSchema,
    workdir: Path,
    today: datetime.date,
    limits: Limits | None = None,
) -> ParsedTable:
    """Check the upload and write its canonical form into `workdir`. Raises TableRefused and then leaves nothing there.

    today: the day of the upload; later dates are refused. The results are named by the canonical digest,
    `<sha256>.parquet` and `<sha256>.subjects`.
    """
    bounds = limits if limits is not None else Limits()
    _refuse_by_size(path, bounds)
    _refuse_by_magic(path, file_format)
    with tempfile.TemporaryDirectory(dir=workdir, prefix="parsing-") as private:
        canonical, subjects = Path(private, "canonical.parquet"), Path(private, "subjects")
        request: dict[str, object] = {
            "source": str(path.resolve()),
            "format": file_format,
            "schema": schema.to_json(),
            "purpose": schema.purpose.value,
            "today": today.isoformat(),
            "canonical": str(canonical.resolve()),
            "subjects": str(subjects.resolve()),
            "limits": asdict(bounds),
        }
        summary = Summary.from_json(_ask(request, bounds, Path(private)))
        kept = canonical.rename(workdir / f"{summary.sha256}.parquet")
        listed = subjects.rename(workdir / f"{summary.sha256}.subjects") if subjects.exists() else None
    return ParsedTable(kept, listed, summary)


def _ask(request: dict[str, object], limits: Limits, private: Path) -> dict[str, object]:
    """Run the child once; return the summary that it answers with."""
    answer, errors = private / "answer", private / "errors"
    # Files, not pipes: what the child writes is then bounded by its own limit on file size.
    with answer.open("wb") as out, errors.open("wb") as err:
        try:
            ended = subprocess.run(  # noqa: S603 - a fixed command; the file's path travels in the request
                COMMAND,
                input=json.dumps(request).encode(),
                stdout=out,
                stderr=err,
                env=ENVIRONMENT,
                cwd=private,
                timeout=limits.wall_seconds,
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired as late:
            raise _limit("wall", "it took longer than one table may take") from late
    if ended.returncode in ENDINGS:
        raise _limit(*ENDINGS[ended.returncode])
    if ended.returncode == DISK_FULL:
        raise StorageUnavailable("The table could not be stored: the disk is full. Try again later.")
    if ended.returncode != 0:
        raise ParserBroken(f"exit status {ended.returncode}: {errors.read_text(errors='replace')[-500:].strip()}")
    found = json.loads(answer.read_bytes())
    if "refused" in found:
        raise TableRefused(**found["refused"])
    summary: dict[str, object] = found["summary"]
    return summary


def _limit(limit: str, reason: str) -> TableRefused:
    message = f"The table could not be read: {reason}. Write it again with fewer rows or columns, or as CSV."
    return TableRefused("parser_limit", message, limit=limit)


def _refuse_by_size(path: Path, limits: Limits) -> None:
    size = path.stat().st_size
    if size == 0:
        raise TableRefused("empty_table", "The file is empty; send a header and at least one row.")
    if size > limits.max_bytes:
        message = (
            f"The file has {size:,} bytes; at most {limits.max_bytes:,} are accepted. Send it as Parquet or split it."
        )
        raise TableRefused("too_large", message)


def _refuse_by_magic(path: Path, file_format: FileFormat) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    for magic, name in COMPRESSED_MAGIC.items():
        if start.startswith(magic):
            message = f"The file is compressed ({name}); send plain CSV, or Parquet, which compresses by itself."
            raise TableRefused("compressed_upload", message)
    actual = "parquet" if start.startswith(PARQUET_MAGIC) else "csv"
    if actual != file_format:
        message = f"The file was announced as {file_format} and does not look like it; send it as what it is."
        raise TableRefused("wrong_format", message)
