"""What is put before somebody who answers for findings? The findings, the term that the policy sets, and the digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from audits.models.check import CheckRow
from governance import permissions
from governance.core.meanings import RESPONSIBILITY, SENTENCES
from governance.services import findings, waivers
from governance.web.gather.signing import Paper, paper
from registry.errors import Refused
from registry.models.user import User

STATEMENT = SENTENCES[RESPONSIBILITY]
MAX_DIGITS = 18  # a bigint has room for them; Python refuses to read numbers of thousands
MOST = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """latest: the last day that may be chosen. compensating: whether a compensating measure must be named.

    why_not: why this person may not waive; "" when they may.
    """

    latest: date | None
    earliest: date
    compensating: bool
    why_not: str


def checks(texts: Sequence[str]) -> list[CheckRow]:
    """The checks with these ids, as an address has them; what cannot be an id names no check."""
    ids = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS]
    rows = CheckRow.objects.select_related("audit__version__model", "audit__plan", "audit__table__dataset")
    return list(rows.filter(pk__in=ids[:MOST]).order_by("id"))


def findings_paper(found: Sequence[CheckRow]) -> Paper:
    return paper(waivers.findings_to_sign(found))


def terms(found: Sequence[CheckRow], person: User, *, now: datetime) -> Terms:
    """The narrowest of the findings' terms, and whether this person is among those whom they name."""
    tomorrow = (now + timedelta(days=1)).date()
    try:
        version, named = findings.subject_of(found), findings.terms_for(found)
        permissions.check_can_waive(person, version, waivers.roles_for(named))
    except Refused as refused:
        return Terms(None, tomorrow, compensating=False, why_not=refused.message)
    return Terms(
        latest=(now + timedelta(days=min(term.maximum_days for term in named))).date(),
        earliest=tomorrow,
        compensating=any(term.compensating_measure for term in named),
        why_not="",
    )
