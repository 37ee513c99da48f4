"""Loading policy packs, and finding the one in force."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from governance import recording
from governance.core import packs
from governance.core.pack_yaml import PackError
from governance.core.policy import Pack
from governance.errors import NoPack, PackRefused
from governance.ledger import Fact
from governance.models.pack import PolicyPack
from registry.core.canonical import digest
from registry.models.user import User

SHIPPED = Path(__file__).resolve().parent.parent / "packs"


def check(*, content: bytes) -> Pack:
    """The pack that a file holds; nothing is kept. Raises: PackRefused."""
    return _parsed(content)[0]


def load(*, content: bytes, by: User | None) -> PolicyPack:
    """Keep a pack's content. The same content again is the same row. Raises: PackRefused."""
    pack, document = _parsed(content)
    with recording.together():
        row, created = PolicyPack.objects.get_or_create(
            digest=digest(document),
            defaults={"slug": pack.slug, "version": pack.version, "title": pack.title, "document": document},
        )
        if created:
            body: dict[str, object] = {"slug": row.slug, "version": row.version, "title": row.title}
            recording.record(
                Fact("policy.loaded", "policy_pack", str(row.pk), body, actor=by, object_sha256=row.digest)
            )
    return row


def load_shipped() -> list[PolicyPack]:
    """Load the packs that the product carries; harmless to repeat."""
    return [load(content=path.read_bytes(), by=None) for path in sorted(SHIPPED.glob("*.yaml"))]


def in_force() -> PolicyPack:
    """The newest loaded content of the chosen pack that is in force today. Raises: NoPack."""
    # Dates are ISO text in the document, which sorts as time does.
    today = timezone.now().date().isoformat()
    slug = settings.GATE_POLICY_PACK
    loaded = PolicyPack.objects.filter(
        slug=slug, document__status="in_force", document__effective_from__lte=today
    ).order_by("-created_at")
    found = next((row for row in loaded if row.document.get("effective_to", today) >= today), None)
    if found is None:
        raise NoPack(f"No policy pack “{slug}” is in force; load one with `manage.py packs load`.")
    return found


def rules_of(row: PolicyPack) -> Pack:
    """The loaded pack as the gate applies it."""
    return packs.build(row.document)


def _parsed(content: bytes) -> tuple[Pack, dict[str, object]]:
    try:
        return packs.parse(content, schema=_schema())
    except PackError as error:
        stated = [{"line": each.line, "field": each.field, "message": each.message} for each in error.problems]
        raise PackRefused(f"The policy pack is not accepted: {error}", problems=stated) from error


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    return schema
