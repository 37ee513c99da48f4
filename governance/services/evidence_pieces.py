"""What is behind a reference of evidence ("audit:...")? Its name, digest, author, time, page, and its ledger ids.

One query for each kind of evidence, whatever the number of references.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from audits.models.audit import Audit
from audits.models.plan import ValidationPlan
from governance import links
from governance.core.capabilities import CAPABILITIES
from governance.core.courses import COURSES
from governance.core.hazards import HAZARDS
from governance.core.incidents import SEVERITIES
from governance.core.logs import LOGS
from governance.core.plans import PLANS
from governance.models.approval import Approval
from governance.models.control_waiver import ControlWaiver
from governance.models.document import DocumentRevision
from governance.models.incident import Incident
from governance.models.log import LogRegistration
from governance.models.plan import GovernedPlan
from governance.models.risk import RiskEntry
from governance.models.training import TrainingImport
from governance.models.waiver import Waiver
from registry.core.card import CARD
from registry.models.base import Record
from registry.models.card import CardEntry
from registry.models.model import Model
from registry.models.table import PredictionTable
from registry.models.version import ModelVersion


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence. sha256: "" where it has no content of its own. who: "" for Formulary itself.

    objects: ids under which the ledger knows it. card: the key and the number of the card's entry that it is.
    """

    reference: str
    label: str
    link: str = ""
    sha256: str = ""
    who: str = ""
    when: datetime | None = None
    objects: tuple[str, ...] = ()
    card: tuple[str, int] | None = None


Found = dict[str, Piece]


def pieces(references: Iterable[str], version: ModelVersion) -> tuple[Piece, ...]:
    """Every reference, in the order given; one that leads nowhere says so."""
    wanted = list(dict.fromkeys(references))
    by_kind: dict[str, list[str]] = {}
    for each in wanted:
        kind, _, name = each.partition(":")
        by_kind.setdefault(kind, []).append(name)
    found: Found = {}
    for kind, names in by_kind.items():
        if kind in KINDS:
            found |= {f"{kind}:{name}": piece for name, piece in KINDS[kind](names, version).items()}
    return tuple(found.get(each) or Piece(each, "This is not here any more") for each in wanted)


def _stored(
    kind: str, row: Record, label: str, address: str, sha256: str, who: object, at: datetime | None, *related: str
) -> tuple[str, Piece]:
    """A row as a piece under its own id. related: ids of other objects whose ledger entries tell of it."""
    name = str(row.pk)
    return name, Piece(f"{kind}:{name}", label, address, sha256, str(who), at, (name, *related))


