"""Whose data may be used for a purpose, at a moment? The consent rule, and the share that it covers.

The rules, complete: per pseudonym and purpose the word recorded last speaks; of words recorded at one moment a
refusal or a withdrawal beats a consent, and otherwise the one that arrived later speaks. A word recorded after the
moment is not heard yet. A consent covers from valid_from (inclusive) to valid_to (exclusive).
`governance.services.coverage` says the same in SQL; a property test holds the two together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import NormalDist

ACTIVE, DENIED, WITHDRAWN = "active", "denied", "withdrawn"
CONFIDENCE = 0.95


class Category(StrEnum):
    """Where one subject stands. Only the first counts as covered."""

    COVERED = "covered"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Word:
    """What a patient said once about one purpose. sequence: order of arrival; valid_to: None for no end."""

    status: str
    valid_from: datetime
    valid_to: datetime | None
    recorded_at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """covered of eligible subjects of one table, or a reason why that cannot be said.

    value, low, high: share in [0, 1], with its 95% Wilson interval; None exactly when `reason` is given.
    consent_based: False where the data rest on another legal basis, and coverage is then not a question.
    lapses_at: when the first consent that counts as covered runs out; None when none does.
    """

    table: str
    purpose: str
    covered: int
    eligible: int
    counts: tuple[tuple[str, int], ...]
    value: float | None
    low: float | None
    high: float | None
    reason: str | None = None
    consent_based: bool = True
    lapses_at: datetime | None = None


def category(words: Iterable[Word], *, at: datetime) -> Category:
    """Where the subject who said these words stands at that moment."""
    heard = [word for word in words if word.recorded_at <= at]
    if not heard:
        return Category.MISSING
    word = max(heard, key=lambda each: (each.recorded_at, each.status != ACTIVE, each.sequence))
    if word.status != ACTIVE:
        return Category(word.status)
    if at < word.valid_from:
        return Category.NOT_YET_VALID
    if word.valid_to is not None and at >= word.valid_to:
        return Category.EXPIRED
    return Category.COVERED


def coverage_of(*, table: str, purpose: str, counts: dict[str, int], lapses_at: datetime | None = None) -> Coverage:
    """The share covered among all subjects counted; undefined when there is none."""
    stated = tuple((name.value, counts.get(name.value, 0)) for name in Category)
    covered, eligible = counts.get(Category.COVERED, 0), sum(count for _, count in stated)
    if eligible == 0:
        reason = "The table has no subject column, so nobody can tell whose data it holds."
        return Coverage(table, purpose, 0, 0, stated, None, None, None, reason)
    low, high = wilson(covered, eligible)
    return Coverage(table, purpose, covered, eligible, stated, covered / eligible, low, high, lapses_at=lapses_at)


def not_consent_based(*, table: str, purpose: str, note: str) -> Coverage:
    """What coverage reads where another legal basis holds: a reason, never 0%."""
    reason = f"Not consent-based: {note}"
    return Coverage(table, purpose, 0, 0, (), None, None, None, reason, consent_based=False)


def wilson(successes: int, n: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The score interval of a share: Wilson (1927), J Am Stat Assoc 22:209. n >= 1."""
    # Wilson, not Wald: keeps its coverage for small n and for shares near 0 and 1 (Brown, Cai & DasGupta 2001).
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high
