"""How does a version stand under every adopted pack, and does it follow the facts?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.core.facts import Section
from governance.core.results import kept, restored
from governance.core.statements import Status
from governance.errors import RoleNotHeld, UnknownEnvironment, UnknownSite
from governance.models.assessment import Assessment, AssessmentTouch, Place
from governance.models.ledger import LedgerEntry
from governance.models.pack import PolicyPack
from governance.services import assessing, assessment_rows, assessment_work, pack_adoption, packs
from governance.services.assessment_touch import touch
from registry.core.lifecycle import State
from registry.models.site import ModelSite, Site
from registry.models.user import Role, User
from registry.services import card
from tests.governance.scene import Scene, account, bare, ready

pytestmark = pytest.mark.django_db
Results = dict[str, list[dict[str, object]]]


def adopt_all() -> User:
    """Every shipped pack, in use; by Cora, who is the compliance officer."""
    cora = account("cora_compliance", Role.COMPLIANCE)
    for pack in packs.load_shipped():
        pack_adoption.adopt(pack=pack, by=cora, gating=pack.slug == "baseline")
    return cora


def assessed(scene: Scene, *, environment: str = "production", site: str = "") -> Place:
    return assessing.assess(version=scene.version, environment=environment, site=site, by=scene.rita)


def results_of(place: Place) -> Results:
    return dict(place.assessments.values_list("slug", "results"))


def in_full(place: Place) -> Results:
    """What a full assessment would say now, without keeping it."""
    rows = assessment_rows.full(place, now=timezone.now(), because="to compare")
    return {row.slug: row.results for row in rows}


def test_every_adopted_pack_has_one_row_with_every_control() -> None:
    scene = ready()
    adopt_all()
    place = assessed(scene)
    rows = {row.slug: row for row in place.assessments.select_related("pack")}
    assert set(rows) == {path.stem for path in packs.shipped()}
    for row in rows.values():
        said = restored(row.results, packs.rules_of(row.pack))
        assert [each.id for each in said] == [each.id for each in packs.rules_of(row.pack).controls]
        assert sum(sum(of.values()) for of in row.counts.values()) == len(said)
    assert place.dirty_at is None
    assert place.assessed_at is not None


def test_what_is_kept_comes_back_as_it_was() -> None:
    scene = ready()
    adopt_all()
    place = assessed(scene)
    for row in place.assessments.select_related("pack"):
        assert kept(restored(row.results, packs.rules_of(row.pack))) == row.results


def test_asking_is_put_on_record_with_the_digests_that_were_used() -> None:
    scene = ready()
    place = assessed(scene)
    entry = LedgerEntry.objects.get(kind=assessing.MADE)
    assert (entry.object_id, entry.subject_version_id, entry.actor_id) == (
        str(place.pk),
        scene.version.pk,
        scene.rita.pk,
    )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"environment": "moon"}, UnknownEnvironment), ({"site": "nowhere"}, UnknownSite)],
)
def test_a_place_that_does_not_exist_is_refused(changes: dict[str, str], refusal: type[Exception]) -> None:
    scene = ready()
    with pytest.raises(refusal):
        assessed(scene, **changes)
    assert not Place.objects.exists()


def test_an_auditor_reads_assessments_and_asks_for_none() -> None:
    scene = ready()
    with pytest.raises(RoleNotHeld):
        assessing.assess(version=scene.version, environment="production", by=account("otto_auditor", Role.AUDITOR))


def test_a_changed_fact_waits_until_a_worker_looks_and_is_then_found() -> None:
    scene = ready()
    place = assessed(scene)
    assert status(place, "reviewed") == Status.NOT_MET
    scene.approve(scene.rita, Role.REVIEWER)
    touch({Section.SIGNATURES}, version=scene.version.pk)
    assert status(place, "reviewed") == Status.NOT_MET
    assert assessment_work.work_off() >= 1
    assert status(place, "reviewed") == Status.MET
    place.refresh_from_db()
    assert (place.dirty, place.dirty_at) == ([], None)
    assert not AssessmentTouch.objects.exists()


def test_looking_twice_finds_nothing_to_do_the_second_time() -> None:
    scene = ready()
    assessed(scene)
    touch({Section.CARD}, model=scene.model.pk)
    assert assessment_work.work_off() > 0
    assert assessment_work.work_off() == 0


def test_part_by_part_ends_where_a_full_assessment_does() -> None:
    scene = ready()
    adopt_all()
    place = assessed(scene)
    card.state(by=scene.dora, model=scene.model, key="our_roles", value=["deployer", "provider"])
    touch({Section.CARD}, model=scene.model.pk)
    scene.sign_both()
    touch({Section.SIGNATURES}, version=scene.version.pk)
    scene.audit("drift", verdict="not_met", result="later")  # type: ignore[arg-type]
    touch({Section.AUDITS}, version=scene.version.pk)
    assessment_work.work_off(seconds=60)
    place.refresh_from_db()
    assert place.dirty_at is None
    by_parts = results_of(place)
    assert differing(by_parts, in_full(place)) == []


def test_a_pack_that_is_adopted_later_is_assessed_with_the_rest() -> None:
    scene = ready()
    place = assessed(scene)
    assert [row.slug for row in place.assessments.all()] == ["baseline"]
    adopt_all()
    touch(frozenset())
    assessment_work.work_off(seconds=60)
    assert place.assessments.count() == len(packs.shipped())


def test_the_first_fact_after_submission_makes_the_first_assessment() -> None:
    scene = ready()
    touch({Section.AUDITS}, version=scene.version.pk)
    assessment_work.work_off(seconds=60)
    assert {(place.environment, place.site) for place in Place.objects.all()} == {("staging", ""), ("production", "")}
    assert Assessment.objects.exists()


def test_a_site_that_uses_the_model_is_assessed_in_production() -> None:
    scene = ready()
    site = Site.objects.create(name="North Clinic", slug="north-clinic", jurisdiction="EU", created_by=scene.dora)
    ModelSite.objects.create(model=scene.model, site=site, added_by=scene.dora)
    touch({Section.TRAINING}, model=scene.model.pk)
    assessment_work.work_off(seconds=60)
    assert ("production", "north-clinic") in {(place.environment, place.site) for place in Place.objects.all()}


def test_a_draft_is_not_assessed_unasked() -> None:
    scene = bare()
    touch({Section.CARD}, model=scene.model.pk)
    assessment_work.work_off()
    assert not Place.objects.exists()


def test_a_change_at_one_site_leaves_the_other_sites_alone() -> None:
    scene = ready()
    for name in ("north", "south"):
        Site.objects.create(name=name, slug=name, jurisdiction="EU", created_by=scene.dora)
        assessed(scene, site=name)
    assessed(scene)
    assessment_work.work_off(seconds=60)
    touch({Section.TRAINING}, site="north")
    assessment_work.spread()
    waiting = set(Place.objects.waiting().values_list("site", flat=True))
    assert waiting == {"", "north"}


def test_a_retired_version_is_left_as_it_was() -> None:
    scene = ready()
    place = assessed(scene)
    type(scene.version).objects.filter(pk=scene.version.pk).update(state=State.RETIRED)
    touch({Section.CARD}, model=scene.model.pk)
    assessment_work.spread()
    place.refresh_from_db()
    assert place.dirty_at is None


def test_a_day_that_has_come_makes_the_sweep_look_again() -> None:
    scene = ready()
    place = assessed(scene)
    earlier = timezone.now() - timedelta(hours=2)
    Place.objects.filter(pk=place.pk).update(next_change_on=timezone.now().date(), assessed_at=earlier)
    assessment_work.sweep(timezone.now())
    assert Place.objects.waiting().count() == 1
    assessment_work.work_off()
    place.refresh_from_db()
    assert place.assessed_at is not None
    assert place.assessed_at > earlier


def test_newer_content_changes_nothing_until_it_is_asked_for() -> None:
    scene = ready()
    cora = adopt_all()
    place = assessed(scene)
    before = pinned(place)
    newer = newer_baseline()
    pack_adoption.adopt(pack=newer, by=cora, gating=True)
    touch(frozenset())
    assessment_work.work_off(seconds=60)
    assert pinned(place) == before
    assessing.reassess_under_newest(version=scene.version, environment="production", by=cora)
    assert pinned(place)["baseline"] == newer.digest
    assert LedgerEntry.objects.filter(kind=assessing.MADE).count() == 2


def test_assessing_costs_no_query_per_control() -> None:
    scene = ready()
    cora = adopt_all()
    assessed(scene)
    with CaptureQueriesContext(connection) as captured:
        assessing.assess(version=scene.version, environment="production", by=cora)
    assert len(captured) < 90, "\n".join(query["sql"][:200] for query in captured)


def test_looking_again_after_one_event_costs_few_queries() -> None:
    scene = ready()
    adopt_all()
    place = assessed(scene)
    Place.objects.filter(pk=place.pk).update(dirty=[Section.RISKS], dirty_at=timezone.now())
    place.refresh_from_db()
    with CaptureQueriesContext(connection) as captured:
        assessment_rows.part(place, now=timezone.now(), because="a test")
    assert len(captured) < 35, "\n".join(query["sql"][:200] for query in captured)


def status(place: Place, control: str) -> str:
    for row in place.assessments.all():
        for each in row.results:
            if each["id"] == control:
                return str(each["status"])
    raise AssertionError(f"no control {control}")


def pinned(place: Place) -> dict[str, str]:
    return dict(place.assessments.values_list("slug", "pack__digest"))


def newer_baseline() -> PolicyPack:
    content = (packs.SHIPPED / "baseline.yaml").read_bytes()
    line = next(each for each in content.splitlines() if each.startswith(b"version:"))
    return packs.load(content=content.replace(line, b'version: "99.0"'), by=None)


def differing(one: Results, other: Results) -> list[tuple[object, object]]:
    """The controls that do not say the same. The ledger grows with every look: its size is left aside."""
    pairs = [pair for slug in one for pair in zip(one[slug], other[slug], strict=True)]
    return [(a, b) for a, b in pairs if a != b and a["id"] != "ledger-intact"]