def _audits(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = Audit.objects.filter(pk__in=ids, version=version).select_related("table", "requested_by")
    return dict(
        _stored(
            "audit",
            row,
            f"{row.get_kind_display()} audit of {row.table.file_name}",
            links.to("audit", row.pk),
            row.result_sha256,
            row.requested_by,
            row.finished_at,
        )
        for row in rows
    )


def _tables(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = PredictionTable.objects.filter(pk__in=ids, version=version).select_related("dataset", "uploaded_by")
    return dict(
        _stored(
            "table",
            row,
            f"Evaluation table {row.file_name} of {row.dataset.name}",
            links.of_version(version, "evidence"),
            row.parsed_sha256,
            row.uploaded_by,
            row.created_at,
        )
        for row in rows
    )


def _plans(digests: Sequence[str], version: ModelVersion) -> Found:
    rows = ValidationPlan.objects.filter(digest__in=digests, version=version).select_related("frozen_by")
    return {
        row.digest: Piece(
            f"plan:{row.digest}",
            f"Validation plan {row.number}",
            links.of_version(version, "evidence"),
            row.digest,
            str(row.frozen_by),
            row.created_at,
            (str(row.pk),),
        )
        for row in rows
    }


def _governed_plans(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = GovernedPlan.objects.filter(pk__in=ids, model=version.model_id).select_related("frozen_by")
    return dict(
        _stored(
            "governed_plan",
            row,
            f"{PLANS[row.kind].label if row.kind in PLANS else row.kind} {row.number}",
            links.to("plan", version.model.slug, row.kind),
            row.digest,
            row.frozen_by,
            row.created_at,
        )
        for row in rows
    )


def _cards(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = CardEntry.objects.filter(pk__in=ids, model=version.model_id).select_related("author")
    found = {
        str(row.pk): Piece(
            f"card:{row.pk}",
            f"Model card: {CARD[row.key].label if row.key in CARD else row.key}",
            links.to("card-history", version.model.slug, row.key),
            "",
            str(row.author),
            row.created_at,
            (str(version.model_id),),
            (row.key, row.number),
        )
        for row in rows
    }
    if str(version.model_id) in ids:
        found[str(version.model_id)] = _registered(version.model)
    # What the version states itself stands on the card too, under the version's own id.
    return found | {pk: replace(piece, reference=f"card:{pk}") for pk, piece in _versions(ids, version).items()}


def _registered(model: Model) -> Piece:
    """What registering the model asked, where nobody has answered it on the card since."""
    return Piece(
        f"card:{model.pk}",
        "Model card: as the model was registered",
        links.to("card", model.slug),
        "",
        str(model.created_by),
        model.created_at,
        (str(model.pk),),
        ("", 1),
    )


def _versions(ids: Sequence[str], version: ModelVersion) -> Found:
    """What the version states of itself."""
    if str(version.pk) not in ids:
        return {}
    piece = Piece(
        f"version:{version.pk}",
        str(version),
        links.of_version(version),
        version.artifact_sha256,
        str(version.submitted_by),
        version.created_at,
        (str(version.pk),),
    )
    return {str(version.pk): piece}


def _documents(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = DocumentRevision.objects.filter(pk__in=ids).select_related("document", "uploaded_by")
    reviews = {row.pk: [str(review.pk) for review in row.reviews.all()] for row in rows.prefetch_related("reviews")}
    return dict(
        _stored(
            "document",
            row,
            f"{row.document.title}, revision {row.number}",
            links.to("document", row.document_id),
            row.sha256,
            row.uploaded_by,
            row.created_at,
            *reviews[row.pk],
        )
        for row in rows
    )


def _approvals(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = Approval.objects.filter(pk__in=ids, version=version).select_related("signature")
    return dict(
        _stored(
            "approval",
            row,
            f"Signature as {row.get_role_display().lower()}",
            links.of_version(version, "signatures"),
            row.signature.record_sha256,
            row.signature.printed_name,
            row.signature.signed_at,
        )
        for row in rows
    )


def _waivers(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = Waiver.objects.filter(pk__in=ids, version=version).select_related("signature")
    return dict(
        _stored(
            "waiver",
            row,
            f"Waiver of the finding {row.check_key}",
            links.of_version(version, "waivers"),
            row.signature.record_sha256,
            row.signature.printed_name,
            row.signature.signed_at,
        )
        for row in rows
    )


def _control_waivers(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = ControlWaiver.objects.filter(pk__in=ids, version=version).select_related("signature")
    return dict(
        _stored(
            "control_waiver",
            row,
            f"Waiver of the control {row.control}",
            links.of_assessment(version, row.environment, row.site, "waivers"),
            row.signature.record_sha256,
            row.signature.printed_name,
            row.signature.signed_at,
        )
        for row in rows
    )


def _risks(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = RiskEntry.objects.filter(pk__in=ids, model=version.model_id).select_related("created_by")
    rows = rows.prefetch_related("revisions", "acceptances")
    found: Found = {}
    for row in rows:
        newest = max(row.revisions.all(), key=lambda each: each.sequence, default=None)
        hazard = HAZARDS[newest.hazard].label if newest and newest.hazard in HAZARDS else "Risk"
        found[str(row.pk)] = Piece(
            f"risk:{row.pk}",
            f"Risk {row.number}: {newest.title if newest and newest.title else hazard}",
            links.to("risk", version.model.slug, row.number),
            "",
            str(row.created_by),
            row.created_at,
            (str(row.pk), *(str(each.pk) for each in row.acceptances.all())),
        )
    return found


def _incidents(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = Incident.objects.filter(pk__in=ids, model=version.model_id).select_related("opened_by")
    return dict(
        _stored(
            "incident",
            row,
            f"Incident of {row.happened_on} ({SEVERITIES[row.severity].label.lower()})",
            links.to("incident", row.pk),
            "",
            row.opened_by,
            row.noticed_at,
        )
        for row in rows
    )


def _logs(ids: Sequence[str], version: ModelVersion) -> Found:
    rows = LogRegistration.objects.filter(pk__in=ids, model=version.model_id).select_related("reviewed_by")
    return dict(
        _stored(
            "log",
            row,
            f"{LOGS[row.kind].label if row.kind in LOGS else row.kind}, kept {row.retention_days:,} days",
            links.to("incidents", version.model.slug),
            "",
            row.reviewed_by,
            row.created_at,
        )
        for row in rows
    )


def _training(names: Sequence[str], version: ModelVersion) -> Found:
    """A course at a site: the imports that hold records of it, and the newest of them for who and when."""
    found: Found = {}
    for name in names:
        course, _, site = name.partition("@")
        rows = TrainingImport.objects.filter(site__slug=site, records__course=course).select_related("imported_by")
        imports = list(rows.distinct().order_by("-created_at")[:20])
        label = COURSES[course].label if course in COURSES else course
        found[name] = Piece(
            f"training:{name}",
            f"Training records: {label} at {site}",
            links.to("training-site", version.model.slug, site),
            imports[0].file_sha256 if imports else "",
            str(imports[0].imported_by) if imports else "",
            imports[0].created_at if imports else None,
            tuple(str(each.pk) for each in imports),
        )
    return found


def _capabilities(keys: Sequence[str], _: ModelVersion) -> Found:
    return {
        key: Piece(f"capability:{key}", f"Formulary itself: {CAPABILITIES[key].label}")
        for key in keys
        if key in CAPABILITIES
    }


def _ledger(sizes: Sequence[str], _: ModelVersion) -> Found:
    return {
        size: Piece(f"ledger:{size}", f"The ledger with {size} entries", links.to("ledger-verify")) for size in sizes
    }


KINDS: Mapping[str, Callable[[Sequence[str], ModelVersion], Found]] = MappingProxyType(
    {
        "audit": _audits,
        "table": _tables,
        "plan": _plans,
        "governed_plan": _governed_plans,
        "card": _cards,
        "version": _versions,
        "document": _documents,
        "approval": _approvals,
        "waiver": _waivers,
        "control_waiver": _control_waivers,
        "risk": _risks,
        "incident": _incidents,
        "log": _logs,
        "training": _training,
        "capability": _capabilities,
        "ledger": _ledger,
    }
)
