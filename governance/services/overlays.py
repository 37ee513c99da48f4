"""Adapting a pack: an organisation's overlay, what of it holds at once, and the signature for what asks less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from governance import permissions, recording
from governance.core import overlay as core
from governance.core.overlay_settled import effective, settled
from governance.core.pack_changes import Changes, changes
from governance.core.pack_yaml import Located, PackError
from governance.errors import OverlayRefused
from governance.ledger import Fact
from governance.models.overlay import PolicyOverlay
from governance.models.pack import PackAdoption, PolicyPack
from governance.services import pack_pins, packs
from registry.core.canonical import digest
from registry.core.scopes import POLICIES_WRITE
from registry.models.user import User


@dataclass(frozen=True, slots=True)
class Standing:
    """An overlay, seen from what is in use now. changes: from there to all that the overlay says. newest: whether no
    later overlay took its place."""

    overlay: PolicyOverlay
    current: PolicyPack
    wanted: dict[str, Any]
    changes: Changes
    newest: bool

    @property
    def waits(self) -> bool:
        """Whether something of it asks less than what is in use, so that somebody must sign first."""
        return self.newest and self.changes.loosens


@dataclass(frozen=True, slots=True)
class Preview:
    """What an overlay would do to what is in use. at_once: without a signature. waiting: from there to all of it."""

    base: PolicyPack
    current: PolicyPack
    at_once: Changes
    waiting: Changes


def preview(*, content: bytes, onto: PolicyPack | None = None) -> Preview:
    """What loading the overlay would change; nothing is kept. onto: as for `load`. Raises: OverlayRefused."""
    located = _parsed(content)
    base = _base(located, onto)
    wanted, current = _applied(base, located), in_use(base)
    unsigned = settled(current.document, wanted)
    return Preview(base, current, changes(current.document, unsigned), changes(unsigned, wanted))


def load(*, content: bytes, by: User, onto: PolicyPack | None = None) -> PolicyOverlay:
    """Keep an overlay; what asks at least as much as what is in use takes effect. onto: a content of the pack to
    extend, where it is not the one in use. Raises: RoleNotHeld, OverlayRefused."""
    permissions.check_scope(by, POLICIES_WRITE)
    located = _parsed(content)
    base = _base(located, onto)
    wanted = _applied(base, located)
    said = cast("dict[str, Any]", located.value)
    with recording.together():
        PolicyPack.objects.select_for_update(no_key=True).get(pk=base.pk)
        row, created = PolicyOverlay.objects.get_or_create(
            digest=digest(said),
            extends=base,
            defaults={
                "slug": said["id"],
                "version": said["version"],
                "title": said["title"],
                "document": said,
                "uploaded_by": by,
            },
        )
        if not is_newest(row):
            raise _refused(located, "/version", "the same was uploaded before, and replaced; give it a new version")
        current = in_use(base).document
        found = changes(current, wanted)
        if created or not found.none:
            take_effect(row, settled(current, wanted), by, signature="")
            body: dict[str, object] = {"slug": row.slug, "extends": base.slug, "pack": base.digest}
            body["waits"] = list(found.loosening)
            recording.record(Fact("policy.overlaid", "policy_overlay", str(row.pk), body, by, object_sha256=row.digest))
    return row


def is_newest(overlay: PolicyOverlay) -> bool:
    """Whether no later overlay of the same pack took its place."""
    newest = PolicyOverlay.objects.filter(extends__slug=overlay.extends.slug).order_by("-created_at").first()
    return newest is not None and newest.pk == overlay.pk


def newest() -> list[PolicyOverlay]:
    """The overlay that speaks for each pack that has one."""
    rows = PolicyOverlay.objects.select_related("extends", "uploaded_by")
    return list(rows.order_by("extends__slug", "-created_at").distinct("extends__slug"))


def standing(overlay: PolicyOverlay) -> Standing:
    """What the overlay says against what is in use now."""
    current, wanted = in_use(overlay.extends), wanted_of(overlay)
    return Standing(overlay, current, wanted, changes(current.document, wanted), is_newest(overlay))


def in_use(base: PolicyPack) -> PolicyPack:
    """The content that holds now for this pack: the adopted one, or the newest pack of its overlays, or itself."""
    adoption = PackAdoption.objects.select_related("pack").filter(slug=base.root).first()
    if adoption is not None:
        return adoption.pack
    derived = PolicyPack.objects.filter(document__derived_from__pack=base.digest).order_by("-created_at").first()
    return derived or base


def take_effect(overlay: PolicyOverlay, result: dict[str, Any], by: User, *, signature: str) -> PolicyPack:
    """Store the effective pack, and use it where the pack that it extends is used."""
    base = overlay.extends
    origin = {"id": base.slug, "pack": base.digest, "overlay": overlay.digest, "signature": signature}
    # What was assessed under the earlier content is stale from here on: the assessments are told here.
    row, _ = packs.keep(effective(result, base.document, overlay.document, origin), by=by)
    pack_pins.replace(pack=row, by=by)
    return row


def _parsed(content: bytes) -> Located:
    try:
        return core.parse(content, schema=packs.schema())
    except PackError as error:
        raise OverlayRefused(f"The overlay is not accepted: {error}", problems=packs.stated(error)) from error


def _base(located: Located, onto: PolicyPack | None) -> PolicyPack:
    """The content to extend: the one in use, as it was before any overlay, or the newest one."""
    said = cast("dict[str, Any]", located.value)
    slug = said["extends"]
    taken = PolicyPack.objects.filter(slug=said["id"]).order_by("-created_at").first()
    if said["id"] == slug or (taken is not None and taken.root != slug):
        raise _refused(located, "/id", f"a pack has the id “{said['id']}” already; give the overlay its own")
    if onto is not None and (onto.slug != slug or onto.derived_from):
        raise _refused(located, "/extends", f"the overlay extends “{slug}”, and {onto} is no content of that pack")
    adoption = PackAdoption.objects.select_related("pack").filter(slug=slug).first()
    if onto is None and adoption is not None:
        origin = adoption.pack.derived_from
        onto = PolicyPack.objects.get(digest=origin["pack"]) if origin else adoption.pack
    found = onto or PolicyPack.objects.filter(slug=slug).order_by("-created_at").first()
    if found is None or found.derived_from:
        raise _refused(located, "/extends", f"no pack “{slug}” is loaded that an overlay could extend")
    return found


def _refused(located: Located, pointer: str, message: str) -> OverlayRefused:
    line = located.line_of(pointer)
    problems = [{"line": line, "field": pointer, "message": message}]
    return OverlayRefused(f"The overlay is not accepted: line {line}, {pointer}: {message}", problems=problems)


def _applied(base: PolicyPack, located: Located) -> dict[str, Any]:
    try:
        return core.apply(base.document, located, schema=packs.schema())
    except PackError as error:
        raise OverlayRefused(f"The overlay is not accepted: {error}", problems=packs.stated(error)) from error


def wanted_of(overlay: PolicyOverlay) -> dict[str, Any]:
    return _applied(overlay.extends, Located(overlay.document, {}))
