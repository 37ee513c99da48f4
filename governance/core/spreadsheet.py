"""Would a spreadsheet program run this cell as a formula? One answer, for what comes in and for what goes out."""

from __future__ import annotations

import re
import unicodedata

_BEGINNINGS = ("=", "+", "-", "@")
# Signed numbers as people write them, and the dash that stands for "nothing"; none of them calculates anything.
_HARMLESS = re.compile(r"[+-]\s?\d[\d.,]*(?:[eE][+-]?\d+)?\s?%?|[+-][.,]\d+|-")


def begins_like_formula(cell: str) -> bool:
    """Whether a spreadsheet program calculates the cell, be it only the sign of a number (OWASP, CSV injection)."""
    return _seen(cell).startswith(_BEGINNINGS)


def would_run(cell: str) -> bool:
    """Whether it begins like a formula, and is no number."""
    seen = _seen(cell)
    return seen.startswith(_BEGINNINGS) and not _HARMLESS.fullmatch(seen)


def _seen(cell: str) -> str:
    """Programs overlook white space, and some read the wide signs of East Asian keyboards like the usual ones."""
    return (cell if cell.isascii() else unicodedata.normalize("NFKC", cell)).strip()
