"""May this upload be kept as a document? Asks a child process, so that no file can freeze the process that asks.

The child has limits on memory and processor time; this side adds the clock and says which limit ended it. The copy
that the child reads is gone when the answer is there.
"""

from __future__ import annotations

import errno
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from governance.core.document_refusal import UNEXAMINED, FileRefused
from registry.storage import CHUNK_BYTES, StorageUnavailable

MIB = 2**20
CODE = Path(__file__).resolve().parents[1]
# Repeated rather than imported: the child's module is for its own process.
OUT_OF_MEMORY = 77
ENVIRONMENT = {"PYTHONPATH": str(CODE), "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}
COMMAND = (sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "governance.document_child")
# How the child ended -> what it was doing.
ENDINGS = {
    OUT_OF_MEMORY: "it needed more memory than one document may use",
    -signal.SIGXCPU: "it took more processor time than one document may use",
    -signal.SIGKILL: "the system stopped it for using too much",
    -signal.SIGABRT: "it used too much, or met damaged data",
    -signal.SIGSEGV: "its content is damaged in an unusual way",
    -signal.SIGBUS: "its content is damaged in an unusual way",
}
TOO_LATE = "it took longer than one document may take"
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Limits:
    """What examining one document may use."""

    memory_bytes: int = 1024 * MIB
    cpu_seconds: int = 10
    wall_seconds: float = 30


PRODUCT = Limits()


class ExaminerBroken(RuntimeError):
    """The child ended in a way that no file should cause; a defect or a bad installation, not a refusal."""


def media_type_of(file: IO[bytes], *, name: str, limits: Limits | None = None) -> str:
    """The media type, by content. file: seekable. Raises FileRefused, StorageUnavailable."""
    bounds = limits if limits is not None else PRODUCT
    with _private(file) as folder:
        request = {
            "source": str(folder / "document"),
            "name": name,
            "memory_bytes": bounds.memory_bytes,
            "cpu_seconds": bounds.cpu_seconds,
        }
        found = _ask(request, bounds, folder)
    if "refused" in found:
        raise FileRefused(**found["refused"])
    return str(found["media_type"])


@contextmanager
def _private(file: IO[bytes]) -> Iterator[Path]:
    """A folder with a copy of the file under the name "document"; gone afterwards."""
    place = Path(settings.UPLOAD_DIR)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.seek(0)
    with tempfile.TemporaryDirectory(dir=place, prefix="examining-") as folder:
        try:
            with Path(folder, "document").open("wb") as copy:
                shutil.copyfileobj(file, copy, CHUNK_BYTES)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise StorageUnavailable(
                    "The document could not be examined: the disk is full. Try again later."
                ) from error
            raise
        yield Path(folder)


def _ask(request: dict[str, object], limits: Limits, folder: Path) -> dict[str, Any]:
    """Run the child once; return its answer."""
    answer, errors = folder / "answer", folder / "errors"
    # Files, not pipes: what the child writes is then bounded by its own limit on file size.
    with answer.open("wb") as out, errors.open("wb") as err:
        try:
            ended = subprocess.run(  # noqa: S603 - a fixed command; path and name of the file travel in the request
                COMMAND,
                input=json.dumps(request).encode(),
                stdout=out,
                stderr=err,
                env=ENVIRONMENT,
                cwd=folder,
                timeout=limits.wall_seconds,
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired as late:
            raise _unexamined(TOO_LATE) from late
    if ended.returncode in ENDINGS:
        raise _unexamined(ENDINGS[ended.returncode])
    if ended.returncode != 0:
        raise ExaminerBroken(f"exit status {ended.returncode}: {errors.read_text(errors='replace')[-500:].strip()}")
    found: dict[str, Any] = json.loads(answer.read_bytes())
    return found


def _unexamined(why: str) -> FileRefused:
    return FileRefused(
        UNEXAMINED,
        f"The file could not be examined: {why}. Print it to a new PDF with fewer pages or pictures, and upload that.",
    )
