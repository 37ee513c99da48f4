"""Does an allowance end with the fact that it rested on, at once, and only with such a fact?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from governance.core.facts import Section
from governance.models.decision import GateDecision
from governance.models.document import ReviewOutcome
from governance.models.ledger import LedgerEntry
from governance.services import gate, gate_follows, incidents, pack_adoption, packs, risks, training
from governance.services.assessment_touch import touch
from governance.services.incidents import Noticed
from registry.models.user import Role, RoleGrant, User
from registry.services import card, sites
from tests.governance import document_story as papers
from tests.governance.scene import Scene, account, complete

pytestmark = pytest.mark.django_db
PACK = """
id: our-rules
title: Our rules
version: "1.0"
issuer: The hospital
jurisdiction: EU
binds: everybody
status: in_force
effective_from: 2026-01-01
reviewed_on: 2026-01-01
source: The board
controls:
  - id: rule
    citation: Rule 1
    requirement: The house asks for this before a model is used on any ward.
    severity: blocking
    verification: read
    evidence: %s
"""
INCIDENTS = "{kind: incident, above: serious}"
SHEET = "{kind: document, document: ifu}"
PURPOSE = "{kind: attribute, fields: [purpose]}"
TRAINED = "{kind: training, course: ai_literacy, coverage: 1.0}"


@pytest.fixture
def cora() -> User:
    return account("cora_compliance", Role.COMPLIANCE)


def gating(cora: User, evidence: str) -> None:
    pack = packs.load(content=(PACK % evidence).encode(), by=None)
    pack_adoption.adopt(pack=pack, by=cora, gating=True)


def allowed(scene: Scene) -> Scene:
    assert scene.ask().outcome == "allow", scene.standing().reasons
    return scene


def answer(scene: Scene) -> tuple[str, set[str]]:
    found = gate.answer(version=scene.version, environment="production", now=timezone.now())
    return str(found.outcome), {reason.control for reason in found.reasons}


def overdue(scene: Scene) -> None:
    noticed = Noticed("serious", date(2026, 1, 2), timezone.now() - timedelta(hours=100), "A wrong score was shown.")
    incidents.open_incident(model=scene.model, by=scene.rita, noticed=noticed, clocks=["gdpr_breach"])


def test_an_overdue_incident_closes_the_gate_at_once_where_a_gating_pack_asks(cora: User) -> None:
    scene = complete()
    gating(cora, INCIDENTS)
    allowed(scene)
    overdue(scene)
    assert answer(scene) == ("deny", {"rule"})
    assert scene.standing().because == "changed: incidents"


def test_a_fact_about_which_no_gating_pack_asks_changes_nothing() -> None:
    scene = allowed(complete())
    before = GateDecision.objects.count()
    overdue(scene)
    assert answer(scene) == ("allow", set())
    assert GateDecision.objects.count() == before


def test_a_document_that_is_returned_no_longer_lets_the_version_pass(cora: User) -> None:
    scene = complete()
    revision = papers.begin(scene.dora, scene.model)
    gating(cora, SHEET)
    allowed(scene)
    papers.review(cora, revision, "compliance", outcome=ReviewOutcome.RETURNED)
    assert answer(scene) == ("deny", {"rule"})


def test_another_purpose_asks_for_new_signatures_at_once() -> None:
    scene = allowed(complete())
    card.state(by=scene.dora, model=scene.model, key="purpose", value="To decide who is discharged.")
    assert answer(scene) == ("deny", {"reviewed", "approved"})


def test_a_site_without_a_roster_closes_the_gate_where_training_is_asked_of_all(cora: User) -> None:
    scene = complete()
    north = sites.create(by=cora, name="North", jurisdiction="EU")
    training.import_roster(by=cora, site=north, model=scene.model, content=b"person,name,role\n1,Ann,Nurse\n")
    records = b"person,course,course_version,completed_on,valid_until\n1,ai_literacy,1,2026-01-01,\n"
    training.import_records(by=cora, site=north, content=records)
    gating(cora, TRAINED)
    allowed(scene)
    south = sites.create(by=cora, name="South", jurisdiction="EU")
    sites.add_model(by=cora, site=south, model=scene.model)
    assert answer(scene) == ("deny", {"rule"})


def test_a_revoked_record_of_a_site_closes_the_gate_of_the_models_used_there(cora: User) -> None:
    scene = complete()
    north = sites.create(by=cora, name="North", jurisdiction="EU")
    training.import_roster(by=cora, site=north, model=scene.model, content=b"person,name,role\n1,Ann,Nurse\n")
    header = b"person,course,course_version,completed_on,valid_until,revoked\n"
    training.import_records(by=cora, site=north, content=header + b"1,ai_literacy,1,2026-01-01,,no\n")
    gating(cora, TRAINED)
    allowed(scene)
    training.import_records(by=cora, site=north, content=header + b"1,ai_literacy,1,2026-01-01,,yes\n")
    assert answer(scene) == ("deny", {"rule"})


def test_a_signer_who_works_on_the_model_afterwards_has_signed_for_nothing() -> None:
    scene = allowed(complete())
    RoleGrant.objects.create(user=scene.rita, role=Role.DEVELOPER)
    scene.rita.__dict__.pop("_role_names", None)
    risks.add(model=scene.model, by=scene.rita, said=risks.suggestion("drift"))
    assert answer(scene) == ("deny", {"reviewed", "approved"})


def test_a_denial_stays_as_it_is_until_somebody_asks(cora: User) -> None:
    scene = complete()
    gating(cora, SHEET)
    assert scene.ask().outcome == "deny"
    papers.begin(scene.dora, scene.model)
    assert scene.standing().number == 1


def test_a_change_that_is_signed_and_judged_makes_one_decision(cora: User) -> None:
    scene = complete()
    gating(cora, INCIDENTS)
    allowed(scene)
    before = GateDecision.objects.count()
    scene.withdraw("p1")
    assert GateDecision.objects.count() == before + 1


def test_where_very_many_versions_are_concerned_their_allowances_are_withheld_until_the_next_minute(
    cora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_follows, "MOST", 0)
    scene = complete()
    papers.begin(scene.dora, scene.model)
    gating(cora, SHEET)
    allowed(scene)
    touch({Section.DOCUMENTS})
    found = gate.answer(version=scene.version, environment="production", now=timezone.now())
    assert [reason.code for reason in found.reasons] == ["facts_changed"]
    assert gate.redecide_due(timezone.now()) == 1
    assert answer(scene) == ("allow", set())


def test_the_daily_look_at_formulary_itself_withholds_nothing_while_all_is_well(cora: User) -> None:
    scene = complete()
    gating(cora, "{kind: capability, capability: state_machine}")
    allowed(scene)
    before = LedgerEntry.objects.count()
    touch({Section.PLATFORM})
    assert answer(scene) == ("allow", set())
    assert LedgerEntry.objects.count() == before


def test_a_capability_that_no_longer_holds_closes_the_gate(cora: User, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = complete()
    gating(cora, "{kind: capability, capability: signing_lockout}")
    allowed(scene)
    monkeypatch.setattr("governance.services.signatures.TRIES", 1000)
    touch({Section.PLATFORM})
    assert answer(scene) == ("deny", {"rule"})
