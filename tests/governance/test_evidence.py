"""Are the facts about a version gathered whole, and in part as they are whole?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from audits.core.values import Kind, On
from governance.core.facts import Facts, Section
from governance.core.policy import (
    AttributeRule,
    AuditRule,
    CapabilityRule,
    ChangeRule,
    ConsentRule,
    Control,
    DocumentRule,
    IncidentRule,
    LogRule,
    MeasureRule,
    Origin,
    Pack,
    PlanRule,
    RiskRule,
    Rule,
    Severity,
    TrainingRule,
)
from governance.services import evidence, incidents, logs, plans, training
from governance.services.documents import Said
from governance.services.incidents import Noticed
from registry.models.dataset import Dataset, LegalBasis
from registry.models.site import Site
from registry.models.user import Role
from registry.services import card, datasets, sites
from tests.governance import document_story as papers
from tests.governance import scene as scenes
from tests.governance.core.change_story import MONITORING
from tests.governance.core.world import said
from tests.governance.scene import PURPOSE, Scene

pytestmark = pytest.mark.django_db
RULES: tuple[Rule, ...] = (
    AttributeRule(("purpose",)),
    DocumentRule("ifu"),
    PlanRule("monitoring"),
    AuditRule(Kind.BIAS),
    MeasureRule("auroc", 0.6, None, On.INTERVAL),
    ConsentRule(PURPOSE, 0.9, On.ESTIMATE),
    TrainingRule("ai_literacy", 0.9),
    RiskRule(),
    ChangeRule(),
    IncidentRule("minor"),
    LogRule("inference"),
    CapabilityRule("second_factor"),
)
EVERYTHING = Pack("p", "1", "P", tuple(Control(f"c{n}", "R.", Severity.BLOCKING, rule) for n, rule in enumerate(RULES)))


def gathered(scene: Scene, *, site: str = "", pack: Pack = EVERYTHING, now: datetime | None = None) -> Facts:
    return evidence.gather(
        version=scene.version, environment="production", packs=[pack], now=now or timezone.now(), site=site
    )


def dataset_of(scene: Scene, name: str, origin: str, site: Site | None = None) -> Dataset:
    made = datasets.register(
        by=scene.dora,
        team=scene.team,
        name=name,
        description="d",
        origin=origin,
        legal_basis=LegalBasis.CONSENT,
        legal_basis_note="",
    )
    Dataset.objects.filter(pk=made.pk).update(site=site)
    made.refresh_from_db()
    return made


def test_a_table_is_internal_or_external_by_its_source_and_local_by_its_site() -> None:
    scene = scenes.bare()
    cora = scenes.account("cora", Role.COMPLIANCE)
    north = sites.create(by=cora, name="North", jurisdiction="EU")
    for name, origin, site in (("same", " O ", None), ("away", "Elsewhere", None), ("north", "North ward", north)):
        made = dataset_of(scene, name, origin, site)
        scenes.upload(scene.version, made, scene.dora, subjects=1, name=f"{name}.csv")

    def origins(at: str) -> dict[str, set[str]]:
        return {each.name.split(" (")[0]: set(each.origins) for each in gathered(scene, site=at).tables}

    assert origins("north") == {
        "Ward 3": {Origin.INTERNAL},
        "same": {Origin.INTERNAL},
        "away": {Origin.EXTERNAL},
        "north": {Origin.EXTERNAL, Origin.LOCAL},
    }
    assert origins("south")["north"] == {Origin.EXTERNAL}
    assert origins("")["north"] == {Origin.EXTERNAL, Origin.LOCAL}


def test_the_card_speaks_with_its_latest_words_and_the_version_for_itself() -> None:
    scene = scenes.bare()
    card.state(model=scene.model, key="purpose", value="To warn of everything.", by=scene.dora)
    card.state_not_available(
        model=scene.model, key="external_data", reason="Nobody has tested it elsewhere.", by=scene.dora
    )
    scene.model.refresh_from_db()
    said = {each.key: each for each in gathered(scene).stated}
    assert said["purpose"].values == ("To warn of everything.",)
    assert (said["external_data"].values, said["external_data"].not_available[:6]) == ((), "Nobody")
    assert (said["outcome"].values, said["features"].values) == (("Sepsis within 24 h",), ("age",))
    assert "operating_points" not in said


def test_training_is_counted_at_each_site_with_those_whose_records_ran_out() -> None:
    scene = scenes.bare()
    cora = scenes.account("cora", Role.COMPLIANCE)
    today = timezone.now().date()
    over, soon = today - timedelta(days=1), today + timedelta(days=5)
    for name in ("North", "South"):
        site = sites.create(by=cora, name=name, jurisdiction="EU")
        roster = b"person,name,role\n1,Ann,Nurse\n2,Ben,Nurse\n3,Cat,Nurse\n"
        training.import_roster(by=cora, site=site, model=scene.model, content=roster)
        lines = f"1,ai_literacy,1,2026-01-01,{soon}\n2,ai_literacy,1,2026-01-01,{over}\n3,oversight,1,2026-01-01,\n"
        content = f"person,course,course_version,completed_on,valid_until\n{lines}".encode()
        training.import_records(by=cora, site=site, content=content)
    found = gathered(scene).training
    assert [(each.site, each.expected, each.current, each.lapsed, each.lapses_on) for each in found] == [
        ("north", 3, 1, 1, soon),
        ("south", 3, 1, 1, soon),
    ]
    assert [each.site for each in gathered(scene, site="south").training] == ["south"]


def test_a_site_that_uses_the_model_without_a_roster_is_not_left_out() -> None:
    scene = scenes.bare()
    cora = scenes.account("cora", Role.COMPLIANCE)
    north, south = (sites.create(by=cora, name=name, jurisdiction="EU") for name in ("North", "South"))
    soon = timezone.now().date() + timedelta(days=4)
    roster = f"person,name,role,left_on\n1,Ann,Nurse,{soon}\n2,Ben,Nurse,\n".encode()
    training.import_roster(by=cora, site=north, model=scene.model, content=roster)
    for site in (north, south):
        sites.add_model(by=cora, site=site, model=scene.model)
    found = {each.site: each for each in gathered(scene).training}
    assert (found["north"].expected, found["north"].changes_on) == (2, soon)
    assert (found["south"].expected, found["south"].current) == (0, 0)
    assert gathered(scene).using == ("north", "south")


def test_a_revision_that_takes_effect_later_is_told_with_its_day() -> None:
    scene = scenes.bare()
    today = timezone.now().date()
    first = papers.begin(scene.dora, scene.model, said=Said(today, None, {}, "First."))
    later = Said(today + timedelta(days=9), None, {}, "Second.")
    papers.revise(scene.dora, first, said=later)
    (known,) = gathered(scene).documents
    assert (known.id, known.superseded_on) == (str(first.pk), today + timedelta(days=9))


def opened(scene: Scene, *, hours_ago: int) -> None:
    now = timezone.now()
    noticed = Noticed("serious", date(2026, 1, 2), now - timedelta(hours=hours_ago), "A wrong score was shown.")
    incidents.open_incident(model=scene.model, by=scene.rita, noticed=noticed, clocks=["gdpr_breach"])


def test_an_incident_is_told_with_its_day_and_next_deadline() -> None:
    scene = scenes.bare()
    opened(scene, hours_ago=1)
    opened(scene, hours_ago=100)
    late, fresh = gathered(scene).incidents
    assert (late.overdue, late.due_at, late.title) == (True, None, "of 2026-01-02")
    assert fresh.due_at is not None
    assert (fresh.overdue, fresh.due_at > timezone.now()) == (False, True)


def everything_but(scene: Scene) -> None:
    """One more piece of evidence of every section that is quick to make."""
    plans.freeze(by=scene.dora, model=scene.model, kind="monitoring", document=MONITORING)
    logs.register(
        model=scene.model,
        by=scene.dora,
        kind="inference",
        kept_in="The hospital's archive.",
        retention_days=400,
        reviewed_on=timezone.now().date(),
    )
    opened(scene, hours_ago=1)
    card.state(model=scene.model, key="purpose", value="To warn of everything.", by=scene.dora)


def test_what_no_rule_reads_is_not_looked_up() -> None:
    scene = scenes.ready()
    everything_but(scene)
    small = Pack("p", "1", "P", (Control("c", "R.", Severity.BLOCKING, PlanRule()),))
    known = gathered(scene, pack=small)
    assert (known.logs, known.incidents, known.capabilities, known.coverages) == ((), (), (), ())
    assert known.plan is not None
    known = gathered(scene)
    assert len(known.logs) == len(known.incidents) == len(known.plans) == len(known.capabilities) == 1


def test_a_part_that_is_gathered_again_makes_the_same_whole() -> None:
    scene = scenes.ready()
    now = timezone.now()
    before = gathered(scene, now=now)
    everything_but(scene)
    scene.version.model.refresh_from_db()
    moved = {Section.PLANS, Section.LOGS, Section.INCIDENTS, Section.CARD, Section.PLATFORM}
    later = timezone.now()
    part = evidence.gather(
        version=scene.version, environment="production", packs=[EVERYTHING], now=later, sections=moved, before=before
    )
    assert part == gathered(scene, now=later)
    assert part != before
    untouched = evidence.gather(
        version=scene.version, environment="production", packs=[EVERYTHING], now=now, sections=set(), before=before
    )
    assert untouched == before


def test_the_number_of_queries_does_not_grow_with_the_evidence(
    django_assert_max_num_queries: object,
) -> None:
    scene = scenes.ready()
    everything_but(scene)
    gathered(scene)
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        gathered(scene)
    for number in range(4):
        scenes.upload(scene.version, scene.dataset, scene.dora, subjects=3, name=f"more {number}.csv")
        opened(scene, hours_ago=number + 2)
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        gathered(scene)


def test_a_plan_that_was_frozen_after_the_first_audit_of_the_version_did_not_come_first() -> None:
    scene = scenes.ready()
    first = gathered(scene).plan
    assert first is not None
    assert first.first_audit_at is not None
    assert first.frozen_at < first.first_audit_at
    scene.replan(seed=7)
    later = gathered(scene)
    assert later.plan is not None
    assert later.plan.first_audit_at == first.first_audit_at
    (found,) = said(PlanRule(), later)
    assert found.text == "Plan 2 was frozen after the first audit of the version was asked for."


def test_the_plan_tells_on_which_measures_it_sets_a_criterion() -> None:
    plan = gathered(scenes.ready()).plan
    assert plan is not None
    assert ("validation", "auroc") in plan.measures
    assert {kind for kind, _ in plan.measures} == set(plan.kinds)


def test_the_day_of_submission_is_told_and_a_draft_has_none() -> None:
    ready = scenes.ready()
    submitted = ready.version.submitted_at
    assert submitted is not None
    assert gathered(ready).submitted_on == submitted.date()


def test_a_draft_was_submitted_on_no_day() -> None:
    assert gathered(scenes.bare()).submitted_on is None


def test_the_first_of_several_plans_of_a_kind_is_told_beside_the_one_in_force() -> None:
    scene = scenes.ready()
    first = plans.freeze(by=scene.dora, model=scene.model, kind="monitoring", document=MONITORING)
    changed = {key: f"{text} Changed." for key, text in MONITORING.items()}
    newest = plans.freeze(by=scene.dora, model=scene.model, kind="monitoring", document=changed)
    (told,) = gathered(scene).plans
    assert (told.number, told.frozen_at, told.first_frozen_at) == (2, newest.created_at, first.created_at)
