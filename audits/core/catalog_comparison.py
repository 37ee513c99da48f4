"""Which measures compare the model with the existing method, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Entry

ENTRIES: tuple[Entry, ...] = ()
