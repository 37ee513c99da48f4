"""What waits for this person? Versions that they may sign, findings that nobody answered, and what the gate said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, Func, JSONField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from audits.core.values import Verdict
from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.plan import ValidationPlan
from governance import history
from governance.core import duties
from governance.core.duties import Signed
from governance.core.meanings import MEANING_OF_ROLE
from governance.core.policy import SignatureRule
from governance.errors import NoPack
from governance.models.approval import Approval, ApprovalDecision
from governance.models.decision import GateDecision
from governance.models.ledger import LedgerEntry
from governance.models.waiver import Waiver
from governance.permissions import APPROVABLE
from governance.services import packs, standing
from registry.core.lifecycle import State
from registry.models.model import Model
from registry.models.user import User
from registry.models.version import ModelVersion

CLOSED = (State.RETURNED, State.RETIRED)
Row = dict[str, object]


def models() -> QuerySet[Model]:
    return Model.objects.select_related("team").order_by("name")


def latest_versions(models: Iterable[Model]) -> QuerySet[ModelVersion]:
    """The newest version of each model."""
    found = ModelVersion.objects.filter(model__in=list(models)).order_by("model__name", "model_id", "-number")
    return found.distinct("model__name", "model_id").select_related("model__team")


def waiting_for(person: User) -> list[tuple[ModelVersion, list[str]]]:
    """Versions that lack a signature, and the roles in which the person may give it now, oldest first.

    The rule itself is `duties.against_signing`; here its facts are gathered for all versions at once. A signature
    that no longer counts is lacking again, on an approved version too.
    """
    roles = sorted(person.role_names & MEANING_OF_ROLE.keys())
    if not roles:
        return []
    versions = ModelVersion.objects.filter(state__in=APPROVABLE, plans__isnull=False).distinct()
    rows = list(versions.select_related("model__team").order_by("submitted_at"))
    mine, signed = _made_by(person, rows), _signed([row.pk for row in rows])
    needed = _needed()
    offered = [(row, _open_roles(person, roles, made=row.pk in mine, standing=signed.get(row.pk, []))) for row in rows]
    lacking = [(row, _lacking(row, person, roles, needed) if row.pk in signed else roles) for row, roles in offered]
    return [(row, open_to) for row, open_to in lacking if open_to]


def _lacking(version: ModelVersion, person: User, roles: list[str], needed: Mapping[str, int]) -> list[str]:
    """Of these roles, those in which too few signatures count, and none of this person's does."""
    if not roles or (plan := version.plans.first()) is None:
        return []
    found: dict[str, set[str]] = {}
    for each in standing.approvals(version):
        if not each.why_not and each.plan_digest == plan.digest:
            found.setdefault(each.role, set()).add(each.signer)
    signers = {role: found.get(role, set()) for role in roles}
    return [role for role in roles if str(person.pk) not in signers[role] and len(signers[role]) < needed.get(role, 1)]


def _needed() -> dict[str, int]:
    """How many persons the policy in force wants to sign in each role."""
    try:
        controls = packs.asked().controls
    except NoPack:
        return {}
    asked: dict[str, int] = {}
    for rule in (control.rule for control in controls if isinstance(control.rule, SignatureRule)):
        asked[rule.role] = max(rule.count, asked.get(rule.role, 1))
    return asked


def _open_roles(person: User, roles: list[str], *, made: bool, standing: list[Signed]) -> list[str]:
    makers = frozenset({person.pk}) if made else frozenset()

    def refused(role: str) -> bool:
        found = duties.against_signing(
            person=person.pk, held=person.role_names, role=role, makers=makers, standing=standing
        )
        return found is not None

    return [role for role in roles if not refused(role)]


