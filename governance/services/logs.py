"""Saying which log of a model is kept where and for how long, and that somebody looked. Nothing is written over."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.utils import timezone

from governance import recording
from governance.core import facts
from governance.core.facts import Section
from governance.core.logs import LOGS
from governance.errors import LogRefused
from governance.incident_permissions import check_can_write
from governance.ledger import Fact
from governance.models.log import LogRegistration
from governance.services.assessment_touch import touch
from governance.services.once import once
from registry.core.canonical import digest
from registry.models.model import Model
from registry.models.user import User

REGISTERED = "log.registered"
LONGEST = 36500  # a hundred years; more is a slip of the pen


def register(
    *,
    model: Model,
    by: User,
    kind: str,
    kept_in: str,
    retention_days: int,
    reviewed_on: date,
    pk: UUID | None = None,
) -> LogRegistration:
    """What is known about one log of the model from now on; its earlier registrations stay readable.

    pk: the one-time id of the form, if there is one. Raises: RoleNotHeld, NotAMember, LogRefused, AlreadyRecorded.
    """
    check_can_write(by, model)
    _check(kind, kept_in, retention_days, reviewed_on)
    with once(LogRegistration, pk) as new:
        Model.objects.select_for_update(of=("self",), no_key=True).get(pk=model.pk)
        last = LogRegistration.objects.filter(model=model, kind=kind).order_by("-revision").first()
        row = LogRegistration.objects.create(
            id=new,
            model=model,
            kind=kind,
            revision=last.revision + 1 if last else 1,
            kept_in=kept_in.strip(),
            retention_days=retention_days,
            reviewed_on=reviewed_on,
            reviewed_by=by,
        )
        body = _document(row)
        recording.record(Fact(REGISTERED, "log", str(row.pk), body, by, None, digest(body)))
        touch({Section.LOGS}, model=model.pk)
    return row


def kept(model: Model) -> list[LogRegistration]:
    """The latest registration of each kind of log."""
    rows = LogRegistration.objects.filter(model=model).select_related("reviewed_by")
    return list(rows.order_by("kind", "-revision").distinct("kind"))


def facts_of(model: Model) -> tuple[facts.Log, ...]:
    """The logs as a policy looks at them."""
    return tuple(facts.Log(str(row.pk), row.kind, row.retention_days, row.reviewed_on) for row in kept(model))


def _check(kind: str, kept_in: str, retention_days: int, reviewed_on: date) -> None:
    if kind not in LOGS:
        raise LogRefused(f"A log is one of {', '.join(LOGS)}.", field="kind")
    if not kept_in.strip():
        raise LogRefused("Say where the log is kept.", field="kept_in")
    if not 1 <= retention_days <= LONGEST:
        raise LogRefused(f"A log is kept for 1 to {LONGEST:,} days.", field="retention_days")
    if reviewed_on > timezone.now().date():
        raise LogRefused("Nobody can have looked at it later than today.", field="reviewed_on")


def _document(row: LogRegistration) -> dict[str, object]:
    return {
        "model": str(row.model_id),
        "kind": row.kind,
        "revision": row.revision,
        "kept_in": row.kept_in,
        "retention_days": row.retention_days,
        "reviewed_on": row.reviewed_on.isoformat(),
        "reviewed_by": str(row.reviewed_by_id),
    }
