"""What was decided, signed and waived? The gate's answer, every approval and every waiver, as values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from governance.core.document import document, moment
from governance.core.policy import MeasureRule, leaves
from governance.core.suppression import mask
from governance.models.approval import Approval
from governance.models.decision import GateDecision
from governance.models.pack import PolicyPack
from governance.models.signature import Signature
from governance.models.waiver import Waiver
from governance.reports import evidence as e
from governance.reports.gather_audits import Veils, hidden_reasons
from governance.reports.veil import NOT_SHOWN
from governance.services import gate, packs, standing
from registry.models.version import ModelVersion


def decision(version: ModelVersion, environment: str, at: datetime, veils: Veils) -> e.Decision:
    """What the gate answers now, from the decision that stands, with its envelope."""
    answer = gate.answer(version=version, environment=environment, now=at)
    row = answer.decision
    veiled = _Words(hidden_reasons(version, veils), _hidden_controls(row, veils))
    return e.Decision(
        outcome=str(answer.outcome),
        reasons=tuple(veiled.reason(document(reason)) for reason in answer.reasons),
        id=str(row.pk) if row else None,
        number=row.number if row else None,
        decided_at=moment(row.decided_at) if row else None,
        valid_until=moment(row.valid_until) if row else None,
        because=row.because if row else "",
        packs=tuple(_pack(pack) for pack in packs.under(row.policies)) if row else (),
        assessment=tuple(veiled.control(control) for control in row.assessment) if row else (),
        envelope=row.envelope if row else None,
    )


class _Words:
    """Sentences about checks, without what the veil hides."""

    def __init__(self, hidden: tuple[str, ...], controls: frozenset[str]) -> None:
        self._hidden, self._controls = hidden, controls

    def text(self, text: str) -> str:
        for sentence in self._hidden:
            text = text.replace(sentence, NOT_SHOWN)
        return mask(text)

    def reason(self, reason: dict[str, Any]) -> dict[str, Any]:
        conceal = reason["control"] in self._controls
        return {**reason, "message": NOT_SHOWN if conceal else self.text(reason["message"])}

    def control(self, control: dict[str, Any]) -> dict[str, Any]:
        conceal = control["id"] in self._controls
        return {**control, "reason": NOT_SHOWN if conceal else self.text(control["reason"])}


def _hidden_controls(row: GateDecision | None, veils: Veils) -> frozenset[str]:
    """Controls that put a bound on a measure of a slice that is hidden on some table: their sentences name numbers."""
    if row is None:
        return frozenset()
    hidden = {name for veil in veils.values() for name in veil.slices()}
    controls = [control for pack in packs.under(row.policies) for control in packs.rules_of(pack).controls]
    return frozenset(
        each.id
        for each in controls
        if any(isinstance(rule, MeasureRule) and rule.slice in hidden for rule in leaves(each.rule))
    )


def _pack(pack: PolicyPack) -> e.Json:
    stated = {"slug": pack.slug, "version": pack.version, "title": pack.title, "digest": pack.digest}
    return {**stated, "document": pack.document}


def approvals(version: ModelVersion) -> tuple[e.Approval, ...]:
    """Every approval and return, oldest first, whether it still counts or not."""
    rows = Approval.objects.filter(version=version).select_related("signature").order_by("created_at", "id")
    return tuple(
        e.Approval(
            id=str(row.pk),
            decision=row.get_decision_display(),
            role=row.get_role_display(),
            reason=row.reason,
            plan_digest=row.plan_digest,
            signature=_signature(row.signature),
        )
        for row in rows
    )


def waivers(version: ModelVersion) -> tuple[e.Waiver, ...]:
    """Every waiver, oldest first, lapsed ones too."""
    rows = Waiver.objects.filter(version=version).select_related("signature").order_by("created_at", "id")
    return tuple(
        e.Waiver(
            id=str(row.pk),
            table=str(row.table_id),
            plan_digest=row.plan_digest,
            check_key=row.check_key,
            verdict=row.verdict,
            results=tuple(sorted(standing.results_named(row))),
            reason=row.reason,
            compensating_measure=row.compensating_measure,
            expires_at=moment(row.expires_at),
            signature=_signature(row.signature),
        )
        for row in rows
    )


def _signature(row: Signature) -> e.Signature:
    return e.Signature(
        id=str(row.pk),
        name=row.printed_name,
        username=row.username,
        meaning=row.get_meaning_display(),
        statement=row.statement,
        signed_at=moment(row.signed_at),
        record_type=row.record_type,
        record_sha256=row.record_sha256,
    )
