"""What runs in the parser's own process, with the machine's limits on it: one JSON request in, one JSON answer out.

Started as `python -m registry.ingest.child` by `parse.py`; imports no Django. The kernel's limits are set after the
code is loaded and before the uploaded file is opened. The answer is {"summary": ...} or {"refused": ...}; running out
of memory or disk is told by the exit status. Anything else is a crash.
"""

from __future__ import annotations

import datetime
import errno
import json
import os
import resource
import sys
import traceback
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

from registry.core.table_schema import TableSchema
from registry.ingest.intake import intake
from registry.ingest.limits import Limits
from registry.ingest.refusals import TableRefused

OUT_OF_MEMORY = 77
DISK_FULL = 78
OPEN_FILES = 64
DISK_FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT})


class _WithoutPandas(MetaPathFinder):
    """Keeps pandas out. pyarrow imports it, where installed, to recognise its types: half of the time that a small
    table takes, and much code that nothing here needs."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is kept out of the parser", name=fullname)


def main() -> None:
    """Answer the one request on standard input."""
    sys.excepthook = _say_where_not_what
    sys.meta_path.insert(0, _WithoutPandas())
    request = json.load(sys.stdin)
    limits = Limits(**request["limits"])
    confine(limits)
    try:
        json.dump(_answer(request, limits), sys.stdout)
        sys.stdout.flush()
    except MemoryError:
        # No memory, or no disk, to be polite with: the status alone tells the parent.
        os._exit(OUT_OF_MEMORY)
    except OSError as err:
        if err.errno in DISK_FULL_ERRORS:
            os._exit(DISK_FULL)
        raise


def confine(limits: Limits) -> None:
    """Put the kernel's limits on this process. One thread each for computing and reading, as each reserves a stack."""
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    # At the soft limit on time the kernel sends SIGXCPU, which says why; only at the hard one SIGKILL, which does not.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_FSIZE, limits.max_output_bytes),
        (resource.RLIMIT_AS, limits.memory_bytes),
    ):
        resource.setrlimit(kind, (value, value))


def _answer(request: dict[str, Any], limits: Limits) -> dict[str, object]:
    try:
        summary = intake(
            source=Path(request["source"]),
            file_format=request["format"],
            schema=TableSchema.parse(request["schema"], purpose=request["purpose"]),
            today=datetime.date.fromisoformat(request["today"]),
            canonical=Path(request["canonical"]),
            subjects=Path(request["subjects"]),
            limits=limits,
        )
    except TableRefused as refusal:
        return {"refused": refusal.to_json()}
    except OSError as err:
        if err.errno == errno.EFBIG:
            message = f"The table is too large: its canonical form exceeds {limits.max_output_bytes:,} bytes. Split it."
            return {"refused": TableRefused("parser_limit", message, limit="output").to_json()}
        raise
    return {"summary": summary.to_json()}


def _say_where_not_what(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a crash without its message, which could quote a patient's row."""
    frames = traceback.extract_tb(trace)
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    sys.stderr.write(f"{kind.__name__} at {places}\n")


if __name__ == "__main__":
    main()
