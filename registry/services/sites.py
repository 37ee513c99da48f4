"""Creating sites, and saying which of them use a model."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from registry import signals
from registry.core.scopes import SITES_WRITE
from registry.core.slugs import slug_of
from registry.errors import IllegalMove, InvalidInput
from registry.models.model import Model
from registry.models.site import Jurisdiction, ModelSite, Site
from registry.models.user import User
from registry.services.access import check_scope
from registry.services.teams import NameTaken


class UnknownJurisdiction(InvalidInput):
    code = "unknown_jurisdiction"


class SiteNotUsed(IllegalMove):
    code = "site_not_used"


@transaction.atomic
def create(*, by: User, name: str, jurisdiction: str) -> Site:
    """A new place of care. Raises: ScopeNotHeld, NameTaken, UnknownJurisdiction."""
    check_scope(by, SITES_WRITE)
    slug = slug_of(name)
    if Site.objects.filter(slug=slug).exists():
        raise NameTaken(f"There is a site named {name!r} already; names are never reused.")
    if jurisdiction not in Jurisdiction.values:
        raise UnknownJurisdiction(f"Choose one of: {', '.join(Jurisdiction.values)}.")
    site = Site.objects.create(name=name, slug=slug, jurisdiction=jurisdiction, created_by=by)
    signals.site_created.send(Site, site=site, actor=by, at=timezone.now())
    return site


@transaction.atomic
def add_model(*, by: User, site: Site, model: Model) -> ModelSite:
    """The site uses the model from now on; saying it twice is harmless. Raises: ScopeNotHeld."""
    check_scope(by, SITES_WRITE)
    used, added = ModelSite.objects.get_or_create(model=model, site=site, defaults={"added_by": by})
    if added:
        signals.site_model_added.send(ModelSite, site=site, model=model, actor=by, at=timezone.now())
    return used


@transaction.atomic
def remove_model(*, by: User, site: Site, model: Model) -> None:
    """The site no longer uses the model; the ledger keeps that it did. Raises: ScopeNotHeld, SiteNotUsed."""
    check_scope(by, SITES_WRITE)
    removed, _ = ModelSite.objects.filter(model=model, site=site).delete()
    if not removed:
        raise SiteNotUsed(f"{site.name} does not use {model.name}.")
    signals.site_model_removed.send(ModelSite, site=site, model=model, actor=by, at=timezone.now())
