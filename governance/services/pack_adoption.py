"""Which packs does the organisation use? Adopting one at a content, and dropping it again.

Whoever may write policies adopts what asks at least as much as before. What asks less needs a signature
(`pack_loosening`).
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet

from governance import permissions, recording
from governance.errors import AdoptionRefused
from governance.ledger import Fact
from governance.models.pack import PackAdoption, PolicyPack
from governance.services import pack_loosening, pack_pins
from governance.services.assessment_touch import touch
from governance.services.pack_loosening import Move, Signing
from registry.core.scopes import POLICIES_WRITE
from registry.models.user import User


def adopt(*, pack: PolicyPack, by: User, gating: bool, signing: Signing | None = None) -> PackAdoption:
    """Use this content of the pack from now on, in place of any other content of it.

    Raises: RoleNotHeld, AdoptionRefused (the pack that the gate asks by setting must be gating); and where it asks
    less than what is in use LooseningUnsigned, ReasonTooShort, SelfLoosening, PasswordWrong, SignLocked, RecordChanged.
    """
    permissions.check_scope(by, POLICIES_WRITE)
    if not gating and must_gate(pack):
        raise AdoptionRefused(f"The gate asks {pack}; it cannot be adopted without gating.")
    signer = pack_loosening.confirmed(to_adopt(pack, gating=gating), by, signing)
    with recording.together():
        _one_at_a_time(pack.root)
        signature = pack_loosening.signed(to_adopt(pack, gating=gating), signer, signing)
        return pack_pins.pin(pack, gating=gating, by=by, signature=signature)


def drop(*, adoption: PackAdoption, by: User, signing: Signing | None = None) -> None:
    """Use the pack no longer. Raises: RoleNotHeld, AdoptionRefused (the gate's own pack, or it was dropped already);
    and where the gate asks it, all that `adopt` raises for what asks less."""
    permissions.check_scope(by, POLICIES_WRITE)
    check_can_drop(adoption)
    signer = pack_loosening.confirmed(to_drop(adoption), by, signing)
    with recording.together():
        _one_at_a_time(adoption.slug)
        row = _in_use().select_for_update(of=("self",)).filter(pk=adoption.pk).first()
        if row is None:
            raise AdoptionRefused("The pack was dropped already.")
        check_can_drop(row)
        signature = pack_loosening.signed(to_drop(row), signer, signing)
        body: dict[str, object] = {"slug": row.slug, "gating": row.gating}
        body |= {"signature": signature.record_sha256, "asks_less": signature.record["asks_less"]} if signature else {}
        recording.record(Fact("policy.dropped", "pack_adoption", row.slug, body, by, object_sha256=row.pack.digest))
        row.delete()
        touch(frozenset())


def check_can_drop(adoption: PackAdoption) -> None:
    """Raises AdoptionRefused for the pack that the gate asks by setting."""
    if must_gate(adoption.pack):
        raise AdoptionRefused(f"The gate asks {adoption.pack}; adopt another content of it instead of dropping it.")


def to_adopt(pack: PolicyPack, *, gating: bool) -> Move:
    """From what is in use of this pack to the content."""
    return Move(_in_use().filter(slug=pack.root).first(), pack, gating)


def to_drop(adoption: PackAdoption) -> Move:
    return Move(adoption, None, gating=False)


def _in_use() -> QuerySet[PackAdoption]:
    return PackAdoption.objects.select_related("pack", "adopted_by")


def _one_at_a_time(root: str) -> None:
    """Whoever changes what is used of a pack waits here for the other, also where nothing of it is in use yet."""
    list(PolicyPack.objects.select_for_update(no_key=True).filter(slug=root).order_by("pk").values_list("pk"))


def must_gate(pack: PolicyPack) -> bool:
    """Whether the gate asks it by setting, so that it cannot be adopted otherwise, nor dropped."""
    return settings.GATE_POLICY_PACK in {pack.root, pack.slug}
