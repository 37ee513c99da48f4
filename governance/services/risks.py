"""Writing the risk register: entries, their revisions, and their risk controls. Nothing is written over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID, uuid4

from django.utils import timezone

from audits.models.audit import Audit
from audits.models.job import JobState
from governance import recording
from governance.core.facts import Section
from governance.core.hazards import HAZARDS
from governance.core.risk import CONTROL_KINDS, Problem, Written, against_keeping
from governance.errors import (
    ReasonMissing,
    RiskClosed,
    RiskControlRefused,
    RiskEstimateRefused,
    RiskIncomplete,
    RiskMovedOn,
    RiskUnknownWord,
)
from governance.ledger import Fact
from governance.models.risk import RiskControl, RiskEntry, RiskRevision, RiskState
from governance.risk_permissions import check_can_close, check_can_record
from governance.services import risk_register
from governance.services.assessment_touch import touch
from governance.services.once import once
from registry.core.canonical import digest
from registry.errors import InvalidInput
from registry.models.model import Model
from registry.models.user import User

RECORDED = "risk.recorded"
_REFUSALS: dict[str, type[InvalidInput]] = {
    refusal.code: refusal for refusal in (RiskIncomplete, RiskUnknownWord, RiskEstimateRefused, ReasonMissing)
}


@dataclass(frozen=True, slots=True)
class ControlGiven:
    """What is said about a control. audit: a finished one, of a version of this model, that shows its effect."""

    kind: str
    text: str
    implemented_on: date | None = None
    verified_on: date | None = None
    audit: Audit | None = None


def add(*, model: Model, by: User, said: Written, pk: UUID | None = None) -> RiskEntry:
    """A new entry under the register's next number. pk: the one-time id of the form, if there is one.

    Raises: RoleNotHeld, NotAMember, RiskIncomplete, RiskUnknownWord, RiskEstimateRefused, ReasonMissing,
    AlreadyRecorded.
    """
    check_can_record(by, model)
    _check(said)
    with once(RiskEntry, pk) as new:
        entry = RiskEntry.objects.create(id=new, model=model, number=_next_number(model), created_by=by)
        _write(entry, by, said, RiskState.OPEN)
    return entry


def revise(
    *, entry: RiskEntry, by: User, said: Written, state: str = RiskState.OPEN, expected: int | None = None
) -> RiskRevision:
    """A further revision, which the entry is from now on. state: closed when the risk no longer exists.

    expected: the number of the revision that the author was shown; None where nobody was shown any.
    Raises as `add` does; RiskMovedOn; OwnRisk; ReasonMissing also when it does not say why the entry changes.
    """
    check_can_record(by, entry.model)
    _check(said)
    if not said.reason.strip():
        raise ReasonMissing("Say why the entry changes; the history shows it.", field="reason")
    with recording.together():
        _lock(entry)
        now = risk_register.current(entry)
        _check_seen(now.revision.number, expected, "Somebody changed this risk meanwhile")
        if state == RiskState.CLOSED:
            check_can_close(by, now)
        revision = _write(entry, by, said, state)
    return revision


def suggest(*, model: Model, by: User) -> list[RiskEntry]:
    """Draft entries for the hazards that every clinical model shares, each once per model, however often asked.

    Raises: RoleNotHeld, NotAMember.
    """
    check_can_record(by, model)
    with recording.together():
        number = _next_number(model)
        known = set(RiskEntry.objects.filter(model=model).values_list("suggested", flat=True))
        made: list[RiskEntry] = []
        for key in (key for key in HAZARDS if key not in known):
            entry = RiskEntry.objects.create(model=model, number=number + len(made), suggested=key, created_by=by)
            _write(entry, by, suggestion(key), RiskState.OPEN)
            made.append(entry)
    return made


def suggestion(hazard: str) -> Written:
    """The vocabulary's own words about a hazard, not estimated."""
    known = HAZARDS[hazard]
    return Written(
        hazard=hazard,
        title=known.label,
        sequence=known.sequence,
        situation=known.situation,
        harm=known.harm,
        characteristics=known.characteristics,
    )


def add_control(*, entry: RiskEntry, by: User, given: ControlGiven, pk: UUID | None = None) -> RiskControl:
    """A new control of the entry. pk: as in `add`.

    Raises: RoleNotHeld, NotAMember, RiskControlRefused, RiskClosed, AlreadyRecorded.
    """
    check_can_record(by, entry.model)
    with once(RiskControl, pk) as new:
        _lock(entry)
        _check_control(entry, given)
        last = RiskControl.objects.filter(entry=entry).order_by("-number").first()
        control = _write_control(entry, by, given, pk=new, number=last.number + 1 if last else 1)
    return control


