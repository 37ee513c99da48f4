"""Which validation plan is in force, and does what the version changes stay inside the change plan?"""

from __future__ import annotations

from typing import Any

from django.db.models import Min

from governance.core import facts
from governance.core.policy import ChangeRule
from governance.services import change
from governance.services.evidence_asked import Asked


def validation(asked: Asked) -> facts.Plan | None:
    plan = asked.plan
    if plan is None:
        return None
    return facts.Plan(
        digest=plan.digest,
        number=plan.number,
        kinds=tuple(sorted({criterion["kind"] for criterion in plan.document.get("criteria", ())})),
        frozen_at=plan.created_at,
        confidence=float(plan.document.get("confidence", 0.0)),
        measures=tuple(sorted({(each["kind"], each["measure"]) for each in plan.document.get("criteria", ())})),
        first_audit_at=asked.version.audits.aggregate(first=Min("created_at"))["first"],
    )


def change_of(asked: Asked) -> dict[str, Any]:
    """How what the version changes is judged. Asked only where a policy asks it, for it reads every measurement."""
    if not any(isinstance(leaf, ChangeRule) for pack in asked.packs for leaf in pack.leaves):
        return {}
    if change.declared_of(asked.version) is None and change.predecessor(asked.version) is None:
        return {"change": "", "change_reasons": ()}
    found = change.judgement(asked.version)
    reasons = tuple(each.text for each in found.reasons if each.judged == found.judged)
    return {"change": str(found.judged), "change_reasons": reasons}
