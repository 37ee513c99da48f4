"""What speaks against serving the decision that stands? Everything that happened to it since it was made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from governance.core.gate import Reason
from governance.errors import NoPack
from governance.ledger import Fact
from governance.models.decision import GateDecision
from governance.models.ledger import LedgerEntry
from governance.services import attestation, packs
from registry.errors import Refused
from registry.models.version import ModelVersion

DECIDED, UNDECIDED = "gate.decision", "gate.undecided"
_AGAIN = "Ask the gate to decide again."


def against(row: GateDecision, version: ModelVersion, now: datetime) -> Iterator[Reason]:
    """Why the decision cannot be served as it was signed; nothing where it can."""
    if problem := attestation.problem(row, version):
        yield Reason("decision_tampered", "", f"The decision is not what the gate signed: {problem}.")
    if row.valid_until <= now:
        yield Reason("decision_expired", "", f"The decision ran out on {row.valid_until:%Y-%m-%d %H:%M} UTC.", _AGAIN)
    try:
        if packs.named(packs.gating()) != row.policies:
            message = f"It was decided under {row.policies_in_words}; other policy packs are in force now."
            yield Reason("policy_superseded", "", message, _AGAIN)
    except NoPack as error:
        yield Reason("no_policy_pack", "", error.message, "Load a policy pack.")
    if _facts_changed(row):
        message = "The facts changed after the decision, and the gate could not decide again at that moment."
        yield Reason("facts_changed", "", message, _AGAIN)


def undecided(version_id: UUID, because: str, error: Refused) -> Fact:
    """The mark that withholds every earlier decision on the version: facts changed, and the gate could not follow."""
    body: dict[str, object] = {"because": because[:300], "code": error.code, "message": error.message}
    return Fact(UNDECIDED, "version", str(version_id), body, version_id=version_id)


def withheld(version_id: UUID, because: str) -> Fact:
    """The same mark where a change concerns more versions than are decided again at once."""
    message = "More versions are concerned than the gate decides again at once."
    body: dict[str, object] = {"because": because[:300], "code": "many_versions", "message": message}
    return Fact(UNDECIDED, "version", str(version_id), body, version_id=version_id)


def out_of_date() -> Q:
    """Decisions under other packs than those in force, or from before a change that the gate could not follow."""
    marks = LedgerEntry.objects.filter(
        kind=UNDECIDED, subject_version_id=OuterRef("version_id"), at__gt=OuterRef("decided_at")
    )
    changed = Q(Exists(marks))
    try:
        return changed | ~Q(policies=packs.named(packs.gating()))
    except NoPack:
        return changed


def _facts_changed(row: GateDecision) -> bool:
    """By the ledger's order, which no clock can mislead; a decision that it does not hold is older than everything."""
    made = LedgerEntry.objects.filter(kind=DECIDED, object_id=str(row.pk)).values("idx")[:1]
    marks = LedgerEntry.objects.filter(kind=UNDECIDED, subject_version_id=row.version_id)
    return marks.annotate(made=Coalesce(Subquery(made), Value(-1))).filter(idx__gt=F("made")).exists()