def _signed(versions: list[UUID]) -> dict[UUID, list[Signed]]:
    """The approvals under the plan in force."""
    plan = ValidationPlan.objects.filter(version=OuterRef("version")).order_by("-number").values("digest")[:1]
    rows = Approval.objects.filter(version__in=versions, decision=ApprovalDecision.APPROVE, plan_digest=Subquery(plan))
    found: dict[UUID, list[Signed]] = {}
    for version, role, signer in rows.values_list("version_id", "role", "signature__signer_id"):
        found.setdefault(version, []).append(Signed(role, signer))
    return found


def _made_by(person: User, versions: list[ModelVersion]) -> frozenset[UUID]:
    """The versions to which the ledger shows a contribution of this person, as `history.makers_of` reads it."""
    deeds = LedgerEntry.objects.filter(kind__in=duties.CONTRIBUTIONS, actor_id=person.pk)
    touched: set[str] = set()
    for version, thing in deeds.values_list("subject_version_id", "object_id"):
        touched |= {str(version), thing}
    datasets: dict[UUID, set[str]] = {}
    pairs = ModelVersion.objects.filter(pk__in=[row.pk for row in versions]).values_list("pk", "tables__dataset_id")
    for pk, dataset in pairs:
        datasets.setdefault(pk, set()).add(str(dataset))
    imported = frozenset(version for version, _ in history.importers([row.pk for row in versions], by=person.pk))
    return imported | frozenset(
        row.pk
        for row in versions
        if touched & {str(row.pk), str(row.model_id), str(row.training_dataset_id), *datasets.get(row.pk, ())}
    )


def speaking_audits() -> QuerySet[Audit]:
    """The run that speaks: the last one that succeeded, per kind and table, under the plan in force."""
    later = Audit.objects.succeeded().filter(
        version=OuterRef("version"), kind=OuterRef("kind"), table=OuterRef("table"), plan=OuterRef("plan")
    )
    newer_plan = ValidationPlan.objects.filter(version=OuterRef("version"), number__gt=OuterRef("plan__number"))
    superseded = later.filter(finished_at__gt=OuterRef("finished_at"))
    return Audit.objects.succeeded().filter(~Exists(newer_plan), ~Exists(superseded))


def open_findings(*, now: datetime) -> list[Row]:
    """Per version still in play: how many findings nobody has answered, the fullest first."""
    # As `services.standing` has it: a later, different result of the audit is another finding.
    signed = JSONObject(key=OuterRef("key"), result_sha256=OuterRef("audit__result_sha256"))
    answered = Waiver.objects.filter(
        version=OuterRef("audit__version"),
        table_id=OuterRef("audit__table_id"),
        plan_digest=OuterRef("audit__plan__digest"),
        check_key=OuterRef("key"),
        verdict=OuterRef("verdict"),
        expires_at__gt=now,
        signature__record__findings__contains=Func(signed, function="jsonb_build_array", output_field=JSONField()),
    )
    findings = CheckRow.objects.findings().filter(~Exists(answered), audit__in=speaking_audits())
    counted = findings.exclude(audit__version__state__in=CLOSED).order_by()
    named = counted.values(
        name=F("audit__version__model__name"),
        slug=F("audit__version__model__slug"),
        number=F("audit__version__number"),
    )
    totals = named.annotate(
        not_met=Count("pk", filter=Q(verdict=Verdict.NOT_MET)),
        not_evaluable=Count("pk", filter=Q(verdict=Verdict.NOT_EVALUABLE)),
        total=Count("pk"),
    )
    return [dict(row) for row in totals.order_by("-total", "name")[:12]]


def last_decisions(count: int = 6) -> list[GateDecision]:
    """The newest of those that stand: a superseded one is history, and has its place on the version's page."""
    newer = GateDecision.objects.filter(
        version=OuterRef("version"), environment=OuterRef("environment"), number__gt=OuterRef("number")
    )
    rows = GateDecision.objects.filter(~Exists(newer)).select_related("version__model", "pack").order_by("-decided_at")
    return list(rows.defer("assessment")[:count])