def revise_control(
    *,
    entry: RiskEntry,
    number: int,
    by: User,
    given: ControlGiven,
    withdrawn: bool = False,
    expected: int | None = None,
) -> RiskControl:
    """What is said about a control from now on; withdrawn: it is one no longer. expected: as in `revise`.

    Raises as `add_control` does; RiskMovedOn.
    """
    check_can_record(by, entry.model)
    with recording.together():
        _lock(entry)
        _check_control(entry, given)
        last = RiskControl.objects.filter(entry=entry, number=number).order_by("-revision").first()
        if last is None or last.withdrawn:
            raise RiskControlRefused(f"The entry has no risk control {number} that stands.", field="number")
        _check_seen(last.revision, expected, "Somebody changed this risk control meanwhile")
        revision = last.revision + 1
        control = _write_control(entry, by, given, number=number, revision=revision, withdrawn=withdrawn)
    return control


def _check_seen(number: int, expected: int | None, what: str) -> None:
    """Raises: RiskMovedOn."""
    if expected not in (None, number):
        raise RiskMovedOn(f"{what}: it is at revision {number}. Read that first.", number=number)


def _check(said: Written) -> None:
    _raise(against_keeping(said))


def _raise(problem: Problem | None) -> None:
    if problem is not None:
        raise _REFUSALS[problem.code](problem.message, field=problem.field)


def _next_number(model: Model) -> int:
    """The register takes one new entry at a time."""
    Model.objects.select_for_update(of=("self",), no_key=True).get(pk=model.pk)
    last = RiskEntry.objects.filter(model=model).order_by("-number").first()
    return last.number + 1 if last else 1


def _lock(entry: RiskEntry) -> None:
    RiskEntry.objects.select_for_update(of=("self",), no_key=True).get(pk=entry.pk)


def _write(entry: RiskEntry, by: User, said: Written, state: str) -> RiskRevision:
    last = RiskRevision.objects.filter(entry=entry).order_by("-number").first()
    values = {name: _stripped(value) for name, value in asdict(said).items()}
    revision = RiskRevision.objects.create(
        entry=entry, number=last.number + 1 if last else 1, state=RiskState(state), written_by=by, **values
    )
    _record(entry, by)
    return revision


def _stripped(value: object) -> object:
    if isinstance(value, str):
        return value.strip()
    return sorted(set(value)) if isinstance(value, Iterable) else value


def _check_control(entry: RiskEntry, given: ControlGiven) -> None:
    if risk_register.current(entry).revision.state == RiskState.CLOSED:
        raise RiskClosed("The entry is closed; open it again before its risk controls change.")
    if given.kind not in CONTROL_KINDS:
        raise RiskControlRefused(f"A risk control is one of {', '.join(CONTROL_KINDS)}.", field="kind")
    if not given.text.strip():
        raise RiskControlRefused("Say what the risk control does.", field="text")
    _check_days(given)
    if given.audit is not None:
        _check_audit(entry, given, given.audit)


def _check_days(given: ControlGiven) -> None:
    today = timezone.now().date()
    for name, day in (("implemented_on", given.implemented_on), ("verified_on", given.verified_on)):
        if day is not None and day > today:
            raise RiskControlRefused("Only what has happened is written down; the day is not here yet.", field=name)
    if given.verified_on and (given.implemented_on is None or given.verified_on < given.implemented_on):
        raise RiskControlRefused("A risk control is verified once it is in place, not before.", field="verified_on")


def _check_audit(entry: RiskEntry, given: ControlGiven, audit: Audit) -> None:
    if audit.version.model_id != entry.model_id:
        raise RiskControlRefused("The audit is of another model; it shows nothing here.", field="audit")
    if audit.state != JobState.SUCCEEDED or audit.finished_at is None:
        raise RiskControlRefused("The audit has no result; only a finished one shows an effect.", field="audit")
    if given.implemented_on is None or audit.finished_at.date() < given.implemented_on:
        raise RiskControlRefused("The audit finished before the risk control was in place.", field="audit")


def _write_control(
    entry: RiskEntry,
    by: User,
    given: ControlGiven,
    *,
    number: int,
    revision: int = 1,
    withdrawn: bool = False,
    pk: UUID | None = None,
) -> RiskControl:
    control = RiskControl.objects.create(
        id=pk or uuid4(),
        entry=entry,
        number=number,
        revision=revision,
        kind=given.kind,
        text=given.text.strip(),
        implemented_on=given.implemented_on,
        verified_on=given.verified_on,
        audit=given.audit,
        withdrawn=withdrawn,
        written_by=by,
    )
    _record(entry, by)
    return control


def _record(entry: RiskEntry, by: User) -> None:
    """Whatever changed, the ledger has the whole entry as it is now, and its digest."""
    record = risk_register.record_of(risk_register.current(entry))
    recording.record(Fact(RECORDED, "risk", str(entry.pk), record, by, None, digest(record)))
    touch({Section.RISKS}, model=entry.model_id)
