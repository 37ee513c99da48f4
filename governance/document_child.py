"""What runs in the process that examines an uploaded document? One JSON request in, one JSON answer out.

Started as `python -m governance.document_child` by `document_examining`; imports no Django. The kernel's limits are set
after the code is loaded and before the uploaded file is opened. The answer is {"media_type": ...} or {"refused": ...};
running out of memory is told by the exit status. Anything else is a crash.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
from pathlib import Path
from types import TracebackType

from governance.core.document_file import media_type_of
from governance.core.document_refusal import FileRefused

OUT_OF_MEMORY = 77
OPEN_FILES = 64
ANSWER_BYTES = 64 * 1024


def main() -> None:
    """Answer the one request on standard input."""
    sys.excepthook = _say_where_not_what
    request = json.load(sys.stdin)
    confine(memory_bytes=request["memory_bytes"], cpu_seconds=request["cpu_seconds"])
    try:
        json.dump(_answer(Path(request["source"]), request["name"]), sys.stdout)
        sys.stdout.flush()
    except MemoryError:
        # No memory to be polite with: the status alone tells the parent.
        os._exit(OUT_OF_MEMORY)


def confine(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Put the kernel's limits on this process: it reads one file, and writes nothing but its answer."""
    # At the soft limit on time the kernel sends SIGXCPU, which says why; only at the hard one SIGKILL, which does not.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_FSIZE, ANSWER_BYTES),
        (resource.RLIMIT_AS, memory_bytes),
    ):
        resource.setrlimit(kind, (value, value))


def _answer(source: Path, name: str) -> dict[str, object]:
    with source.open("rb") as file:
        try:
            return {"media_type": media_type_of(file, name=name)}
        except FileRefused as refusal:
            return {"refused": {"code": refusal.code, "message": refusal.message}}


def _say_where_not_what(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a crash without its message, which could quote the document."""
    frames = traceback.extract_tb(trace)
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    sys.stderr.write(f"{kind.__name__} at {places}\n")


if __name__ == "__main__":
    main()
