"""What waits, for everybody together? Gathers what the queue is made of; `governance.core.queue` says for whom."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Max, QuerySet
from django.utils import timezone

from governance import history, links
from governance.core import queue
from governance.core.documents import DOCUMENTS
from governance.core.incidents import SEVERITIES
from governance.core.policy import Severity
from governance.core.queue import Item, Person, Subject
from governance.models.approval import Approval
from governance.models.assessment import Place
from governance.models.decision import Environment
from governance.models.document import DocumentRevision
from governance.models.incident import IncidentReport, IncidentState
from governance.models.ledger import LedgerEntry
from governance.services import overlays
from registry.core.lifecycle import State
from registry.models.team import Membership
from registry.models.user import User
from registry.models.version import ModelVersion

KEPT_SECONDS = 60
Barred = dict[UUID, frozenset[str]]
IN_PLAY = (State.SUBMITTED, State.IN_REVIEW, State.APPROVED, State.SUSPENDED)


def everything(*, today: date) -> tuple[Item, ...]:
    """All that waits for anybody, each once. The queries grow only with the versions that wait for a signature.

    It is the same for everybody, so it is kept for a minute, or until something is put on record or assessed again.
    """
    stamp = f"work-queue.{today}.{_moved()}"
    found: tuple[Item, ...] | None = cache.get(stamp)
    if found is None:
        found = _gathered(today)
        cache.set(stamp, found, KEPT_SECONDS)
    return found


def _moved() -> str:
    """Another text after every fact and every assessment."""
    facts = LedgerEntry.objects.aggregate(last=Max("idx"))["last"]
    assessed = Place.objects.aggregate(last=Max("assessed_at"))["last"]
    return hashlib.sha256(f"{facts} {assessed}".encode()).hexdigest()


def _gathered(today: date) -> tuple[Item, ...]:
    reviews = list(_reviews())
    kinds = {item.key for item in reviews}
    barred: Barred = {}
    found = [item for each in _subjects() for item in _of(*each, today, barred)]
    # A document that lies there for review waits as itself; that its review is missing need not be said twice.
    kept = [item for item in found if item.key.replace("/review:", "/waits:") not in kinds]
    return queue.in_order(queue.without_doubles([*_reports(), *reviews, *_overlays(), *kept]), today=today)


def waiting_for(person: User, *, today: date) -> tuple[Item, ...]:
    """What waits for this person, the most urgent first."""
    return queue.mine(everything(today=today), as_person(person))


def as_person(person: User) -> Person:
    teams = Membership.objects.filter(user=person).values_list("team_id", flat=True)
    roles = person.role_names if person.is_active else frozenset()
    return Person(str(person.pk), roles, frozenset(str(team) for team in teams))


def current_versions() -> QuerySet[ModelVersion]:
    """The newest version of each model in each state in which it is judged or used."""
    rows = ModelVersion.objects.filter(state__in=IN_PLAY).select_related("model__team", "training_dataset")
    return rows.order_by("model_id", "state", "-number").distinct("model_id", "state")


def _subjects() -> Iterator[tuple[ModelVersion, Subject]]:
    """Each version that is judged or used, as it stands in production: for all sites together, then at each site.

    What is missing both for all sites and at one of them has the same key, and is said once.
    """
    versions = {version.pk: version for version in current_versions()}
    places = Place.objects.filter(version__in=versions, environment=Environment.PRODUCTION).order_by("site")
    work: dict[tuple[UUID, str], list[dict[str, Any]]] = {}
    for of, site, found in places.exclude(assessments=None).values_list("version_id", "site", "assessments__work"):
        work.setdefault((of, site), []).append(found)
    for (pk, site), found in work.items():
        version, model = versions[pk], versions[pk].model
        yield (
            version,
            Subject(
                model=model.slug,
                name=model.name,
                team=str(model.team_id),
                work=tuple(found),
                links=_links(version, site),
            ),
        )


def _of(version: ModelVersion, subject: Subject, today: date, known: Barred) -> Iterator[Item]:
    found = queue.of_subject(subject, today=today)
    signing = [item for item in found if "/signature:" in item.key]
    barred = _barred(version, known) if signing else frozenset()
    for item in found:
        yield replace(item, barred=barred) if item in signing else item


def _barred(version: ModelVersion, known: Barred) -> frozenset[str]:
    """Whoever made what is to be judged, and whoever has signed already. known: those of versions looked at before."""
    if version.pk not in known:
        signed = Approval.objects.filter(version=version).values_list("signature__signer_id", flat=True)
        known[version.pk] = frozenset(str(each) for each in (*history.makers_of(version), *signed))
    return known[version.pk]


def _links(version: ModelVersion, site: str) -> dict[str, str]:
    """Where a need of each kind is met."""
    slug = version.model.slug
    documents = links.to("model-documents", slug)
    return {
        "": links.of_assessment(version, Environment.PRODUCTION, site),
        "attribute": links.to("card", slug),
        "card": links.to("card", slug),
        "document": documents,
        "review": documents,
        "risk": links.to("risks", slug),
        "training": links.to("training", slug),
        "incident": links.to("incidents", slug),
        "log": links.to("incidents", slug),
        "audit": links.of_version(version, "audits"),
        "table": links.of_version(version, "evidence"),
        "finding": links.of_version(version, "checks"),
        "waiver": links.of_version(version, "waivers"),
        "signature": links.to("sign", version.pk),
        "plan": links.of_version(version, "evidence"),
    }


def _reviews() -> Iterator[Item]:
    """Documents whose newest revision nobody has reviewed."""
    newest = DocumentRevision.objects.order_by("document_id", "-number").distinct("document_id").values("pk")
    rows = DocumentRevision.objects.filter(pk__in=newest, reviews=None).select_related("document__model__team")
    for row in rows.order_by("created_at"):
        document = row.document
        label = DOCUMENTS[document.kind].label if document.kind in DOCUMENTS else document.kind
        slug = document.model.slug if document.model else ""
        yield Item(
            key=f"{slug}/waits:{document.kind}",
            what=f"Review the document “{document.title}”, revision {row.number}",
            why=f"{label}: nobody has reviewed this revision yet.",
            roles=queue.DOERS["review"],
            severity=Severity.ADVISORY,
            link=links.to("document-review", row.pk),
            model=document.model.name if document.model else "",
            team=str(document.model.team_id) if document.model else "",
            barred=frozenset({str(row.uploaded_by_id)}),
            since=row.created_at,
        )


def _overlays() -> Iterator[Item]:
    """Overlays of which something asks less, until another compliance officer signs."""
    for overlay in overlays.newest():
        waiting = overlays.standing(overlay).changes.loosening
        if waiting:
            count = len(waiting)
            yield Item(
                key=f"/loosening:{overlay.pk}",
                what=f"Decide about the overlay “{overlay.title}”, version {overlay.version}",
                why=f"It asks less of {overlay.extends.title} in {count} thing{'s' if count != 1 else ''}; "
                "until somebody else signs, those stay as they are.",
                roles=("compliance",),
                severity=Severity.ADVISORY,
                link=links.to("overlay", overlay.pk),
                barred=frozenset({str(overlay.uploaded_by_id)}),
                since=overlay.created_at,
            )


def _reports() -> Iterator[Item]:
    """Reports on incidents that are owed, with their deadlines."""
    now = timezone.now()
    rows = IncidentReport.objects.filter(reported_at=None, not_needed="", incident__state=IncidentState.OPEN)
    for row in rows.select_related("incident__model").order_by("due_at"):
        incident = row.incident
        severity = SEVERITIES[incident.severity].label.lower() if incident.severity in SEVERITIES else ""
        yield Item(
            key=f"{incident.model.slug}/report:{row.pk}",
            what=f"Report the incident of {incident.happened_on}: {row.authority}",
            why=f"Open incident ({severity}); the report is due at {row.due_at:%Y-%m-%d %H:%M} UTC.",
            roles=queue.DOERS["incident"],
            severity=Severity.BLOCKING,
            link=links.to("incident", incident.pk),
            model=incident.model.name,
            team=str(incident.model.team_id),
            due_on=row.due_at.date(),
            late=row.due_at <= now,
            since=incident.noticed_at,
        )
