"""What does a check on the running system say? Yes or no, in one sentence that names what was looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """text: the same as long as the system stays the same, so that a decision's digest does."""

    holds: bool
    text: str


def unless(against: Iterable[str], *, so: str) -> Answer:
    """It holds unless something speaks against it; all that does is said."""
    found = list(against)
    return Answer(not found, f"{'; '.join(found)}." if found else so)
