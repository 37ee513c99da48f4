"""Which suite runs for which kind of audit?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from audits.core.values import Kind, PlanSpec, Result, Source
from audits.engines.connection import Limits, Progress
from audits.suites import bias, drift, quality, validation


class Suite(Protocol):
    """Reads tables, changes nothing, and gives the same result for the same input."""

    def __call__(
        self,
        *,
        source: Source,
        reference: Source | None,
        plan: PlanSpec,
        progress: Progress,
        limits: Limits | None = None,
    ) -> Result: ...


SUITES: Mapping[Kind, Suite] = MappingProxyType(
    {
        Kind.VALIDATION: validation.run,
        Kind.BIAS: bias.run,
        Kind.DRIFT: drift.run,
        Kind.QUALITY: quality.run,
    }
)
