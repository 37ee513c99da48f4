"""Who may sign for a version? Separation of duties, computed from what the ledger says people did.

The rules, complete:
- who did any of `CONTRIBUTIONS` to a version, its model or its datasets is a contributor to it, for ever;
- what is recorded of the model itself counts for each of its versions: plans, risks, documents, rosters, and the
  training records of the sites that use it;
- so is who imported a given consent of somebody in its evaluation tables: the coverage rests on it. Who only recorded
  refusals and withdrawals is none, because those can but close the gate;
- a contributor neither reviews, approves nor returns the version, nor waives its findings;
- review and approval come from two different persons;
- each signs in a role that they hold now. Being a superuser, or a member of the model's team, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from governance.core.meanings import MEANING_OF_ROLE

# Asking for an audit or a decision judges nothing and makes nothing, so neither is listed.
CONTRIBUTIONS = frozenset(
    {
        "model.registered",
        "card.stated",
        "dataset.registered",
        "version.created",
        "version.submitted",
        "table.uploaded",
        "plan.frozen",
        "plan.governed_frozen",
        "change.declared",
        "risk.recorded",
        "document.revised",
        "training.imported",
    }
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry of the ledger, as far as duties are concerned. actor: None for the system."""

    kind: str
    actor: UUID | None


@dataclass(frozen=True, slots=True)
class Signed:
    """A standing signature on the version. role: the duty in which the person signed."""

    role: str
    signer: UUID


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a person may not. code: one of role_not_held, self_approval, self_waiver, same_person_signed."""

    code: str
    message: str


def contributors(deeds: Iterable[Deed]) -> frozenset[UUID]:
    """Everybody whose work is judged."""
    return frozenset(deed.actor for deed in deeds if deed.kind in CONTRIBUTIONS and deed.actor is not None)


def against_signing(
    *, person: UUID, held: frozenset[str], role: str, makers: frozenset[UUID], standing: Iterable[Signed]
) -> Refusal | None:
    """Why this person may not review, approve or return in this role; None when they may."""
    if role not in MEANING_OF_ROLE or role not in held:
        return Refusal("role_not_held", f"Signing as {role} needs the role {role}, which you do not hold.")
    if person in makers:
        return Refusal(
            "self_approval",
            "The ledger shows that you contributed to this version, its model or its data; "
            "somebody else must judge it.",
        )
    if any(signed.signer == person and signed.role != role for signed in standing):
        return Refusal(
            "same_person_signed", "You have signed this version in the other role; two different persons must sign."
        )
    return None


def against_waiving(
    *, person: UUID, held: frozenset[str], roles: Iterable[str], makers: frozenset[UUID]
) -> Refusal | None:
    """Why this person may not waive a finding that the pack entrusts to `roles`; None when they may."""
    wanted = sorted(roles)
    if not held & set(wanted):
        return Refusal("role_not_held", f"Waiving this finding needs the role {' or '.join(wanted)}.")
    if person in makers:
        return Refusal(
            "self_waiver",
            "The ledger shows that you contributed to this version, its model or its data; "
            "somebody else must answer for its findings.",
        )
    return None
