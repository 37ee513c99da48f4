"""Which measures exist? Every key that a plan may name and an audit may report, on one table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from audits.core import catalog_bias, catalog_drift, catalog_quality, catalog_validation
from audits.core.catalog_entry import Entry
from audits.core.values import Kind

ENTRIES: tuple[Entry, ...] = (
    *catalog_validation.ENTRIES,
    *catalog_bias.ENTRIES,
    *catalog_drift.ENTRIES,
    *catalog_quality.ENTRIES,
)
CATALOG: Mapping[str, Entry] = MappingProxyType({entry.key: entry for entry in ENTRIES})


def of_kind(kind: Kind) -> tuple[Entry, ...]:
    """The measures that one audit makes, in reading order."""
    return tuple(entry for entry in ENTRIES if entry.kind is kind)
