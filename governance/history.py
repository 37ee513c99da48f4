"""What does the ledger say that people did? Deeds on a version, and the entries that vouch for signed rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from governance import recording
from governance.core import duties
from governance.core.duties import Deed
from governance.core.entry import decode
from governance.models.document import DocumentRevision
from governance.models.ledger import LedgerEntry
from governance.models.plan import GovernedPlan
from governance.models.risk import RiskEntry
from governance.models.training import SiteUser, TrainingImport
from registry.models.user import User
from registry.models.version import ModelVersion

# The importer is read from the import itself: its row can only be appended (0003_ledger_guard), and it is there before
# the ledger's entry is, which matters while this transaction still decides.
IMPORTERS = """
SELECT DISTINCT held.version_id, batch.imported_by_id
FROM registry_predictiontable AS held CROSS JOIN governance_consentimport AS batch
WHERE held.version_id = ANY(%(versions)s) AND held.purpose = 'evaluation'
  AND (%(by)s::uuid IS NULL OR batch.imported_by_id = %(by)s)
  AND EXISTS (
    SELECT 1 FROM governance_consentrecord AS spoken
    JOIN registry_tablesubject AS subject ON subject.table_id = held.id AND subject.pseudonym = spoken.pseudonym
    WHERE spoken.batch_id = batch.id AND spoken.status = 'active')
"""


@dataclass(frozen=True, slots=True)
class Voucher:
    """Who did it, on which bytes, as the ledger's own entry says."""

    actor: UUID | None
    object_sha256: str


def makers_of(version: ModelVersion) -> frozenset[UUID]:
    """Everybody who contributed to the version, its model and what is kept of it, its datasets, or the consents that
    its coverage rests on.

    This transaction's deeds are included.
    """
    objects = _objects_of(version)
    recorded = LedgerEntry.objects.filter(kind__in=duties.CONTRIBUTIONS).filter(
        Q(subject_version_id=version.pk) | Q(object_id__in=objects)
    )
    deeds = [Deed(kind, actor) for kind, actor in recorded.values_list("kind", "actor_id").distinct()]
    deeds += [
        Deed(fact.kind, fact.actor.pk)
        for fact in recording.pending()
        if fact.actor is not None and (fact.version_id == version.pk or fact.object_id in objects)
    ]
    return duties.contributors(deeds) | {importer for _, importer in importers([version.pk])}


def importers(versions: Iterable[UUID], *, by: UUID | None = None) -> frozenset[tuple[UUID, UUID]]:
    """Version and person, for each who imported given consents of its evaluation subjects. by: this person only."""
    with connection.cursor() as cursor:
        cursor.execute(IMPORTERS, {"versions": list(versions), "by": by})
        return frozenset(cursor.fetchall())


def _objects_of(version: ModelVersion) -> frozenset[str]:
    """The version's own deeds name it; these are the ids under which the ledger knows what it rests on. Two queries."""
    datasets = version.tables.values_list("dataset_id", flat=True).distinct()
    return frozenset(
        str(pk) for pk in (version.model_id, version.training_dataset_id, *datasets, *_of_model(version.model_id))
    )


def _of_model(model: UUID) -> Iterable[UUID]:
    """Plans, risks, documents and training of the model, in one query."""
    expected = SiteUser.objects.filter(model=model, site=OuterRef("site"))
    training = TrainingImport.objects.filter(Q(model=model) | Q(Exists(expected), model=None))
    found = (
        GovernedPlan.objects.filter(model=model),
        RiskEntry.objects.filter(model=model),
        DocumentRevision.objects.filter(document__model=model),
        training,
    )
    first, *others = (rows.order_by().values_list("pk", flat=True) for rows in found)
    return first.union(*others)


def vouchers(kind: str, ids: Iterable[str]) -> dict[str, Voucher]:
    """For each object that the ledger knows under this kind of fact: its voucher, read from the hashed bytes."""
    wanted = frozenset(ids)
    found = {
        fact.object_id: Voucher(fact.actor.pk if fact.actor else None, fact.object_sha256)
        for fact in recording.pending()
        if fact.kind == kind and fact.object_id in wanted
    }
    rows = LedgerEntry.objects.filter(kind=kind, object_id__in=wanted).values_list("object_id", "entry")
    for object_id, entry in rows:
        said = decode(bytes(entry))
        found[object_id] = Voucher(said.actor_id, said.object_sha256)
    return found


def count_since(kind: str, *, by: User, since: datetime) -> int:
    """How often this person's account shows this kind of fact since then."""
    return LedgerEntry.objects.filter(kind=kind, actor_id=by.pk, at__gt=since).count()
