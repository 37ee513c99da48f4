"""At which content is a pack in use? Moves the pin, and says in the ledger what was asked before. Checks no right.

An adoption is pinned: newer content of the pack changes nothing until somebody adopts it. Only Formulary's starting
point, for which nobody has decided yet, follows what is loaded.
"""

from __future__ import annotations

from django.utils import timezone

from governance import recording
from governance.core.pack_changes import changes
from governance.ledger import Fact
from governance.models.pack import PackAdoption, PolicyPack
from governance.models.signature import Signature
from governance.services.assessment_touch import touch
from registry.models.user import User


def begin(pack: PolicyPack) -> None:
    """Adopt the gate's pack where nothing was decided about it: Formulary's starting point."""
    with recording.together():
        if not PackAdoption.objects.filter(slug=pack.root).exists():
            pin(pack, gating=True, by=None)


def follow(pack: PolicyPack) -> None:
    """Newer content of the starting point takes its place, as long as nobody has adopted any."""
    with recording.together():
        if PackAdoption.objects.filter(slug=pack.root, adopted_by=None).exists():
            pin(pack, gating=True, by=None)


def replace(*, pack: PolicyPack, by: User) -> PackAdoption | None:
    """An overlay's pack takes the place of the content in use; None where the pack is not in use."""
    with recording.together():
        before = PackAdoption.objects.filter(slug=pack.root).first()
        return pin(pack, gating=before.gating, by=by) if before else None


def pin(pack: PolicyPack, *, gating: bool, by: User | None, signature: Signature | None = None) -> PackAdoption:
    """Use exactly this content of the pack. What is so already is not recorded twice. signature: of what asks less."""
    with recording.together():
        rows = PackAdoption.objects.select_related("pack").select_for_update(of=("self",))
        before = rows.filter(slug=pack.root).first()
        if (
            before is not None
            and (before.pack_id, before.gating) == (pack.pk, gating)
            and (before.adopted_by or not by)
        ):
            return before
        row, _ = PackAdoption.objects.update_or_create(
            slug=pack.root, defaults={"pack": pack, "gating": gating, "adopted_by": by, "adopted_at": timezone.now()}
        )
        recording.record(_fact(row, before, signature))
        touch(frozenset())  # a pack that is new here is assessed with the others; what is pinned stays
    return row


def _fact(row: PackAdoption, before: PackAdoption | None, signature: Signature | None) -> Fact:
    pack = row.pack
    body: dict[str, object] = {"slug": row.slug, "pack": pack.slug, "version": pack.version, "gating": row.gating}
    if before is not None and before.pack_id != pack.pk:
        compared = changes(before.pack.document, pack.document)
        body |= {"instead_of": before.pack.digest, "asks_less": list(compared.loosening)}
    if signature is not None:
        body |= {"asks_less": signature.record["asks_less"], "signature": signature.record_sha256}
    return Fact("policy.adopted", "pack_adoption", row.slug, body, row.adopted_by, object_sha256=pack.digest)
