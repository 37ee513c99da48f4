"""Which audits show, for this version, the effect of what is done against a risk?

Rules, complete: the audit is of the version that is assessed, or of another with the very same artefact; it was made
under that version's plan in force; it checked at least one criterion; and every criterion is met, or waived by a
signature that stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audits.core.values import Verdict
from audits.models.audit import Audit
from audits.models.check import CheckRow
from governance.core import facts
from governance.services import standing
from governance.services.standing import Finding
from registry.models.model import Model
from registry.models.version import ModelVersion


@dataclass(frozen=True, slots=True)
class Proof:
    """name: "drift audit of version 2". why_not: "" when it counts. ends_at: when a waiver that it rests on ends."""

    name: str
    why_not: str = ""
    ends_at: datetime | None = None


Waivers = Mapping[Finding, list[facts.Waived]]


def proofs(audits: Iterable[Audit], *, version: ModelVersion | None, now: datetime) -> dict[UUID, Proof]:
    """What each finished audit is worth as a proof; read with their versions. version: the one that is assessed."""
    linked = {each.pk: each for each in audits}
    ours = {pk: each for pk, each in linked.items() if version is not None and _is_about(each, version)}
    in_force = {each.version_id: each.version.plans.first() for each in ours.values()}
    checks: dict[UUID, list[CheckRow]] = {pk: [] for pk in ours}
    for row in CheckRow.objects.filter(audit__in=ours).select_related("audit"):
        checks[row.audit_id].append(row)
    waived: dict[UUID, Waivers] = {
        each.version_id: standing.waivers(each.version, plan.digest)
        for each in ours.values()
        if (plan := in_force[each.version_id]) is not None
    }
    found = {}
    for pk, audit in linked.items():
        plan = in_force.get(audit.version_id)
        if pk not in ours:
            found[pk] = Proof(_name(audit), "is of another artefact")
        elif plan is None or plan.pk != audit.plan_id:
            found[pk] = Proof(_name(audit), "was made under an earlier plan")
        else:
            found[pk] = _judged(_name(audit), checks[pk], waived[audit.version_id], now)
    return found


def together(proofs: Iterable[Proof]) -> tuple[bool, str, datetime | None]:
    """Whether one of them counts; their names, or why none does; and when the last that counts stops, if it does."""
    every = list(proofs)
    counting = [each for each in every if not each.why_not]
    if not counting:
        return False, "; ".join(dict.fromkeys(f"the {each.name} {each.why_not}" for each in every)), None
    ends = [each.ends_at for each in counting if each.ends_at is not None]
    named = "; ".join(dict.fromkeys(each.name for each in counting))
    return True, named, max(ends) if len(ends) == len(counting) else None


def newest(model: Model) -> ModelVersion | None:
    """The version that speaks for a model where none is named: the newest that was submitted."""
    return ModelVersion.objects.filter(model=model, submitted_at__isnull=False).order_by("-number").first()


def _is_about(audit: Audit, version: ModelVersion) -> bool:
    return audit.version_id == version.pk or audit.version.artifact_sha256 == version.artifact_sha256


def _name(audit: Audit) -> str:
    return f"{audit.get_kind_display().lower()} audit of version {audit.version.number}"


def _judged(name: str, checks: list[CheckRow], waived: Waivers, now: datetime) -> Proof:
    """Every criterion is met or waived, and there is one."""
    if not checks:
        return Proof(name, "checked no criterion")
    ends = []
    for row in checks:
        if row.verdict == Verdict.MET:
            continue
        lasting = [each.expires_at for each in waived.get(standing.finding_of(row), ()) if _holds(each, now)]
        if not lasting:
            return Proof(name, "has a criterion that is neither met nor waived")
        ends.append(max(lasting))
    return Proof(name, ends_at=min(ends, default=None))


def _holds(waiver: facts.Waived, now: datetime) -> bool:
    return not waiver.why_not and now < waiver.expires_at
