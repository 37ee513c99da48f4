"""Creating model versions and moving them through their lifecycle."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils import timezone

from registry import signals
from registry.core import operating_points as declared
from registry.core.lifecycle import LABELS, MOVES, State, may_move
from registry.errors import IllegalMove, InvalidInput
from registry.models.dataset import Dataset
from registry.models.model import Model
from registry.models.table import TablePurpose
from registry.models.user import User
from registry.models.version import ModelVersion
from registry.services.teams import check_member

SHA256 = re.compile(r"[0-9a-f]{64}")


class BadDigest(InvalidInput):
    code = "bad_digest"


class BadOperatingPoint(InvalidInput):
    code = "bad_operating_point"


class NoTable(IllegalMove):
    code = "no_evaluation_table"


@transaction.atomic
def create(
    *,
    by: User,
    model: Model,
    artifact_sha256: str,
    artifact_size: int,
    artifact_name: str,
    training_dataset: Dataset,
    outcome: str,
    features: list[dict[str, str]],
    operating_points: list[dict[str, object]],
    notes: str = "",
) -> ModelVersion:
    """A draft version under the model's next number, which no later version will ever carry again.

    The artefact itself stays with its makers: Formulary knows it by its SHA-256 and never opens it.
    Raises: NotAMember, BadDigest, BadOperatingPoint.
    """
    check_member(by, model.team)
    check_member(by, training_dataset.team)
    if not SHA256.fullmatch(artifact_sha256):
        raise BadDigest("artifact_sha256 is 64 lower-case hexadecimal digits: the output of sha256sum.")
    _check_operating_points(operating_points)
    locked = Model.objects.select_for_update().get(pk=model.pk)
    locked.last_version_number += 1
    locked.save(update_fields=["last_version_number"])
    version = ModelVersion.objects.create(
        model=locked,
        number=locked.last_version_number,
        artifact_sha256=artifact_sha256,
        artifact_size=artifact_size,
        artifact_name=artifact_name,
        training_dataset=training_dataset,
        outcome=outcome,
        features=features,
        operating_points=[declared.stated(point) for point in operating_points],
        notes=notes,
        submitted_by=by,
    )
    signals.version_created.send(ModelVersion, version=version, actor=by, at=timezone.now())
    return version


def _check_operating_points(points: list[dict[str, object]]) -> None:
    names = [point.get("name") for point in points]
    if len(set(names)) != len(names):
        raise BadOperatingPoint("Two operating points carry the same name.")
    for point in points:
        found = declared.problem(point)
        if found is not None:
            raise BadOperatingPoint(f"The operating point {point.get('name')!r} {found}.")


@transaction.atomic
def submit(*, by: User, version: ModelVersion) -> ModelVersion:
    """Hand a draft in for review. Raises: NotAMember, NoTable, IllegalMove."""
    check_member(by, version.model.team)
    if not version.tables.filter(purpose=TablePurpose.EVALUATION).exists():
        raise NoTable("Upload an evaluation table first: a version without predictions cannot be judged.")
    return move(version=version, to=State.SUBMITTED, by=by, reason="submitted for review")


@transaction.atomic
def move(*, version: ModelVersion, to: State, by: User, reason: str) -> ModelVersion:
    """The only way in which a version's state changes. Raises: IllegalMove, naming the moves that are legal."""
    locked = ModelVersion.objects.select_for_update().get(pk=version.pk)
    previous, now = State(locked.state), timezone.now()
    if not may_move(previous, to):
        legal = ", ".join(sorted(LABELS[state] for state in MOVES[previous])) or "none: this state is final"
        raise IllegalMove(f"{locked} is {LABELS[previous]}; it cannot become {LABELS[to]}. Legal moves: {legal}.")
    locked.state = to
    if to == State.SUBMITTED:
        locked.submitted_at, locked.submitted_by = now, by
    locked.save(update_fields=["state", "submitted_at", "submitted_by"])
    version.state, version.submitted_at, version.submitted_by = locked.state, locked.submitted_at, locked.submitted_by
    signals.version_moved.send(ModelVersion, version=version, previous=previous, actor=by, at=now, reason=reason)
    return version
