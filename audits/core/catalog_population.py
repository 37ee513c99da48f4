"""Which measures compare the table with the population it stands for, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Entry

ENTRIES: tuple[Entry, ...] = ()
