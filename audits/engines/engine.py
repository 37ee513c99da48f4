"""Which engine counts a table? DuckDB reads files; a frame is counted by the engine that holds it.

Suites ask here, so that an audit is the same wherever its table is. Every engine here passes one conformance suite
(docs/tally.md), so the answer does not depend on which it was.
"""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass, field
from typing import Protocol

from audits.core.people import Repeats
from audits.core.tally import Tally
from audits.core.tally_spec import Spec
from audits.core.values import PlanSpec, Source
from audits.engines import duckdb, portable, subjects
from audits.engines.connection import Limits, Progress
from audits.engines.frames import FrameSource

#: Entries (48 bytes each) that may be kept for the next audit of the same files.
_MOST_KEPT = 2_000_000


@dataclass(slots=True)
class _Kept:
    """What this process counted of the last table. files: which they were then. entries: of all tallies together."""

    source: Source | None = None
    files: tuple[tuple[object, ...], ...] = ()
    tallies: dict[Spec, Tally] = field(default_factory=dict)

    def add(self, made: Tally) -> None:
        if sum(len(each.n) for each in self.tallies.values()) + len(made.n) <= _MOST_KEPT:
            self.tallies[made.spec] = made


_last = _Kept()


class Engine(Protocol):
    """What a module must offer to be an engine."""

    def specify(self, source: Source, plan: PlanSpec, *, limits: Limits) -> Spec:
        """The specification that suits a table."""

    def tally(self, source: Source, spec: Spec, *, progress: Progress, limits: Limits) -> Tally:
        """The table counted."""


def of(source: Source) -> Engine:
    """The engine that can read this table."""
    return portable if isinstance(source, FrameSource) else duckdb


def specify(source: Source, plan: PlanSpec, *, limits: Limits) -> Spec:
    """The specification that suits a table: its resolution by counting distinct scores, its levels capped."""
    return of(source).specify(source, plan, limits=limits)


def tally(source: Source, spec: Spec, *, progress: Progress, limits: Limits) -> Tally:
    """Count the table once: what an audit of this process has counted in the same way is not read again."""
    if isinstance(source, FrameSource):
        return portable.tally(source, spec, progress=progress, limits=limits)
    files = _files(source.path)
    if (source, files) != (_last.source, _last.files):
        _last.source, _last.files, _last.tallies = source, files, {}
    if (known := _last.tallies.get(spec)) is not None:
        progress("tally", source.rows, source.rows)
        return known
    made = duckdb.tally(source, spec, progress=progress, limits=limits)
    _last.add(made)
    return made


def _files(path: str) -> tuple[tuple[object, ...], ...]:
    """Which files these are: another content has another time, size or place."""
    found = [(each, os.stat(each)) for each in sorted(glob.glob(path, recursive=True))]
    return tuple((name, at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns) for name, at in found)


def people(source: Source, *, limits: Limits) -> Repeats | None:
    """How patients repeat; None when the table has no subject column."""
    if isinstance(source, FrameSource):
        return portable.people(source, limits=limits)
    return subjects.people(source, limits=limits)
