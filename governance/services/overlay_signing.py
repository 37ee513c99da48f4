"""Signing that an overlay asks less: a compliance officer, not the one who uploaded it, over all that it loosens."""

from __future__ import annotations

from typing import Any

from governance import recording
from governance.core.meanings import LOOSENING
from governance.errors import NothingToSign, ReasonTooShort, RoleNotHeld, SelfLoosening
from governance.ledger import Fact
from governance.models.overlay import OverlayLoosening, PolicyOverlay
from governance.models.pack import PolicyPack
from governance.services import overlays, signatures
from registry.core.canonical import digest
from registry.errors import Refused
from registry.models.user import Role, User

SHORTEST_REASON = 20


def record_to_sign(overlay: PolicyOverlay) -> dict[str, Any]:
    """What is put before the person who signs: from which content to which, and everything that asks less."""
    found = overlays.standing(overlay)
    return {
        "type": "policy_overlay",
        "overlay": {"id": str(overlay.pk), "slug": overlay.slug, "version": overlay.version, "digest": overlay.digest},
        "pack": {"slug": overlay.extends.slug, "digest": overlay.extends.digest},
        "in_use": found.current.digest,
        "asks_less": list(found.changes.loosening),
    }


def check_can_sign(person: User, overlay: PolicyOverlay) -> None:
    """Raises: NothingToSign, RoleNotHeld, SelfLoosening."""
    if not overlays.is_newest(overlay):
        raise NothingToSign("A later overlay of the same pack took its place.")
    if not overlays.standing(overlay).waits:
        raise NothingToSign("This overlay asks nothing less than what is in use.")
    if not person.holds(Role.COMPLIANCE):
        raise RoleNotHeld("Only a compliance officer can sign that less is asked.")
    if overlay.uploaded_by_id == person.pk:
        raise SelfLoosening("You uploaded this overlay; another compliance officer must sign that it asks less.")


def can_sign(person: User, overlay: PolicyOverlay) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    try:
        check_can_sign(person, overlay)
    except Refused as refused:
        return False, refused.message
    return True, ""


def sign_loosening(
    *, overlay: PolicyOverlay, by: User, reason: str, password: str, expected_sha256: str | None = None
) -> OverlayLoosening:
    """Let the whole overlay take effect, in one person's name.

    Raises: ReasonTooShort, NothingToSign, RoleNotHeld, SelfLoosening, PasswordWrong, SignLocked, RecordChanged,
    AlreadySigned.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonTooShort(f"Give a reason of at least {SHORTEST_REASON} characters: it will be read in an inquiry.")
    check_can_sign(by, overlay)
    signer = signatures.confirm(by=by, password=password)
    with recording.together():
        locked = PolicyPack.objects.select_for_update(no_key=True).get(pk=overlay.extends_id)
        check_can_sign(by, overlay)
        record = record_to_sign(overlay)
        signatures.check_unchanged(digest(record), expected_sha256)
        signature = signatures.sign(
            signer=signer,
            meaning=LOOSENING,
            record_type="policy_overlay",
            record_id=overlay.pk,
            record={**record, "terms": {"reason": reason.strip()}},
        )
        pack = overlays.take_effect(overlay, overlays.wanted_of(overlay), by, signature=signature.record_sha256)
        row = OverlayLoosening.objects.create(overlay=overlay, reason=reason.strip(), signature=signature, pack=pack)
        body: dict[str, object] = {"slug": overlay.slug, "extends": locked.slug, "asks_less": record["asks_less"]}
        recording.record(
            Fact("policy.loosened", "policy_overlay", str(overlay.pk), body, by, object_sha256=pack.digest)
        )
    return row
