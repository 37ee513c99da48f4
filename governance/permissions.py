"""May this person sign, return or waive here, and if not, why? Checks in pairs: one raises, one tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from governance import history
from governance.core import duties
from governance.core.duties import Refusal, Signed
from governance.errors import NotReviewable, RoleNotHeld, SamePersonSigned, SelfApproval, SelfWaiver
from governance.models.approval import Approval, ApprovalDecision
from governance.services import seen
from registry.core.lifecycle import State
from registry.core.scopes import scopes_of
from registry.errors import NotAllowed, Refused
from registry.models.user import User
from registry.models.version import ModelVersion

# A version that is approved already may need signing again: a new plan makes the old signatures stale.
# One that is suspended is approved anew.
APPROVABLE = frozenset({State.SUBMITTED, State.IN_REVIEW, State.APPROVED, State.SUSPENDED})
# Under review, and so sent back for good; what is in use is stopped instead.
RETURNABLE = frozenset({State.SUBMITTED, State.IN_REVIEW})
STOPPABLE = frozenset({State.APPROVED})
_REFUSALS: dict[str, type[NotAllowed]] = {
    refusal.code: refusal for refusal in (RoleNotHeld, SelfApproval, SelfWaiver, SamePersonSigned)
}


def check_can_approve(person: User, version: ModelVersion, role: str) -> None:
    """Raises: NotReviewable, RoleNotHeld, SelfApproval, SamePersonSigned."""
    _check_state(version, APPROVABLE)
    plan = version.plans.first()
    if plan is None:
        raise NotReviewable("No validation plan is frozen, so there is nothing to judge the version by.")
    if missing := seen.missing_audits(version, plan):
        raise NotReviewable(f"These audits have no result yet, and a signature rests on them: {', '.join(missing)}.")
    standing = [
        Signed(approval.role, approval.signature.signer_id)
        for approval in Approval.objects.select_related("signature").filter(
            version=version, decision=ApprovalDecision.APPROVE, plan_digest=plan.digest
        )
    ]
    _raise(_against_signing(person, version, role, standing))


def can_approve(person: User, version: ModelVersion, role: str) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_approve(person, version, role))


def check_can_return(person: User, version: ModelVersion, role: str) -> None:
    """Raises: NotReviewable, RoleNotHeld, SelfApproval."""
    _check_state(version, RETURNABLE | STOPPABLE)
    _raise(_against_signing(person, version, role, ()))


def can_return(person: User, version: ModelVersion, role: str) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_return(person, version, role))


def check_can_waive(person: User, version: ModelVersion, roles: Iterable[str]) -> None:
    """roles: to whom the policy pack entrusts the findings. Raises: RoleNotHeld, SelfWaiver."""
    makers = history.makers_of(version)
    _raise(duties.against_waiving(person=person.pk, held=_held(person), roles=roles, makers=makers))


def can_waive(person: User, version: ModelVersion, roles: Iterable[str]) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_waive(person, version, roles))


def check_scope(person: User, scope: str) -> None:
    """Raises RoleNotHeld unless one of the person's roles carries the scope."""
    if scope not in scopes_of(_held(person)):
        raise RoleNotHeld(f"None of your roles permits this; it needs {scope}.")


def _against_signing(person: User, version: ModelVersion, role: str, standing: Iterable[Signed]) -> Refusal | None:
    return duties.against_signing(
        person=person.pk, held=_held(person), role=role, makers=history.makers_of(version), standing=standing
    )


def _held(person: User) -> frozenset[str]:
    """The roles that count: those granted, while the account is open. Being a superuser grants none."""
    return person.role_names if person.is_active else frozenset()


def _check_state(version: ModelVersion, states: frozenset[State]) -> None:
    if version.state not in states:
        raise NotReviewable(f"{version} is {version.get_state_display().lower()}; it is not under review.")


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise _REFUSALS[refusal.code](refusal.message)


def _told(check: Callable[[], None]) -> tuple[bool, str]:
    try:
        check()
    except Refused as refused:
        return False, refused.message
    return True, ""
