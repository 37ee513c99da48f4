"""Accepting what is left of a risk, or of all risks of a model together: a signature over the frozen record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from governance import recording
from governance.core.facts import Section
from governance.core.meanings import ACCEPTANCE
from governance.core.risk import Problem
from governance.errors import ReasonMissing, RiskNotAcceptable, RiskNotReady, RoleNotHeld, SelfAcceptance
from governance.ledger import Fact
from governance.models.risk import RegisterAcceptance, RiskAcceptance, RiskEntry
from governance.models.signature import Signature
from governance.services import risk_register, risk_standing, signatures
from governance.services.assessment_touch import touch
from governance.services.risk_register import Current
from governance.services.signatures import Confirmed
from registry.core.canonical import digest
from registry.errors import IllegalMove, Refused
from registry.models.model import Model
from registry.models.user import Role, User

ACCEPTERS = (Role.REVIEWER, Role.APPROVER, Role.COMPLIANCE)
_REFUSALS: dict[str, type[IllegalMove]] = {refusal.code: refusal for refusal in (RiskNotReady, RiskNotAcceptable)}


def check_can_accept(person: User, found: Current, role: str) -> None:
    """Raises: RiskNotReady, RiskNotAcceptable, RoleNotHeld, SelfAcceptance."""
    _raise(found.against_accepting())
    _check_person(person, role, found.authors, "You wrote part of this entry; somebody else must accept it.")


def can_accept(person: User, found: Current, role: str) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_accept(person, found, role))


def check_can_accept_register(person: User, entries: tuple[Current, ...], role: str) -> None:
    """Raises: RiskNotReady, RoleNotHeld, SelfAcceptance."""
    still = [each for each in entries if each.is_open]
    if not still:
        raise RiskNotReady("The register has no open entry; there is nothing to accept.")
    accepted = risk_standing.accepted(still)
    if missing := [str(each.entry.number) for each in still if each.entry.pk not in accepted]:
        raise RiskNotReady(f"First each risk is accepted by itself; these are not: {', '.join(missing)}.")
    authors = frozenset[UUID]().union(*(each.authors for each in still))
    _check_person(person, role, authors, "You wrote part of this register; somebody else must accept it.")


def can_accept_register(person: User, entries: tuple[Current, ...], role: str) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_accept_register(person, entries, role))


def accept(
    *, entry: RiskEntry, by: User, role: str, reason: str, password: str, expected_sha256: str | None = None
) -> RiskAcceptance:
    """Accept what is left of one risk, in one of the roles of `ACCEPTERS`.

    Raises: ReasonMissing, RiskNotReady, RiskNotAcceptable, RoleNotHeld, SelfAcceptance, PasswordWrong, SignLocked,
    RecordChanged, AlreadySigned.
    """
    _check_reason(reason)
    check_can_accept(by, risk_register.current(entry), role)
    signer = signatures.confirm(by=by, password=password)
    with recording.together():
        RiskEntry.objects.select_for_update(of=("self",), no_key=True).get(pk=entry.pk)
        found = risk_register.current(entry)
        check_can_accept(by, found, role)
        signature = _signature(signer, "risk", entry.pk, risk_register.record_of(found), expected_sha256)
        acceptance = RiskAcceptance.objects.create(entry=entry, role=role, reason=reason.strip(), signature=signature)
        _record("risk_acceptance", acceptance.pk, risk_standing.stated_by(acceptance), by)
        touch({Section.RISKS}, model=entry.model_id)
    return acceptance


def accept_register(
    *, model: Model, by: User, role: str, reason: str, password: str, expected_sha256: str | None = None
) -> RegisterAcceptance:
    """Accept all that is left of the model's risks together. Raises as `accept` does."""
    _check_reason(reason)
    check_can_accept_register(by, risk_register.register(model), role)
    signer = signatures.confirm(by=by, password=password)
    with recording.together():
        Model.objects.select_for_update(of=("self",), no_key=True).get(pk=model.pk)
        list(RiskEntry.objects.select_for_update(of=("self",), no_key=True).filter(model=model).order_by("number"))
        entries = risk_register.register(model)
        check_can_accept_register(by, entries, role)
        record = risk_register.register_record(model, entries)
        signature = _signature(signer, "risk_register", model.pk, record, expected_sha256)
        acceptance = RegisterAcceptance.objects.create(
            model=model, role=role, reason=reason.strip(), signature=signature
        )
        _record("register_acceptance", acceptance.pk, risk_standing.stated_by(acceptance), by)
        touch({Section.RISKS}, model=model.pk)
    return acceptance


def _signature(
    signer: Confirmed, kind: str, pk: UUID, record: dict[str, Any], expected_sha256: str | None
) -> Signature:
    return signatures.sign(
        signer=signer,
        meaning=ACCEPTANCE,
        record_type=kind,
        record_id=pk,
        record=record,
        expected_sha256=expected_sha256,
    )


def _record(kind: str, pk: UUID, body: dict[str, object], by: User) -> None:
    recording.record(Fact(risk_standing.ACCEPTED, kind, str(pk), body, by, None, digest(body)))


def _check_person(person: User, role: str, authors: frozenset[UUID], own_work: str) -> None:
    if role not in ACCEPTERS or not person.holds(role):
        needed = " or ".join(str(Role(each).label).lower() for each in ACCEPTERS)
        raise RoleNotHeld(f"Accepting a risk needs the role {needed}, held by you.")
    if person.pk in authors:
        raise SelfAcceptance(own_work)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("Say in a sentence why; it stands beside the signature.", field="reason")


def _raise(problem: Problem | None) -> None:
    if problem is not None:
        raise _REFUSALS[problem.code](problem.message)


def _told(check: Callable[[], None]) -> tuple[bool, str]:
    try:
        check()
    except Refused as refused:
        return False, refused.message
    return True, ""
