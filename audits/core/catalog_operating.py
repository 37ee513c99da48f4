"""Which measures hold at an operating point beside the common shares, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Entry

ENTRIES: tuple[Entry, ...] = ()
