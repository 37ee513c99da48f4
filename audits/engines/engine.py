"""Which engine counts a table? DuckDB reads files; a frame is counted by the engine that holds it.

Suites ask here, so that an audit is the same wherever its table is. Every engine here passes one conformance suite
(docs/tally.md), so the answer does not depend on which it was.
"""

from __future__ import annotations

from typing import Protocol

from audits.core.people import Repeats
from audits.core.tally import Tally
from audits.core.tally_spec import Spec
from audits.core.values import PlanSpec, Source
from audits.engines import duckdb, portable, subjects
from audits.engines.connection import Limits, Progress
from audits.engines.frames import FrameSource


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
    """Count the table once."""
    return of(source).tally(source, spec, progress=progress, limits=limits)


def people(source: Source, *, limits: Limits) -> Repeats | None:
    """How patients repeat; None when the table has no subject column."""
    if isinstance(source, FrameSource):
        return portable.people(source, limits=limits)
    return subjects.people(source, limits=limits)
