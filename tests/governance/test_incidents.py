"""Is an incident opened, reported in time and closed as its rules say, and is every refusal said?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from governance import ledger
from governance.core.incidents import CLOCKS
from governance.errors import (
    IncidentClosed,
    IncidentRefused,
    OwnIncident,
    ReasonMissing,
    ReportSettled,
    ReportsOutstanding,
    RoleNotHeld,
)
from governance.models.incident import Incident, IncidentReport, IncidentState
from governance.models.ledger import LedgerEntry
from governance.services import incidents
from governance.services.incidents import Noticed
from registry.core.canonical import digest
from registry.models.user import Role, User
from registry.models.version import ModelVersion
from registry.services import models, versions
from registry.services.teams import NotAMember
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db
CLOCK = "eu_ai_act_death"


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.bare()


def noticed(**changes: object) -> Noticed:
    at = timezone.now() - timedelta(days=2)
    said = Noticed("serious", at.date(), at, "The alarm stayed silent for a septic patient.")
    return replace(said, **changes)  # type: ignore[arg-type]


def opened(scene: Scene, *clocks: str, **changes: object) -> Incident:
    return incidents.open_incident(model=scene.model, by=scene.dora, noticed=noticed(**changes), clocks=clocks)


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)


def kinds() -> list[str]:
    return list(LedgerEntry.objects.filter(kind__startswith="incident.").order_by("idx").values_list("kind", flat=True))


def test_every_deadline_runs_from_when_it_was_noticed(scene: Scene) -> None:
    incident = opened(scene, "eu_ai_act_serious", "gdpr_breach", version=scene.version)
    due = {each.clock: each.due_at - incident.noticed_at for each in incident.reports.all()}
    assert due == {"eu_ai_act_serious": timedelta(days=15), "gdpr_breach": timedelta(hours=72)}
    entry = LedgerEntry.objects.get(kind="incident.opened")
    assert (entry.object_id, entry.subject_version_id) == (str(incident.pk), scene.version.pk)


def test_a_clock_that_is_named_twice_runs_once(scene: Scene) -> None:
    assert opened(scene, CLOCK, CLOCK).reports.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"severity": "awful"}, "severity"),
        ({"description": " "}, "description"),
        ({"noticed_at": timezone.now() + timedelta(days=400)}, "noticed_at"),
        ({"happened_on": timezone.now().date()}, "happened_on"),
    ],
)
def test_an_incident_that_cannot_be_is_refused(scene: Scene, changes: dict[str, object], field: str) -> None:
    with pytest.raises(IncidentRefused) as refused:
        opened(scene, **changes)
    assert refused.value.facts["field"] == field
    assert not Incident.objects.exists()


def test_an_unknown_deadline_is_refused(scene: Scene) -> None:
    with pytest.raises(IncidentRefused, match="no reporting deadline"):
        opened(scene, "someday")


def test_a_version_of_another_model_is_refused(scene: Scene) -> None:
    with pytest.raises(IncidentRefused, match="of another model"):
        opened(scene, version=other_version(scene))


def other_version(scene: Scene) -> ModelVersion:
    other = models.register(
        by=scene.dora,
        team=scene.team,
        name="Another model",
        purpose="p",
        population="p",
        intended_users="u",
        setting="s",
        decision_role="informs",
        risk_class="low",
        jurisdictions=["EU"],
    )
    return versions.create(
        by=scene.dora,
        model=other,
        artifact_sha256=scenes.sha("other"),
        artifact_size=1,
        artifact_name="other.bin",
        training_dataset=scene.dataset,
        outcome="o",
        features=[],
        operating_points=[],
    )


def test_who_may_write_about_incidents(scene: Scene) -> None:
    auditor, stranger = scenes.account("otto", Role.AUDITOR), scenes.account("dan", Role.DEVELOPER)
    for person in (scene.dora, scene.rita, scene.abe, scene.stella, scenes.account("cora", Role.COMPLIANCE)):
        incidents.open_incident(model=scene.model, by=person, noticed=noticed())
    incident = opened(scene, CLOCK)
    for person, refusal in ((auditor, RoleNotHeld), (stranger, NotAMember)):
        with pytest.raises(refusal):
            incidents.open_incident(model=scene.model, by=person, noticed=noticed())
        with pytest.raises(refusal):
            incidents.reassess(incident=incident, by=person, severity="minor", reason="r")
        with pytest.raises(refusal):
            incidents.close(incident=incident, by=person, outcome="o")
        with pytest.raises(refusal):
            incidents.excuse(owed=incident.reports.get(), by=person, reason="r")
        with pytest.raises(refusal):
            incidents.report(owed=incident.reports.get(), by=person, reported_at=timezone.now(), reference="r")


def test_a_report_that_was_made_is_put_on_record_once(scene: Scene) -> None:
    owed = opened(scene, CLOCK).reports.get()
    made = incidents.report(owed=owed, by=scene.rita, reported_at=timezone.now(), reference="BfArM 12/3")
    assert (made.reference, made.settled_by, made.owed) == ("BfArM 12/3", scene.rita, False)
    with pytest.raises(ReportSettled):
        incidents.report(owed=owed, by=scene.rita, reported_at=timezone.now(), reference="again")
    with pytest.raises(ReportSettled):
        incidents.excuse(owed=owed, by=scene.rita, reason="Not a device after all.")
    assert kinds() == ["incident.opened", "incident.reported"]


def test_a_report_needs_a_reference_and_a_possible_moment(scene: Scene) -> None:
    owed, now = opened(scene, CLOCK).reports.get(), timezone.now()
    for at, reference in ((now, " "), (now + timedelta(days=1), "r"), (now - timedelta(days=9), "r")):
        with pytest.raises(IncidentRefused):
            incidents.report(owed=owed, by=scene.rita, reported_at=at, reference=reference)


def test_a_report_that_is_not_owed_after_all_is_excused_with_a_reason(scene: Scene) -> None:
    owed = opened(scene, CLOCK).reports.get()
    with pytest.raises(ReasonMissing):
        incidents.excuse(owed=owed, by=scene.rita, reason=" ")
    assert not incidents.excuse(owed=owed, by=scene.rita, reason="Nobody died.").owed


def test_an_incident_is_closed_only_when_nothing_is_owed(scene: Scene) -> None:
    incident = opened(scene, CLOCK)
    with pytest.raises(ReportsOutstanding) as refused:
        incidents.close(incident=incident, by=scene.rita, outcome="A cable was loose.")
    assert refused.value.facts["owed"] == [CLOCKS[CLOCK].label]
    incidents.excuse(owed=incident.reports.get(), by=scene.rita, reason="Nobody died.")
    with pytest.raises(ReasonMissing):
        incidents.close(incident=incident, by=scene.rita, outcome=" ")
    closed = incidents.close(incident=incident, by=scene.rita, outcome="A cable was loose.")
    assert (closed.state, closed.closed_by) == (IncidentState.CLOSED, scene.rita)
    assert kinds() == ["incident.opened", "incident.report_excused", "incident.closed"]


def test_what_is_closed_stays_closed(scene: Scene) -> None:
    incident = opened(scene)
    incidents.close(incident=incident, by=scene.rita, outcome="A cable was loose.")
    with pytest.raises(IncidentClosed):
        incidents.close(incident=incident, by=scene.rita, outcome="Another.")
    with pytest.raises(IncidentClosed):
        incidents.reassess(incident=incident, by=scene.rita, severity="critical", reason="The patient died.")


def test_a_graver_incident_starts_further_clocks_and_keeps_the_earlier(scene: Scene) -> None:
    incident = opened(scene, "eu_ai_act_serious")
    with pytest.raises(ReasonMissing):
        incidents.reassess(incident=incident, by=scene.rita, severity="critical", reason=" ")
    with pytest.raises(IncidentRefused):
        incidents.reassess(incident=incident, by=scene.rita, severity="awful", reason="The patient died.")
    clocks = ["eu_ai_act_serious", CLOCK]
    after = incidents.reassess(
        incident=incident, by=scene.rita, severity="critical", reason="The patient died.", clocks=clocks
    )
    assert after.severity == "critical"
    assert {each.clock for each in after.reports.all()} == set(clocks)


def test_a_deadline_is_overdue_only_once_it_has_passed_and_only_while_the_report_is_owed(scene: Scene) -> None:
    incident = opened(scene, CLOCK)
    owed = incident.reports.get()
    assert not incidents.is_overdue(incident, now=owed.due_at)
    assert incidents.is_overdue(incident, now=owed.due_at + timedelta(seconds=1))
    incidents.report(owed=owed, by=scene.rita, reported_at=timezone.now(), reference="r")
    assert not incidents.is_overdue(incident, now=owed.due_at + timedelta(days=9))


def test_the_facts_are_those_of_the_version_and_of_incidents_whose_version_nobody_named(scene: Scene) -> None:
    incident, loose = opened(scene, CLOCK, version=scene.version), opened(scene)
    incidents.close(incident=loose, by=scene.rita, outcome="A cable was loose.")
    later = timezone.now() + timedelta(days=30)
    found = {each.id: each for each in incidents.facts_of(scene.model, scene.version, now=later)}
    assert (found[str(incident.pk)].overdue, found[str(incident.pk)].closed) == (True, False)
    assert (found[str(loose.pk)].overdue, found[str(loose.pk)].closed) == (False, True)
    assert [each.id for each in incidents.facts_of(scene.model, other_version(scene), now=later)] == [str(loose.pk)]


def test_who_opened_an_incident_cannot_make_little_of_it(scene: Scene) -> None:
    incident = incidents.open_incident(model=scene.model, by=scene.rita, noticed=noticed(), clocks=[CLOCK])
    incidents.reassess(incident=incident, by=scene.rita, severity="critical", reason="The patient died.")
    for deed in decisions(incident, scene.rita):
        with pytest.raises(OwnIncident):
            deed()
    incidents.reassess(incident=incident, by=scene.abe, severity="minor", reason="The patient is well.")
    assert incidents.excuse(owed=incident.reports.get(), by=scene.abe, reason="Nobody died.").settled_by == scene.abe
    assert incidents.close(incident=incident, by=scene.abe, outcome="A cable was loose.").closed_by == scene.abe


def test_a_developer_or_steward_raises_and_reports_but_decides_nothing(scene: Scene) -> None:
    incident = incidents.open_incident(model=scene.model, by=scene.rita, noticed=noticed(), clocks=[CLOCK])
    for person in (scene.dora, scene.stella):
        for deed in decisions(incident, person):
            with pytest.raises(RoleNotHeld, match="Only a reviewer or approver or compliance officer"):
                deed()
    incidents.reassess(incident=incident, by=scene.dora, severity="critical", reason="The patient died.")
    incidents.report(owed=incident.reports.get(), by=scene.stella, reported_at=timezone.now(), reference="12/3")
    assert kinds() == ["incident.opened", "incident.reassessed", "incident.reported"]


def decisions(incident: Incident, by: User) -> list[Callable[[], object]]:
    owed = incident.reports.get()
    return [
        lambda: incidents.reassess(incident=incident, by=by, severity="minor", reason="r"),
        lambda: incidents.excuse(owed=owed, by=by, reason="r"),
        lambda: incidents.close(incident=incident, by=by, outcome="o"),
    ]


def test_the_ledger_has_the_digests_of_what_was_written_and_not_the_words(scene: Scene) -> None:
    incident = opened(scene, CLOCK, description="Mr Smith had no alarm.")
    incidents.excuse(owed=incident.reports.get(), by=scene.rita, reason="Mr Smith is well.")
    incidents.close(incident=incident, by=scene.rita, outcome="The cable of Mr Smith was loose.")
    entries = list(LedgerEntry.objects.filter(object_id=str(incident.pk)))
    bodies = ledger.bodies_of(entries)
    assert "Smith" not in str(bodies)
    last = bodies[entries[-1].idx] or {}
    assert last["description_sha256"] == digest("Mr Smith had no alarm.")
    assert last["outcome_sha256"] == digest("The cable of Mr Smith was loose.")
    assert last["reports"][0]["not_needed_sha256"] == digest("Mr Smith is well.")


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM governance_incidentreport",
        "DELETE FROM governance_incident",
        "TRUNCATE governance_incidentreport",
        "TRUNCATE governance_incident CASCADE",
        "UPDATE governance_incident SET description = 'Nothing happened.'",
        "UPDATE governance_incident SET noticed_at = noticed_at + interval '9 days'",
        "UPDATE governance_incidentreport SET due_at = due_at + interval '9 days'",
        "UPDATE governance_incidentreport SET authority = 'Nobody'",
    ],
)
def test_the_database_keeps_an_incident_as_it_was_opened(scene: Scene, change: str) -> None:
    opened(scene, CLOCK)
    with pytest.raises(DatabaseError, match=r"is refused"), transaction.atomic():
        run(change)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE governance_incident SET severity = 'minor'",
        "UPDATE governance_incident SET state = 'open', outcome = '', closed_at = NULL, closed_by_id = NULL",
        "UPDATE governance_incidentreport SET not_needed = 'Another reason.'",
        "UPDATE governance_incidentreport SET not_needed = '', settled_by_id = NULL",
    ],
)
def test_the_database_keeps_what_was_closed_and_settled(scene: Scene, change: str) -> None:
    incident = opened(scene, CLOCK)
    incidents.excuse(owed=incident.reports.get(), by=scene.rita, reason="Nobody died.")
    incidents.close(incident=incident, by=scene.rita, outcome="A cable was loose.")
    with pytest.raises(DatabaseError, match=r"kept as it was recorded"), transaction.atomic():
        run(change)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("governance_incident", "SET severity = 'observation'"),
        ("governance_incident", "SET description = 'Nothing happened.'"),
        ("governance_incidentreport", "SET due_at = due_at + interval '99 days'"),
    ],
)
def test_a_row_that_the_ledger_contradicts_is_open_and_overdue(scene: Scene, table: str, change: str) -> None:
    incident = opened(scene, CLOCK, version=scene.version)
    incidents.excuse(owed=incident.reports.get(), by=scene.rita, reason="Nobody died.")
    incidents.close(incident=incident, by=scene.rita, outcome="A cable was loose.")
    (honest,) = incidents.facts_of(scene.model, scene.version, now=timezone.now())
    run(f"ALTER TABLE {table} DISABLE TRIGGER append_only_row")
    run(f"UPDATE {table} {change}")
    (found,) = incidents.facts_of(scene.model, scene.version, now=timezone.now())
    day = incident.happened_on
    assert (honest.closed, honest.overdue, honest.title) == (True, False, f"of {day}")
    assert (found.closed, found.overdue) == (False, True)
    assert found.title == f"of {day}, which is not what the ledger has"


def test_an_incident_of_which_the_ledger_knows_nothing_is_open_and_overdue(scene: Scene) -> None:
    at = timezone.now()
    Incident.objects.create(
        model=scene.model,
        severity="observation",
        happened_on=at.date(),
        noticed_at=at,
        description="Slipped in.",
        opened_by=scene.dora,
    )
    (found,) = incidents.facts_of(scene.model, now=at)
    assert (found.closed, found.overdue) == (False, True)


def test_the_database_takes_no_half_closed_incident_and_no_half_settled_report(scene: Scene) -> None:
    opened(scene, CLOCK)
    halves: list[tuple[type[Incident] | type[IncidentReport], dict[str, Any]]] = [
        (Incident, {"state": "closed"}),
        (Incident, {"outcome": "x"}),
        (IncidentReport, {"reported_at": timezone.now()}),
        (IncidentReport, {"not_needed": "x"}),
    ]
    for table, half in halves:
        with pytest.raises(DatabaseError), transaction.atomic():
            table.objects.update(**half)
