"""How is a name spelt in an address? Latin letters as they are; names in other scripts get a short digest."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST = 80


def slug_of(name: str) -> str:
    """Lower-case letters, digits and hyphens; never empty, and different for names that read differently."""
    latin = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", latin.lower()).strip("-")
    lost = sum(1 for letter in unicodedata.normalize("NFKC", name) if letter.isalnum() and not _kept(letter))
    if words and not lost:
        return words[:LONGEST].strip("-")
    digest = hashlib.sha256(unicodedata.normalize("NFKC", name).encode()).hexdigest()[:8]
    return f"{words[: LONGEST - 9].strip('-')}-{digest}".strip("-")


def _kept(letter: str) -> bool:
    """Whether anything of the letter is left in ASCII."""
    return bool(unicodedata.normalize("NFKD", letter).encode("ascii", "ignore"))
