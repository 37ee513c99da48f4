"""Does an audit's page stay short however many slices were measured, and is the rest one click away?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from audits.core.values import Kind
from audits.models.audit import Audit
from audits.models.measurement import MeasurementRow
from registry.models.user import User
from tests.governance.scene import Scene
from tests.governance.web.markup import faults

Visit = Callable[[User], Client]


@pytest.fixture
def audit(scene: Scene) -> Audit:
    """Forty wards, each with its own sensitivity."""
    made = scene.audits[Kind.VALIDATION]
    MeasurementRow.objects.bulk_create(
        MeasurementRow(
            audit=made, measure="sensitivity", slice=f"ward={ward:02}", operating_point="red alert",
            value=0.8, low=0.7, high=0.9, n=100, events=50, method="Wilson",
        )
        for ward in range(40)
    )  # fmt: skip
    return made


def test_the_audits_page_shows_the_first_rows_and_links_the_rest(scene: Scene, audit: Audit, visit: Visit) -> None:
    page = visit(scene.rita).get(f"/audits/{audit.pk}/").content.decode()
    assert "ward: 07" in page
    assert "ward: 08" not in page
    assert f'href="/audits/{audit.pk}/measures/sensitivity/?at=red%20alert">32 more' in page


def test_the_measures_page_shows_every_row(scene: Scene, audit: Audit, visit: Visit) -> None:
    answer = visit(scene.rita).get(f"/audits/{audit.pk}/measures/sensitivity/?at=red%20alert")
    page = answer.content.decode()
    assert all(f"ward: {ward:02}" in page for ward in range(40))
    assert faults(page) == []


def test_a_measure_that_was_not_made_has_no_page(scene: Scene, audit: Audit, visit: Visit) -> None:
    visitor = visit(scene.rita)
    for path in ("nothing/", "sensitivity/?at=elsewhere"):
        assert visitor.get(f"/audits/{audit.pk}/measures/{path}").status_code == 404
