"""How far is a long query, and how is it stopped? Polled from outside while it runs in a thread of its own.

`progress` may raise, because the job was taken over or cancelled: the query is then interrupted, waited for, and the
exception goes on to the caller. It is always called in the caller's thread, where its database connection lives.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar

import duckdb

from audits.engines.connection import Progress

T = TypeVar("T")

#: Seconds between two looks at a running query.
_LOOK = 0.2


def watched(
    connection: duckdb.DuckDBPyConnection,
    work: Callable[[], T],
    *,
    progress: Progress,
    stage: str,
    rows: int,
    start: int = 0,
    end: int | None = None,
) -> T:
    """The answer of `work`, one query on this connection. Rows done are told as they rise from `start` to `end`, out of
    `rows`; the last of them only when the answer is there."""
    last = rows if end is None else end
    progress(stage, start, rows)
    told = start
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        try:
            while not wait([running], timeout=_LOOK).done:
                share = max(0.0, min(1.0, connection.query_progress() / 100))
                told = max(told, min(last - 1, start + int(share * (last - start))))
                progress(stage, told, rows)
        except BaseException:
            # Again and again: an interrupt that comes before the query has begun is lost.
            while not wait([running], timeout=_LOOK / 4).done:
                connection.interrupt()
            raise
    answer = running.result()
    progress(stage, last, rows)
    return answer


class Asked:
    """Queries of one table, each told in rows while it runs: ask(stage, query, *paths) is what it answers."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, progress: Progress, rows: int) -> None:
        self._connection, self._progress, self._rows = connection, progress, rows

    def __call__(
        self, stage: str, query: str, *paths: str, start: int = 0, end: int | None = None
    ) -> list[tuple[Any, ...]]:
        return watched(
            self._connection,
            lambda: self._connection.execute(query, list(paths)).fetchall(),
            progress=self._progress,
            stage=stage,
            rows=self._rows,
            start=start,
            end=end,
        )
