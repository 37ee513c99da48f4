"""Is it said before the run what a table of this size can decide, to whoever may read, and from counts alone?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from audits.errors import BadAnticipation, NoPlan, WrongTable
from audits.models.audit import Audit
from audits.services import feasibility, plans
from registry.models.user import User
from tests.audits.story import PLAN, Small, small_version

pytestmark = pytest.mark.django_db

CRITERIA: list[dict[str, Any]] = [
    {"id": "auroc", "kind": "validation", "measure": "auroc", "minimum": 0.6, "slice": "each"},
    {"id": "many", "kind": "validation", "measure": "brier", "maximum": 0.2, "minimum_n": 10**6},
]


def planned() -> Small:
    small = small_version(plan=False)
    plans.freeze(by=small.developer, version=small.version, document={**PLAN, "criteria": CRITERIA})
    return small


def test_it_is_said_before_any_audit(api: Callable[[User], APIClient], person: Callable[..., User]) -> None:
    small = planned()
    answer = api(person("otto", "auditor")).get(f"/api/v1/versions/{small.version.pk}/sample-size")
    assert answer.status_code == 200
    found = answer.json()
    outcomes = small.evaluation.summary["outcomes"]
    assert (found["rows"], found["events"], found["nonevents"]) == (small.evaluation.rows, outcomes["1"], outcomes["0"])
    by_criterion = {(each["criterion"], each["slice"]): each for each in found["statements"]}
    assert by_criterion["many", ""]["possible"] == "no"
    assert {"", "sex=female", "sex=male", "ward=north"} <= {where for name, where in by_criterion if name == "auroc"}
    assert by_criterion["auroc", ""]["needed_events"] > 0
    assert not Audit.objects.exists()


def test_an_anticipated_value_changes_what_is_needed(api: Callable[[User], APIClient]) -> None:
    small = planned()
    url = f"/api/v1/versions/{small.version.pk}/sample-size?table={small.evaluation.pk}"
    near = api(small.developer).get(url + "&anticipated=auroc:0.65&anticipated=many:0.1").json()
    far = api(small.developer).get(url + "&anticipated=auroc:0.9").json()

    def needed(found: dict[str, Any]) -> int:
        return int(next(e["needed_rows"] for e in found["statements"] if (e["criterion"], e["slice"]) == ("auroc", "")))

    assert needed(near) > 10 * needed(far)


@pytest.mark.parametrize("text", ["auroc", "auroc:", "auroc:high", "auroc:nan", "other:0.7", ":0.7"])
def test_a_value_for_no_criterion_is_refused(text: str) -> None:
    with pytest.raises(BadAnticipation):
        feasibility.before_the_run(version=planned().version, table=None, anticipated=[text])


@pytest.mark.parametrize("text", ["auroc:7", "auroc:-0.1", "many:1.01"])
def test_a_value_that_the_measure_cannot_have_is_refused(text: str) -> None:
    with pytest.raises(BadAnticipation, match="from 0 to 1"):
        feasibility.before_the_run(version=planned().version, table=None, anticipated=[text])


def test_the_patients_and_the_levels_of_the_table_are_counted() -> None:
    table = planned().evaluation
    counts = feasibility.counts_of(table)
    assert counts.subjects == table.subjects
    declared = {c["name"]: c.get("levels") or () for c in table.schema["columns"] if c["role"] == "subgroup"}
    assert {name: set(levels) - set(counts.groups[name]) for name, levels in declared.items()} == {
        name: set() for name in declared
    }


def test_it_needs_a_plan_and_an_evaluation_table_of_the_same_version() -> None:
    small = planned()
    with pytest.raises(NoPlan):
        feasibility.before_the_run(version=small_version(plan=False).version, table=None)
    for table in (small.reference, planned().evaluation):
        with pytest.raises(WrongTable):
            feasibility.before_the_run(version=small.version, table=table)


def test_a_stranger_without_a_session_is_told_nothing() -> None:
    assert APIClient().get(f"/api/v1/versions/{planned().version.pk}/sample-size").status_code == 401


def test_it_costs_two_queries_and_no_file() -> None:
    small = planned()
    with CaptureQueriesContext(connection) as captured:
        feasibility.before_the_run(version=small.version, table=None)
    assert len(captured) == 2


def test_the_page_of_the_version_says_it_too(api: Callable[[User], APIClient]) -> None:
    small = planned()
    page = (
        api(small.developer)
        .get(f"/models/{small.version.model.slug}/versions/{small.version.number}/")
        .content.decode()
    )
    assert "Before you run" in page
    assert "where at least 1,000,000 are asked for" in page
