"""A version's state moves along one table, and every state stands in it."""

from __future__ import annotations

import pytest

from registry.core.lifecycle import LABELS, MOVES, State, may_move
from registry.errors import IllegalMove
from registry.services import versions
from tests.audits.story import small_version


def test_every_state_has_a_label_and_a_row_and_only_retired_is_final() -> None:
    assert set(MOVES) == set(State) == set(LABELS)
    assert {state for state in State if not MOVES[state]} == {State.RETIRED}
    reachable = {State.DRAFT} | {target for targets in MOVES.values() for target in targets}
    assert reachable == set(State)


@pytest.mark.django_db
@pytest.mark.parametrize("target", list(State))
def test_only_legal_moves_happen(target: State) -> None:
    small = small_version(rows=60)
    if may_move(State.SUBMITTED, target):
        moved = versions.move(version=small.version, to=target, by=small.developer, reason="test")
        assert moved.state == target
    else:
        with pytest.raises(IllegalMove, match="Legal moves"):
            versions.move(version=small.version, to=target, by=small.developer, reason="test")


@pytest.mark.django_db
def test_a_version_without_an_evaluation_table_cannot_be_submitted() -> None:
    small = small_version(rows=60)
    bare = versions.create(
        by=small.developer,
        model=small.version.model,
        artifact_sha256="ef" * 32,
        artifact_size=1,
        artifact_name="m",
        training_dataset=small.version.training_dataset,
        outcome="death",
        features=[],
        operating_points=[],
    )
    with pytest.raises(versions.NoTable):
        versions.submit(by=small.developer, version=bare)
