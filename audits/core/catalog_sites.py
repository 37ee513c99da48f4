"""Which measures look at sites one by one and together, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Entry

ENTRIES: tuple[Entry, ...] = ()
