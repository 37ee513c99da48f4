"""Loading policy packs, and finding the ones in force."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from governance import recording
from governance.core import packs
from governance.core.pack_yaml import PackError
from governance.core.policy import Pack
from governance.errors import NoPack, PackRefused
from governance.ledger import Fact
from governance.models.pack import PackAdoption, PolicyPack
from governance.services import pack_pins
from registry.core.canonical import digest
from registry.models.user import User

SHIPPED = Path(__file__).resolve().parent.parent / "packs"
_BUILT: dict[str, Pack] = {}


def check(*, content: bytes) -> Pack:
    """The pack that a file holds; nothing is kept. Raises: PackRefused."""
    return _parsed(content)[0]


def load(*, content: bytes, by: User | None) -> PolicyPack:
    """Keep a pack's content. The same content again is the same row. Raises: PackRefused.

    What somebody adopted stays in use until somebody adopts this. Where nobody has decided, the gate's own pack
    follows what is loaded.
    """
    pack, document = _parsed(content)
    if any(row.derived_from for row in PolicyPack.objects.filter(slug=pack.slug)):
        raise PackRefused(f"An overlay has the id “{pack.slug}” already; give the pack another one.", problems=[])
    with recording.together():
        row, created = keep(document, by=by)
        if created and is_in_force(row):
            pack_pins.follow(row)
    return row


def keep(document: dict[str, Any], *, by: User | None) -> tuple[PolicyPack, bool]:
    """The row of this content, and whether it is new. The content was accepted before."""
    with recording.together():
        row, created = PolicyPack.objects.get_or_create(
            digest=digest(document),
            defaults={
                "slug": document["id"],
                "version": document["version"],
                "title": document["title"],
                "document": document,
            },
        )
        if created:
            body: dict[str, object] = {"slug": row.slug, "version": row.version, "title": row.title}
            if row.derived_from:
                body["derived_from"] = row.derived_from
            recording.record(
                Fact("policy.loaded", "policy_pack", str(row.pk), body, actor=by, object_sha256=row.digest)
            )
    return row, created


def load_shipped() -> list[PolicyPack]:
    """Load the packs that the product carries, all or none; harmless to repeat.

    The one that the gate asks is adopted where nobody has decided anything yet; the others wait for somebody.
    """
    with recording.together():
        rows = [load(content=path.read_bytes(), by=None) for path in shipped()]
        for row in rows:
            if row.slug == settings.GATE_POLICY_PACK:
                pack_pins.begin(row)
    return rows


def shipped() -> list[Path]:
    """The files of the packs that the product carries."""
    return sorted(SHIPPED.glob("*.yaml"))


def in_force() -> PolicyPack:
    """The pack that the gate asks today. Raises: NoPack.

    The adopted content of the chosen pack, or of its overlay; where none is adopted, the newest that was loaded.
    """
    slug = settings.GATE_POLICY_PACK
    chosen = PackAdoption.objects.select_related("pack").filter(Q(slug=slug) | Q(pack__slug=slug), gating=True).first()
    found: PolicyPack | None
    if chosen is not None:
        found = chosen.pack if is_in_force(chosen.pack) else None
    else:
        found = next((row for row in _newest_first(slug) if is_in_force(row)), None)
    if found is None:
        raise NoPack(f"No policy pack “{slug}” is in force; load one with `manage.py packs load`.")
    return found


def gating() -> list[PolicyPack]:
    """Every pack that the gate asks today: the one that it is set to ask, then the others that somebody adopted as
    gating and that are in force. Raises: NoPack."""
    first = in_force()
    # What nobody adopted was a default of the setting, and goes with it.
    others = adopted().filter(gating=True, adopted_by__isnull=False).exclude(pack=first).order_by("slug")
    return [first, *(each.pack for each in others if is_in_force(each.pack))]


def asked() -> Pack:
    """The controls of all gating packs together, under the first one's name: for what is asked whichever pack asks it,
    such as signatures, purposes and the strictest terms of waivers. Raises: NoPack."""
    first, *others = (rules_of(row) for row in gating())
    return replace(first, controls=(*first.controls, *(control for each in others for control in each.controls)))


def under(policies: Sequence[Mapping[str, str]]) -> list[PolicyPack]:
    """The packs that a record names, in its order."""
    found = {row.digest: row for row in PolicyPack.objects.filter(digest__in=[each["digest"] for each in policies])}
    return [found[each["digest"]] for each in policies]


def named(rows: Iterable[PolicyPack]) -> list[dict[str, str]]:
    """How records name the packs that they rest on."""
    return [{"id": row.slug, "version": row.version, "digest": row.digest} for row in rows]


def adopted() -> QuerySet[PackAdoption]:
    """Every pack that the organisation uses, at the content to which it is pinned."""
    return PackAdoption.objects.select_related("pack", "adopted_by")


def is_in_force(row: PolicyPack) -> bool:
    """Whether the pack is law, or the house's rule, today."""
    # Dates are ISO text in the document, which sorts as time does.
    today, said = timezone.now().date().isoformat(), row.document
    return bool(said["status"] == "in_force" and said["effective_from"] <= today <= said.get("effective_to", today))


def newer_of(adoption: PackAdoption) -> PolicyPack | None:
    """The newest content of the adopted pack that was loaded since, and that nobody has adopted; None without one.

    Under an overlay it is content of the pack that the overlay extends.
    """
    stands_on = adoption.pack.derived_from["pack"] if adoption.pack.derived_from else adoption.pack.digest
    newest = _newest_first(adoption.slug).first()
    if newest is None or newest.digest == stands_on:
        return None
    base = PolicyPack.objects.filter(digest=stands_on).first()
    return newest if base is None or newest.created_at > base.created_at else None


def rules_of(row: PolicyPack) -> Pack:
    """The loaded pack as the gate applies it; built once in a process, for content under a digest never changes."""
    if row.digest not in _BUILT:
        _BUILT[row.digest] = replace(packs.build(row.document), digest=row.digest)
    return _BUILT[row.digest]


def schema() -> dict[str, Any]:
    """The published JSON Schema of a pack file; `#/$defs/overlay` describes an overlay."""
    return _schema()


def stated(error: PackError) -> list[dict[str, object]]:
    """The problems of a file as a refusal carries them."""
    return [{"line": each.line, "field": each.field, "message": each.message} for each in error.problems]


def _newest_first(slug: str) -> QuerySet[PolicyPack]:
    return PolicyPack.objects.filter(slug=slug).order_by("-created_at")


def _parsed(content: bytes) -> tuple[Pack, dict[str, object]]:
    try:
        return _accepted(content)
    except PackError as error:
        raise PackRefused(f"The policy pack is not accepted: {error}", problems=stated(error)) from error


@lru_cache(maxsize=64)
def _accepted(content: bytes) -> tuple[Pack, dict[str, object]]:
    """Reading the shipped packs takes seconds, and the same bytes always say the same. Raises PackError."""
    return packs.parse(content, schema=_schema())


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    return found
