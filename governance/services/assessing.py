"""Assessing a version under every adopted pack, in full and now.

When a fact changes, it is looked at again in the background: `assessment_touch` says so, `assessment_work` does it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from governance import permissions, recording
from governance.errors import UnknownSite
from governance.ledger import Fact
from governance.models.assessment import Assessment, Place
from governance.services import assessment_rows, gate
from registry.core.canonical import digest
from registry.core.scopes import GATE_EVALUATE
from registry.models.site import Site
from registry.models.user import User
from registry.models.version import ModelVersion

MADE = "assessment.made"


def assess(*, version: ModelVersion, environment: str, site: str = "", by: User | None) -> Place:
    """Look at every control of every adopted pack now; each pack at the content to which it is pinned here.

    Raises: UnknownEnvironment, UnknownSite, RoleNotHeld.
    """
    return _assess(version, environment, site, by, newest=False)


def reassess_under_newest(*, version: ModelVersion, environment: str, site: str = "", by: User) -> Place:
    """The same under the contents that are adopted now, to which it is pinned from here on. Raises as `assess` does."""
    return _assess(version, environment, site, by, newest=True)


def _assess(version: ModelVersion, environment: str, site: str, by: User | None, *, newest: bool) -> Place:
    gate.check_environment(environment)
    check_site(site)
    if by is not None:
        permissions.check_scope(by, GATE_EVALUATE)
    because = f"asked by {by}" if by is not None else "asked for"
    with recording.together():
        place = locked_place(version, environment, site)
        before = dict(place.assessments.values_list("slug", "pack__digest"))
        rows = assessment_rows.full(place, now=timezone.now(), because=because, newest=newest)
        recording.record(_fact(place, before, rows, by))
    return place


def locked_place(version: ModelVersion, environment: str, site: str) -> Place:
    """The place, made where it is not there yet; locked until the transaction ends."""
    Place.objects.get_or_create(version=version, environment=environment, site=site)
    rows = Place.objects.select_related("version__model", "version__training_dataset").select_for_update(of=("self",))
    return rows.get(version=version, environment=environment, site=site)


def check_site(site: str) -> None:
    """Raises UnknownSite."""
    if site and not Site.objects.filter(slug=site).exists():
        raise UnknownSite(f"There is no site “{site[:120]}”.")


def _fact(place: Place, before: dict[str, str], rows: Iterable[Assessment], by: User | None) -> Fact:
    packs = [
        {"slug": row.slug, "policy_sha256": row.pack.digest, "instead_of": before.get(row.slug), "counts": row.counts}
        for row in rows
    ]
    body: dict[str, object] = {"environment": place.environment, "site": place.site, "packs": packs}
    return Fact(MADE, "assessment", str(place.pk), body, by, place.version_id, digest(packs))
