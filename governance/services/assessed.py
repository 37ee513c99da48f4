"""What was found last? Reading the assessments of a version; nothing is judged or written here."""

from __future__ import annotations

from dataclasses import dataclass

from governance.core.assessment import ControlResult
from governance.core.pack_changes import Changes, changes
from governance.core.policy import Pack
from governance.core.results import restored
from governance.models.assessment import Assessment, AssessmentTouch, Place
from governance.models.pack import PackAdoption
from governance.services import assessment_work, packs
from registry.models.version import ModelVersion


@dataclass(frozen=True, slots=True)
class UnderPack:
    """What an adopted pack says here. row: None where it was not looked at yet. results: every control, in its order.

    newer: the organisation has adopted another content of the pack since.
    """

    adoption: PackAdoption
    row: Assessment | None
    results: tuple[ControlResult, ...]
    newer: bool

    @property
    def rules(self) -> Pack:
        return packs.rules_of(self.row.pack if self.row is not None else self.adoption.pack)

    @property
    def changed(self) -> Changes:
        """What the content that is in use asks differently from the one that was assessed."""
        assert self.row is not None
        return changes(self.row.pack.document, self.adoption.pack.document)


def place_of(version: ModelVersion, environment: str, site: str = "") -> Place | None:
    """Where it was assessed; None where it never was."""
    rows = Place.objects.select_related("version__model")
    return rows.filter(version=version, environment=environment, site=site).first()


def under_packs(place: Place | None) -> tuple[UnderPack, ...]:
    """Each adopted pack with what it says at the place; packs that are out of use are left out."""
    rows = {} if place is None else {row.slug: row for row in place.assessments.select_related("pack")}
    return tuple(
        UnderPack(
            adoption=each,
            row=(row := rows.get(each.slug)),
            results=restored_of(row) if row else (),
            newer=row is not None and row.pack_id != each.pack_id,
        )
        for each in packs.adopted().order_by("slug")
    )


def restored_of(row: Assessment) -> tuple[ControlResult, ...]:
    return restored(row.results, packs.rules_of(row.pack))


def is_dirty(place: Place) -> bool:
    """Whether a fact has changed that was not looked at yet."""
    return place.dirty_at is not None or AssessmentTouch.objects.filter(assessment_work.pending_for(place)).exists()
