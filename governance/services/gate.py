"""Asking the gate: a signed, numbered, dated decision; and what to answer from the one that stands."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from governance import recording
from governance.core import gate
from governance.core.assessment import ControlResult, assess
from governance.core.document import document, moment
from governance.core.facts import Facts
from governance.core.gate import Decision, Outcome, Reason
from governance.core.policy import Pack
from governance.errors import NoPack, UnknownEnvironment
from governance.keys import GateKeyUnavailable
from governance.ledger import Fact
from governance.models.decision import Environment, GateDecision
from governance.services import attestation, doubts, evidence, packs
from registry.core.canonical import digest
from registry.core.lifecycle import State
from registry.errors import Refused
from registry.models.user import User
from registry.models.version import ModelVersion

log = structlog.get_logger(__name__)
# What a result is made of, beside what it says.
_INNER = frozenset({"statements", "sections", "ways"})
RENEW_BEFORE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate says now. decision: the row that stands, or None; it may say allow while the answer is deny."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    decision: GateDecision | None
    environment: str
    at: datetime


def assessed(*, version: ModelVersion, environment: str, now: datetime) -> tuple[ControlResult, ...]:
    """Every control with its status, without deciding anything. Raises: UnknownEnvironment, NoPack."""
    check_environment(environment)
    rules = [packs.rules_of(row) for row in packs.gating()]
    return _assessed(rules, evidence.gather(version=version, environment=environment, packs=rules, now=now))


def decide(*, version: ModelVersion, environment: str, by: User | None, because: str) -> GateDecision:
    """A new decision, superseding the one before. Raises: UnknownEnvironment, NoPack, GateKeyUnavailable."""
    check_environment(environment)
    asked = packs.gating()
    rules = [packs.rules_of(row) for row in asked]
    with recording.together():
        # One decision at a time per version, so that numbers follow each other and none rests on half a change.
        locked = _locked(version.pk)
        now = timezone.now()
        known = evidence.gather(version=locked, environment=environment, packs=rules, now=now)
        decision = gate.decide(_assessed(rules, known), known, lifetime=settings.GATE_DECISION_LIFETIME)
        previous = GateDecision.objects.latest_of(locked, environment)
        row = GateDecision(
            id=uuid4(),
            version=locked,
            environment=environment,
            number=previous.number + 1 if previous else 1,
            outcome=decision.outcome,
            reasons=document(decision.reasons),
            assessment=assessment_document(decision.results),
            pack=asked[0],
            policies=packs.named(asked),
            facts_sha256=_facts_digest(known),
            because=because[:300],
            decided_at=now,
            valid_until=decision.valid_until,
        )
        row.envelope = attestation.signed(row=row, decision=decision, facts=known, supersedes=previous)
        row.save(force_insert=True)
        recording.record(_fact(row, decision, by))
    return row


def _assessed(rules: Sequence[Pack], known: Facts) -> tuple[ControlResult, ...]:
    """Every control of every pack, in their order."""
    return tuple(result for each in rules for result in assess(each, known))


def _locked(pk: UUID) -> ModelVersion:
    rows = ModelVersion.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("model__team", "training_dataset").get(pk=pk)


def _facts_digest(known: Facts) -> str:
    """The same evidence has the same digest, whenever it is looked at."""
    stated = document(known)
    return digest({name: value for name, value in stated.items() if name not in {"now", "ledger_size"}})


def assessment_document(results: tuple[ControlResult, ...]) -> list[dict[str, object]]:
    """Every control that binds, with its status, reason and evidence, as JSON; what the decision keeps and the API
    shows."""
    binding = (document(result) for result in results if result.applies)
    return [{name: value for name, value in stated.items() if name not in _INNER} for stated in binding]


def _fact(row: GateDecision, decision: Decision, by: User | None) -> Fact:
    body: dict[str, object] = {
        "environment": row.environment,
        "number": row.number,
        "outcome": str(row.outcome),
        "because": row.because,
        "codes": sorted({reason.code for reason in decision.reasons}),
        "controls": [reason.control for reason in decision.reasons],
        "policy_sha256": attestation.policy_of(row).sha256,
        "facts_sha256": row.facts_sha256,
        "valid_until": moment(row.valid_until),
    }
    payload = hashlib.sha256(attestation.payload_of(row.envelope)).hexdigest()
    return Fact(doubts.DECIDED, "gate_decision", str(row.pk), body, by, row.version_id, payload)


def answer(*, version: ModelVersion, environment: str, now: datetime) -> Answer:
    """The standing decision, or deny where there is none or something speaks against serving it. Writes nothing."""
    check_environment(environment)
    found = GateDecision.objects.select_related("pack").filter(version=version, environment=environment)
    row = found.order_by("-number").first()
    if row is None:
        remedy = "Ask the gate to decide."
        reasons: tuple[Reason, ...] = (Reason("never_decided", "", "The gate was never asked.", remedy),)
        return Answer(Outcome.DENY, reasons, None, environment, now)
    reasons = (*(Reason(**reason) for reason in row.reasons), *doubts.against(row, version, now))
    return Answer(Outcome.DENY if reasons else Outcome(row.outcome), reasons, row, environment, now)


def redecide(*, version_id: UUID, because: str) -> list[GateDecision]:
    """Decide again in every environment in which the version has a decision already. Inside a transaction.

    The version is locked before its decisions are looked at: a first decision that is being made at this moment either
    sees what we have changed, or is seen here and made again.

    What cannot be decided now does not undo what happened: the earlier decisions are withheld until the gate decides.
    """
    version = _locked(version_id)
    asked = GateDecision.objects.filter(version=version_id).order_by("environment").distinct("environment")
    environments = list(asked.values_list("environment", flat=True))
    try:
        with recording.together():
            return [decide(version=version, environment=name, by=None, because=because) for name in environments]
    except (NoPack, GateKeyUnavailable) as error:
        log.exception("redecision_failed", version=str(version_id))
        recording.record(doubts.undecided(version_id, because, error))
        return []


def redecide_at_end(version_id: UUID, *, because: str) -> None:
    """The same, once, when the present block of changes is complete."""
    again = partial(redecide, version_id=version_id, because=because)
    recording.at_end(f"redecide {version_id}", again, last=True)


def redecide_due(now: datetime) -> int:
    """Renew what runs out by age, shortly before it does; look again at what rests on evidence that ran out.

    So is what was decided under an earlier policy pack, or before a change that the gate could not follow. Only
    allowances are renewed: a denial that ran out is still a denial, until somebody asks.
    """
    latest = GateDecision.objects.order_by("version_id", "environment", "-number").distinct("version_id", "environment")
    due = GateDecision.objects.filter(pk__in=latest.values("pk"), outcome=Outcome.ALLOW)
    by_age = due.filter(
        valid_until__lte=now + RENEW_BEFORE, valid_until__gte=F("decided_at") + settings.GATE_DECISION_LIFETIME
    )
    ran_out = due.filter(valid_until__lte=now)
    rows = by_age | ran_out | due.filter(doubts.out_of_date())
    return sum(_renewed(row) for row in rows.exclude(version__state=State.RETIRED).select_related("version"))


def _renewed(row: GateDecision) -> bool:
    because = "the decision, or what it rests on, ran out or was replaced"
    try:
        decide(version=row.version, environment=row.environment, by=None, because=because)
    except (Refused, DatabaseError):
        # It stays run out, which denies; the others must not wait for it.
        log.exception("redecision_failed", decision=str(row.pk))
        return False
    return True


def check_environment(environment: str) -> None:
    """Raises UnknownEnvironment."""
    if environment not in Environment.values:
        raise UnknownEnvironment(f"Name an environment: {' or '.join(Environment.values)}.")
