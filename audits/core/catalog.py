"""Which measures exist? Every key that a plan may name and an audit may report, on one table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from audits.core import (
    catalog_bias,
    catalog_calibration,
    catalog_comparison,
    catalog_drift,
    catalog_groups,
    catalog_operating,
    catalog_population,
    catalog_quality,
    catalog_sites,
    catalog_time,
    catalog_utility,
    catalog_validation,
)
from audits.core.catalog_entry import Entry
from audits.core.values import Kind

ENTRIES: tuple[Entry, ...] = (
    *catalog_validation.ENTRIES,
    *catalog_operating.ENTRIES,
    *catalog_calibration.ENTRIES,
    *catalog_utility.ENTRIES,
    *catalog_comparison.ENTRIES,
    *catalog_sites.ENTRIES,
    *catalog_groups.ENTRIES,
    *catalog_bias.ENTRIES,
    *catalog_population.ENTRIES,
    *catalog_drift.ENTRIES,
    *catalog_time.ENTRIES,
    *catalog_quality.ENTRIES,
)
CATALOG: Mapping[str, Entry] = MappingProxyType({entry.key: entry for entry in ENTRIES})


def of_kind(kind: Kind) -> tuple[Entry, ...]:
    """The measures that one audit makes, in reading order."""
    return tuple(entry for entry in ENTRIES if entry.kind is kind)
