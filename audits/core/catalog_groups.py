"""Which measures compare each subgroup with everyone else, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Entry

ENTRIES: tuple[Entry, ...] = ()
