"""Would using a pack differently ask less than today, and who may sign for that?

It asks less where another content lets more pass, where the gate asks the pack no longer, or where a pack that the gate
asks is dropped. Then a compliance officer signs, with a reason and their password, over everything that is asked less;
never the one who adopted last what is in use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from governance import permissions
from governance.core.document import moment
from governance.core.meanings import LOOSENING
from governance.core.pack_changes import changes
from governance.errors import LooseningUnsigned, NothingToSign, ReasonTooShort, RoleNotHeld, SelfLoosening
from governance.models.pack import PackAdoption, PolicyPack
from governance.models.signature import Signature
from governance.services import signatures
from governance.services.signatures import Confirmed
from registry.core.canonical import digest
from registry.core.scopes import POLICIES_WRITE
from registry.errors import Refused
from registry.models.user import Role, User

RECORD = "pack_adoption"
SHORTEST_REASON = 20


@dataclass(frozen=True, slots=True)
class Signing:
    """What a person gives who signs. expected_sha256: of the record that they were shown."""

    reason: str
    password: str
    expected_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """From what is in use to what is wanted. before: None where the pack is not in use. pack: None to drop it."""

    before: PackAdoption | None
    pack: PolicyPack | None
    gating: bool

    @property
    def changes_nothing(self) -> bool:
        """Whether a person adopted exactly this already."""
        before = self.before
        same = before is not None and self.pack is not None and before.pack_id == self.pack.pk
        return same and before is not None and before.gating == self.gating and before.adopted_by_id is not None

    @property
    def asks_less(self) -> tuple[str, ...]:
        """In words, everything that is asked less; () where somebody with the right may do it alone."""
        before, pack = self.before, self.pack
        if before is None:
            return ()
        if pack is None:
            count = len(before.pack.document["controls"])
            return (f"The pack is used no longer: none of its {count} controls is asked.",) if before.gating else ()
        off = ("The gate asks the pack no longer; it is only assessed.",) if before.gating and not self.gating else ()
        return (*off, *changes(before.pack.document, pack.document).loosening)

    @property
    def record(self) -> dict[str, Any]:
        """What is put before the person who signs. Only where something is in use."""
        before = self.before
        if before is None:
            raise NothingToSign("The pack is not in use, so nothing can be asked less.")
        in_use = {**_named(before.pack), "gating": before.gating, "adopted_at": moment(before.adopted_at)}
        instead = {**_named(self.pack), "gating": self.gating} if self.pack is not None else None
        return {
            "type": RECORD,
            "pack": before.slug,
            "in_use": in_use,
            "instead": instead,
            "asks_less": list(self.asks_less),
        }


def _named(pack: PolicyPack) -> dict[str, Any]:
    return {"id": pack.slug, "version": pack.version, "digest": pack.digest}


def check_can_sign(person: User, move: Move) -> None:
    """Raises: NothingToSign, RoleNotHeld, SelfLoosening."""
    if not move.asks_less:
        raise NothingToSign("This asks nothing less than what is in use.")
    permissions.check_scope(person, POLICIES_WRITE)
    if not person.holds(Role.COMPLIANCE):
        raise RoleNotHeld("Only a compliance officer can sign that less is asked.")
    if move.before is not None and move.before.adopted_by_id == person.pk:
        raise SelfLoosening("You adopted what is in use; another compliance officer must sign that less is asked.")


def can_sign(person: User, move: Move) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    try:
        check_can_sign(person, move)
    except Refused as refused:
        return False, refused.message
    return True, ""


def confirmed(move: Move, by: User, signing: Signing | None) -> Confirmed | None:
    """Whoever signs, after their password; None where nothing is asked less. Outside of any transaction.

    Raises: LooseningUnsigned, ReasonTooShort, RoleNotHeld, SelfLoosening, PasswordWrong, SignLocked.
    """
    if not move.asks_less:
        return None
    if signing is None:
        raise _unsigned(move)
    if len(signing.reason.strip()) < SHORTEST_REASON:
        raise ReasonTooShort(f"Give a reason of at least {SHORTEST_REASON} characters: it will be read in an inquiry.")
    check_can_sign(by, move)
    return signatures.confirm(by=by, password=signing.password)


def signed(move: Move, signer: Confirmed | None, signing: Signing | None) -> Signature | None:
    """The signature over what the move asks less, in the caller's transaction; None where it asks nothing less.

    Raises: LooseningUnsigned (it asks less only since a moment ago), SelfLoosening, RecordChanged.
    """
    if not move.asks_less or move.before is None:
        return None
    if signer is None or signing is None:
        raise _unsigned(move)
    check_can_sign(signer.person, move)
    signatures.check_unchanged(digest(move.record), signing.expected_sha256)
    return signatures.sign(
        signer=signer,
        meaning=LOOSENING,
        record_type=RECORD,
        record_id=move.before.pk,
        record={**move.record, "terms": {"reason": signing.reason.strip()}},
    )


def _unsigned(move: Move) -> LooseningUnsigned:
    last = move.before.adopted_by if move.before is not None else None
    who = f"A compliance officer other than {last}" if last else "A compliance officer"
    return LooseningUnsigned(
        f"This asks less than what is in use. {who} signs for it on the pack's page, with a reason and their password.",
        asks_less=list(move.asks_less),
    )
