"""Registering datasets."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from registry import signals
from registry.core.slugs import slug_of
from registry.errors import InvalidInput
from registry.models.dataset import Dataset, LegalBasis
from registry.models.site import Site
from registry.models.team import Team
from registry.models.user import User
from registry.services.teams import NameTaken, check_member


class BasisUnexplained(InvalidInput):
    code = "legal_basis_unexplained"


@transaction.atomic
def register(
    *,
    by: User,
    team: Team,
    name: str,
    description: str,
    origin: str,
    legal_basis: str,
    legal_basis_note: str = "",
    collected_from: date | None = None,
    collected_to: date | None = None,
    site: Site | None = None,
) -> Dataset:
    """A new dataset of a team. site: where its patients were treated.

    Raises: NotAMember, NameTaken, BasisUnexplained.
    """
    check_member(by, team)
    slug = slug_of(name)
    if Dataset.objects.filter(slug=slug).exists():
        raise NameTaken(f"There is a dataset named {name!r} already.")
    if legal_basis == LegalBasis.OTHER and not legal_basis_note.strip():
        raise BasisUnexplained("Say which legal basis applies instead of consent, and why.")
    dataset = Dataset.objects.create(
        team=team,
        name=name,
        slug=slug,
        description=description,
        origin=origin,
        legal_basis=legal_basis,
        legal_basis_note=legal_basis_note,
        collected_from=collected_from,
        collected_to=collected_to,
        site=site,
        created_by=by,
    )
    signals.dataset_registered.send(Dataset, dataset=dataset, actor=by, at=timezone.now())
    return dataset
