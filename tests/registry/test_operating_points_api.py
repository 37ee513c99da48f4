"""Can a version declare its operating points by a rate over HTTP, and is a point that says two things refused?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from registry.models.user import User
from tests.audits.story import Small, small_version

pytestmark = pytest.mark.django_db


def declared(client: APIClient, small: Small, points: list[dict[str, Any]]) -> Any:
    sent = {
        "artifact_sha256": "a" * 64,
        "artifact_size": 1,
        "artifact_name": "m",
        "training_dataset": small.version.training_dataset.slug,
        "outcome": "death",
        "features": [],
        "operating_points": points,
    }
    return client.post(f"/api/v1/models/{small.version.model.slug}/versions", sent, format="json")


def test_points_by_score_comparator_and_rate_are_kept_as_they_were_declared(api: Callable[[User], APIClient]) -> None:
    small = small_version(plan=False)
    points = [
        {"name": "alert", "score": 0.3},
        {"name": "urgent", "score": 0.7, "comparator": 0.5},
        {"name": "rule out", "sensitivity": 0.95},
        {"name": "capacity", "flag_rate": 0.1},
    ]
    client = api(small.developer)
    answer = declared(client, small, [*points[:2], {**points[2], "score": None}, points[3]])
    assert answer.status_code == 201
    assert answer.json()["operating_points"] == points
    page = client.get(f"/models/{small.version.model.slug}/versions/{answer.json()['number']}/").content.decode()
    assert "rule out: a sensitivity of at least 0.95" in page
    assert "urgent: from a score of 0.7, comparator from 0.5" in page


@pytest.mark.parametrize(
    "point",
    [
        {},
        {"score": None},
        {"score": 0.3, "sensitivity": 0.9},
        {"sensitivity": 0.9, "flag_rate": 0.1},
        {"sensitivity": 0.9, "comparator": 0.5},
    ],
)
def test_a_point_that_says_nothing_or_two_things_is_refused(
    api: Callable[[User], APIClient], point: dict[str, Any]
) -> None:
    small = small_version(plan=False)
    answer = declared(api(small.developer), small, [{"name": "alert", **point}])
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_operating_point")


@pytest.mark.parametrize("point", [{"score": 1.1}, {"sensitivity": 1}, {"flag_rate": 0}, {"score": "high"}])
def test_a_number_outside_its_range_is_refused_by_its_field(
    api: Callable[[User], APIClient], point: dict[str, Any]
) -> None:
    small = small_version(plan=False)
    assert declared(api(small.developer), small, [{"name": "alert", **point}]).status_code == 422
