"""Importing rosters and training records, and telling who has learnt what. A refused file leaves nothing behind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from governance import permissions, recording, training_permissions
from governance.core import training, training_file
from governance.core.courses import COURSES
from governance.core.facts import Section, TrainingCover
from governance.core.training import Held, Person, Standing
from governance.core.training_file import FileRefused, RecordRow, RosterRow, Row
from governance.errors import TrainingRefused
from governance.ledger import Fact
from governance.models.training import SiteUser, TrainingFile, TrainingImport, TrainingRecord
from governance.services import roster as rosters
from governance.services.assessment_touch import touch
from registry.core.scopes import TRAINING_WRITE
from registry.models.model import Model
from registry.models.site import Site
from registry.models.user import User

Lined = Sequence[tuple[int, Row]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing a file would do. new: rows that say something that is not on record yet."""

    rows: int
    new: int


def import_roster(*, by: User, site: Site, model: Model, content: bytes) -> TrainingImport:
    """Who uses the model at the site: people are added or brought up to date; nobody is removed by being left out.

    Raises: RoleNotHeld, TrainingRefused.
    """
    permissions.check_scope(by, TRAINING_WRITE)
    rows = _read(TrainingFile.ROSTER, content)
    with recording.together():
        locked = Site.objects.select_for_update(of=("self",)).get(pk=site.pk)
        new = _new_users(locked, model, rows)
        batch = _batch(by, locked, model, TrainingFile.ROSTER, content, rows, len(new))
        SiteUser.objects.bulk_create(
            [SiteUser(site=locked, model=model, **_of_roster(row)) for row in new],
            update_conflicts=True,
            unique_fields=["site", "model", "person"],
            update_fields=["name", "role", "left_on"],
        )
        _record(batch, by)
    return batch


def import_records(*, by: User, site: Site, content: bytes) -> TrainingImport:
    """Which courses people of the site did. Rows that are on record already are counted, and not written twice.

    Raises: RoleNotHeld, TrainingRefused.
    """
    permissions.check_scope(by, TRAINING_WRITE)
    rows = _read(TrainingFile.RECORDS, content)
    with recording.together():
        locked = Site.objects.select_for_update(of=("self",)).get(pk=site.pk)
        new = _new_records(locked, rows)
        batch = _batch(by, locked, None, TrainingFile.RECORDS, content, rows, len(new))
        TrainingRecord.objects.bulk_create(
            [TrainingRecord(batch=batch, sequence=line, site=locked, **_of_record(row)) for line, row in new]
        )
        _record(batch, by)
    return batch


def preview(*, by: User, site: Site, model: Model | None, kind: str, content: bytes) -> Preview:
    """What an import would do, without doing it. Raises as the imports do."""
    permissions.check_scope(by, TRAINING_WRITE)
    rows = _read(kind, content)
    if kind == TrainingFile.ROSTER and model is not None:
        return Preview(len(rows), len(_new_users(site, model, rows)))
    return Preview(len(rows), len(_new_records(site, rows)))


def covers(*, model: Model, site: Site | None, today: date | None = None) -> tuple[TrainingCover, ...]:
    """The coverage of every course. site: None for all sites of the model together."""
    day = today or timezone.now().date()
    expected, records = _known(model, site, day)
    slug = site.slug if site else ""
    return tuple(training.cover(course, slug, expected, records, today=day) for course in COURSES)


def standings(*, model: Model, site: Site, today: date | None = None) -> dict[str, tuple[Standing, ...]]:
    """How everybody on the roster stands in every course."""
    day = today or timezone.now().date()
    expected, records = _known(model, site, day)
    return {course: training.standings(course, expected, records, today=day) for course in COURSES}


def record_download(*, by: User, model: Model, site: Site, people: int) -> None:
    """Put on record that somebody took the list of people away. Raises: RoleNotHeld, NotAReader."""
    training_permissions.check_can_see_people(by, model)
    body: dict[str, object] = {"model": model.slug, "site": site.slug, "people": people}
    recording.record(Fact("training.downloaded", "site", str(site.pk), body, by))


def roster(model: Model, site: Site, day: date) -> list[SiteUser]:
    """Who is expected on this day."""
    return [
        each for each in SiteUser.objects.filter(model=model, site=site) if each.left_on is None or day < each.left_on
    ]


def _known(model: Model, site: Site | None, day: date) -> tuple[tuple[Person, ...], tuple[Held, ...]]:
    """Who is expected at the site, or at all, and every record of theirs."""
    found = rosters.expected(model, day=day, site=site.slug if site else "")
    return found.everybody, rosters.held(model, sites=found.people)


def _read(kind: str, content: bytes) -> Lined:
    try:
        return training_file.read(kind, content, today=timezone.now().date())
    except FileRefused as error:
        problems = [{"line": each.line, "field": each.field, "message": each.message} for each in error.problems]
        count = "" if error.total == 1 else f" There are {error.total:,} problems in all."
        raise TrainingRefused(
            f"The file is not accepted, and nothing of it was kept. {error.problems[0]}.{count}".replace("..", "."),
            problems=problems,
            total=error.total,
        ) from error


def _new_users(site: Site, model: Model, rows: Lined) -> list[RosterRow]:
    known = {
        each.person: RosterRow(each.person, each.name, each.role, each.left_on)
        for each in SiteUser.objects.filter(site=site, model=model)
    }
    return [row for _, row in rows if isinstance(row, RosterRow) and known.get(row.person) != row]


def _new_records(site: Site, rows: Lined) -> list[tuple[int, RecordRow]]:
    people = {row.person for _, row in rows}
    stored = TrainingRecord.objects.filter(site=site, person__in=people).order_by("created_at", "sequence")
    known = {row.key: row for row in map(_as_row, stored)}
    return [(line, row) for line, row in rows if isinstance(row, RecordRow) and known.get(row.key) != row]


def _as_row(row: TrainingRecord) -> RecordRow:
    return RecordRow(row.person, row.course, row.course_version, row.completed_on, row.valid_until, row.revoked)


def _of_roster(row: RosterRow) -> dict[str, object]:
    return {"person": row.person, "name": row.name, "role": row.role, "left_on": row.left_on}


def _of_record(row: RecordRow) -> dict[str, object]:
    return {
        "person": row.person,
        "course": row.course,
        "course_version": row.course_version,
        "completed_on": row.completed_on,
        "valid_until": row.valid_until,
        "revoked": row.revoked,
    }


def _batch(
    by: User, site: Site, model: Model | None, kind: str, content: bytes, rows: Iterable[object], added: int
) -> TrainingImport:
    return TrainingImport.objects.create(
        site=site,
        model=model,
        kind=kind,
        file_sha256=hashlib.sha256(content).hexdigest(),
        rows=len(list(rows)),
        added=added,
        imported_by=by,
    )


def _record(batch: TrainingImport, by: User) -> None:
    # Names of staff stay out of the ledger, which outlives every wish to be forgotten.
    body: dict[str, object] = {
        "site": batch.site.slug,
        "model": batch.model.slug if batch.model else None,
        "file": batch.kind,
        "rows": batch.rows,
        "added": batch.added,
    }
    recording.record(Fact("training.imported", "training_import", str(batch.pk), body, by, None, batch.file_sha256))
    touch({Section.TRAINING}, model=batch.model_id, site=batch.site.slug)
