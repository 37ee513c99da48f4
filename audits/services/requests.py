"""Asking for audits, and handing them to the workers so that none is lost."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from audits import signals
from audits.core.values import Kind
from audits.errors import NoPlan, NotRequeueable, WrongTable
from audits.models.audit import NEEDS_REFERENCE, Audit
from audits.models.job import JobState
from audits.models.plan import ValidationPlan
from audits.release import CODE_VERSION
from audits.services import dispatch
from audits.services.plans import check_subgroups, check_unseen
from registry.core.canonical import digest
from registry.errors import IllegalMove
from registry.models.table import PredictionTable, TablePurpose
from registry.models.user import Role, User
from registry.models.version import ModelVersion
from registry.services.teams import check_member


@transaction.atomic
def request_audits(
    *,
    by: User,
    version: ModelVersion,
    table: PredictionTable,
    reference: PredictionTable | None,
    kinds: Iterable[Kind],
) -> list[Audit]:
    """Queue one audit per kind, under the plan in force. The same inputs give the audit that exists already.

    Raises: NotAMember (unless a reviewer asks), NoPlan, PlanAfterResults, BadPlan, WrongTable (another version's, the
    wrong purpose, or no reference where one is needed).
    """
    _check_may_ask(by, version)
    plan = version.plans.first()
    if plan is None:
        raise NoPlan("Freeze a validation plan first: nothing counts unless it was decided beforehand.")
    _check_tables(version, table, reference, wanted := sorted(set(kinds)))
    check_unseen(version, table)
    check_subgroups(plan, table)
    return [_request(by=by, version=version, plan=plan, table=table, reference=reference, kind=kind) for kind in wanted]


def _check_may_ask(by: User, version: ModelVersion) -> None:
    """A team audits its own versions; a reviewer may audit any."""
    if not by.holds(Role.REVIEWER):
        check_member(by, version.model.team)


def _check_tables(
    version: ModelVersion, table: PredictionTable, reference: PredictionTable | None, kinds: list[Kind]
) -> None:
    if version.state in {"returned", "retired"}:
        raise IllegalMove(f"{version} is {version.get_state_display().lower()}; it is not audited any more.")
    if table.version_id != version.pk or table.purpose != TablePurpose.EVALUATION:
        raise WrongTable("An audit runs on an evaluation table of the same version.")
    if reference is not None and (reference.version_id != version.pk or reference.purpose != TablePurpose.REFERENCE):
        raise WrongTable("The reference is a reference table of the same version.")
    for kind in kinds:
        if kind in NEEDS_REFERENCE and reference is None:
            raise WrongTable(f"The {kind} audit compares with a reference table; name one.")


def _request(
    *,
    by: User,
    version: ModelVersion,
    plan: ValidationPlan,
    table: PredictionTable,
    reference: PredictionTable | None,
    kind: Kind,
) -> Audit:
    key = digest(
        {
            "kind": kind,
            "version": str(version.pk),
            "plan": plan.digest,
            "table": str(table.pk),
            "reference": str(reference.pk) if reference else None,
            "code": CODE_VERSION,
        }
    )
    audit, created = Audit.objects.get_or_create(
        idempotency_key=key,
        defaults={
            "kind": kind,
            "version": version,
            "plan": plan,
            "table": table,
            "reference": reference,
            "code_version": CODE_VERSION,
            "requested_by": by,
        },
    )
    if created:
        dispatch.send_on_commit(audit)
        signals.audit_requested.send(Audit, audit=audit, actor=by, at=timezone.now())
    return audit


@transaction.atomic
def requeue(*, by: User, audit: Audit) -> Audit:
    """Give a dead or failed audit another round of attempts. Raises: NotAMember, NotRequeueable."""
    _check_may_ask(by, audit.version)
    locked = Audit.objects.select_for_update().get(pk=audit.pk)
    if locked.state not in {JobState.DEAD, JobState.FAILED}:
        raise NotRequeueable(
            f"This audit is {locked.get_state_display().lower()}; only a stopped one is started again."
        )
    locked.state, locked.attempt, locked.error_code, locked.error_message = JobState.QUEUED, 0, "", ""
    locked.finished_at = None
    locked.save(update_fields=["state", "attempt", "error_code", "error_message", "finished_at"])
    dispatch.send_on_commit(locked)
    signals.audit_requested.send(Audit, audit=locked, actor=by, at=timezone.now())
    return locked
