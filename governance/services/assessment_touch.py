"""Saying that facts have changed. Every service calls `touch` at its end that changes what a policy asks about.

It writes one small row in the transaction of the change, so that no change is forgotten however many versions it
concerns; workers do the rest (`governance.services.assessment_work`). What must not wait for a worker hears of it by
the signal `touched`, in the same transaction: the gate (`governance.services.gate_follows`).
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal

from governance import recording
from governance.core.duties import CONTRIBUTIONS
from governance.core.facts import Section
from governance.models.assessment import AssessmentTouch
from governance.models.signature import Signature
from governance.services.assessment_hint import hint

# Sent at the end of the block of changes with sections (frozenset[Section]), model, version, site, as `touch` has them.
touched = Signal()
# What makes the person who did it one who may not have judged the version.
MAKING = CONTRIBUTIONS | {"consent.imported"}
# What rests on nobody having made what they judged.
JUDGED = frozenset({Section.SIGNATURES, Section.WAIVERS, Section.AUDITS})


def touch(
    sections: Set[Section],
    *,
    model: UUID | None = None,
    version: UUID | None = None,
    site: str = "",
    gate: bool = True,
) -> None:
    """These facts have changed: of the version, of the model, at the site; everywhere, where none is named.

    model, version: their ids. site: its slug. gate: False for a change that cannot make an allowance wrong. Written at
    the end of this block of changes, once for the same change.
    """
    named = tuple(sorted(str(each) for each in sections))
    key = f"touch {named} {model} {version} {site} {gate}"
    recording.at_end(key, partial(_write, named, model, version, site, gate))


def _write(sections: Iterable[str], model: UUID | None, version: UUID | None, site: str, gate: bool) -> None:
    moved = frozenset(Section(each) for each in sections)
    if _by_a_signer(model, version):
        moved |= JUDGED
    AssessmentTouch.objects.create(sections=sorted(moved), model_id=model, version_id=version, site=site)
    recording.at_end("hint at assessments", lambda: transaction.on_commit(hint))
    if gate:
        touched.send(AssessmentTouch, sections=moved, model=model, version=version, site=site)


def _by_a_signer(model: UUID | None, version: UUID | None) -> bool:
    """Whether somebody who signed for what is concerned has contributed to it just now: their word then counts less."""
    makers = {each.actor.pk for each in recording.pending() if each.kind in MAKING and each.actor is not None}
    if not makers:
        return False
    found = Signature.objects.filter(signer__in=makers)
    ways = ("approval__version", "waivers__version", "control_waiver__version")
    if version is not None:
        found = found.filter(_any(*(Q(**{way: version}) for way in ways)))
    elif model is not None:
        found = found.filter(_any(*(Q(**{f"{way}__model": model}) for way in ways)))
    return found.exists()


def _any(*conditions: Q) -> Q:
    found = Q()
    for each in conditions:
        found |= each
    return found
