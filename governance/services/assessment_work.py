"""What do the workers do with changed facts? Mark the places that they concern, and look at those again, for a while.

Safe to run twice and at once: changes are spread by one worker at a time, a place is looked at under its lock, and one
that is not dirty any more is left alone. A place that fails is tried again after all the others.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from governance.core.facts import Section
from governance.models.assessment import AssessmentTouch, Place
from governance.models.decision import Environment
from governance.services import assessment_rows, evidence_platform
from governance.services.assessment_hint import hint
from registry.core.lifecycle import State
from registry.models.site import ModelSite
from registry.models.version import ModelVersion

log = structlog.get_logger(__name__)
SECONDS = 10.0
TOUCHES, PLACES = 500, 50
AGAIN_AFTER = timedelta(hours=1)
# Before it is handed in nothing is assessed unasked; nor what is out of use for good.
UNASSESSED = (State.DRAFT, State.RETURNED, State.RETIRED)
ONE_SPREADER = "SELECT pg_try_advisory_xact_lock(hashtext('formulary.assessments.spread'))"
MARK = """
UPDATE governance_place AS place
   SET dirty = (SELECT coalesce(array_agg(DISTINCT s), '{}') FROM unnest(place.dirty || %(sections)s::varchar[]) AS s),
       dirty_at = coalesce(place.dirty_at, clock_timestamp())
  FROM registry_modelversion AS version
 WHERE version.id = place.version_id AND version.state <> 'retired'
   AND (%(version)s::uuid IS NULL OR version.id = %(version)s)
   AND (%(model)s::uuid IS NULL OR version.model_id = %(model)s)
   AND (%(site)s = '' OR place.site IN ('', %(site)s))
"""


def work_off(*, seconds: float = SECONDS) -> int:
    """Look at what waits, for so long. Hints again when something is left. Returns how many places were looked at."""
    end, done = time.monotonic() + seconds, 0
    spread()
    tried: set[UUID] = set()
    with evidence_platform.looked_at_once():
        while time.monotonic() < end:
            batch = [pk for pk in _taken() if pk not in tried]
            if not batch:
                return done
            for pk in batch:
                tried.add(pk)
                done += _renewed(pk)
                if time.monotonic() >= end:
                    break
    if waits():
        hint()
    return done


def waits() -> bool:
    """Whether something must be looked at."""
    return AssessmentTouch.objects.exists() or Place.objects.waiting().exists()


def sweep(now: datetime) -> None:
    """Mark the places where the calendar changes an answer, and hint at all that waits."""
    # An answer may change in the course of a day: until then it is looked at every hour, not every minute.
    turning = Place.objects.turning(now.date()).exclude(version__state=State.RETIRED)
    turning.filter(assessed_at__lte=now - AGAIN_AFTER).update(dirty_at=now)
    if waits():
        hint()


def spread() -> None:
    """Mark the places that the changes concern. One worker at a time; who comes second has nothing to do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ONE_SPREADER)
        if cursor.fetchone() != (True,):
            return
        touches = list(AssessmentTouch.objects.order_by("at")[:TOUCHES])
        for found in {(tuple(each.sections), each.model_id, each.version_id, each.site) for each in touches}:
            sections, model, version, site = found
            _begin(model, version)
            cursor.execute(MARK, {"sections": list(sections), "model": model, "version": version, "site": site})
        AssessmentTouch.objects.filter(pk__in=[each.pk for each in touches]).delete()


def _begin(model: UUID | None, version: UUID | None) -> None:
    """The first assessment of what was handed in: for all sites together, and in production for each that uses it."""
    if model is None and version is None:
        return
    rows = ModelVersion.objects.exclude(state__in=UNASSESSED)
    rows = rows.filter(pk=version) if version is not None else rows.filter(model=model)
    for found in rows:
        sites = ModelSite.objects.filter(model=found.model_id).values_list("site__slug", flat=True)
        wanted = [*((each, "") for each in Environment.values), *((Environment.PRODUCTION, site) for site in sites)]
        Place.objects.bulk_create(
            [Place(version=found, environment=environment, site=site) for environment, site in wanted],
            ignore_conflicts=True,
        )


def _taken() -> list[UUID]:
    """The next places, put behind all others that wait, so that one that cannot be assessed holds up nobody."""
    with transaction.atomic():
        rows = Place.objects.waiting().select_for_update(skip_locked=True)
        found = list(rows.values_list("pk", flat=True)[:PLACES])
        Place.objects.filter(pk__in=found).update(tried_at=timezone.now())
    return found


def _renewed(pk: UUID) -> bool:
    try:
        with transaction.atomic():
            rows = Place.objects.select_related("version__model", "version__training_dataset")
            place = rows.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, dirty_at__isnull=False).first()
            if place is None:
                return False
            assessment_rows.part(place, now=timezone.now(), because=because(place.dirty))
    except Exception:
        # One odd failure must not stop the batch: it is put on record, and the place waits behind all others.
        log.exception("assessment_failed", place=str(pk))
        return False
    return True


def because(dirty: Iterable[str]) -> str:
    """What led to it, in words."""
    names = list(dict.fromkeys(WORDS[Section(each)] for each in sorted(dirty)))
    if not names:
        return "a day has come, or the packs in use have changed"
    return f"changed: {', '.join(names)}"


def pending_for(place: Place) -> Q:
    """Changes that concern this place and have not been spread yet."""
    version = place.version
    of = Q(version=None, model=None) | Q(version=version) | Q(version=None, model=version.model_id)
    return of & (Q(site="") | Q(site=place.site)) if place.site else of


WORDS = {
    Section.VERSION: "the version's state",
    Section.CARD: "the model card",
    Section.DOCUMENTS: "documents",
    Section.PLANS: "plans",
    Section.AUDITS: "audits",
    Section.CONSENT: "consent",
    Section.SIGNATURES: "signatures",
    Section.TRAINING: "training",
    Section.RISKS: "the risk register",
    Section.INCIDENTS: "incidents",
    Section.LOGS: "logs",
    Section.CHANGE: "the declared change",
    Section.PLATFORM: "Formulary itself",
    Section.WAIVERS: "waivers",
}
