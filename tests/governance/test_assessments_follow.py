"""Is what is looked at in parts always what a full assessment would say?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from governance.core.assessment import waiver_term
from governance.core.statements import Status
from governance.models.assessment import Place
from governance.models.document import ReviewOutcome
from governance.services import (
    assessing,
    assessment_rows,
    assessment_work,
    capabilities,
    control_waivers,
    incidents,
    packs,
    risks,
    training,
)
from governance.services.incidents import Noticed
from registry.models.user import Role, RoleGrant, User
from registry.services import card, sites
from tests.conftest import PASSWORD
from tests.governance import document_story as papers
from tests.governance.scene import Scene, account, ready
from tests.governance.test_assessments import Results, adopt_all, differing, results_of

pytestmark = pytest.mark.django_db
BEGINS = datetime(2027, 12, 2, 12, tzinfo=UTC)
AGO = timedelta(hours=100)


@pytest.fixture
def scene() -> Scene:
    scene = ready()
    adopt_all()
    return scene


def assessed(scene: Scene) -> Place:
    return assessing.assess(version=scene.version, environment="production", by=scene.rita)


def in_full(place: Place, now: datetime | None = None) -> Results:
    rows = assessment_rows.full(place, now=now or timezone.now(), because="to compare")
    return {row.slug: row.results for row in rows}


def worked_off(place: Place) -> Place:
    assessment_work.work_off(seconds=120)
    place.refresh_from_db()
    assert place.dirty_at is None
    return place


def overdue(scene: Scene) -> None:
    noticed = Noticed("serious", date(2026, 1, 2), timezone.now() - AGO, "A wrong score was shown.")
    incidents.open_incident(model=scene.model, by=scene.rita, noticed=noticed, clocks=["gdpr_breach"])


def becomes_provider(scene: Scene) -> None:
    card.state(by=scene.dora, model=scene.model, key="our_roles", value=["provider", "deployer"])
    card.state(by=scene.dora, model=scene.model, key="ai_act_route", value="annex_iii")


def document(scene: Scene) -> None:
    revision = papers.begin(scene.dora, scene.model)
    papers.review(account("carl_compliance", Role.COMPLIANCE), revision, "compliance", outcome=ReviewOutcome.RETURNED)


def risk(scene: Scene) -> None:
    risks.add(model=scene.model, by=scene.dora, said=risks.suggestion("drift"))


def signed_then_worked(scene: Scene) -> None:
    scene.sign_both()
    RoleGrant.objects.create(user=scene.rita, role=Role.DEVELOPER)
    scene.rita.__dict__.pop("_role_names", None)
    risks.add(model=scene.model, by=scene.rita, said=risks.suggestion("drift"))


def site(scene: Scene) -> None:
    cora = User.objects.get(username="cora_compliance")
    north = sites.create(by=cora, name="North", jurisdiction="EU")
    sites.add_model(by=cora, site=north, model=scene.model)
    training.import_roster(by=cora, site=north, model=scene.model, content=b"person,name,role\n1,Ann,Nurse\n")


CHANGES: tuple[Callable[[Scene], None], ...] = (becomes_provider, overdue, document, risk, signed_then_worked, site)


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: each.__name__)
def test_after_each_kind_of_change_the_parts_make_the_same_whole(scene: Scene, change: Callable[[Scene], None]) -> None:
    if change is becomes_provider:
        overdue(scene)  # nobody asked about it before, so it was never looked at
    place = assessed(scene)
    change(scene)
    assert differing(results_of(worked_off(place)), in_full(place)) == []


def test_a_waiver_is_followed_as_well(scene: Scene) -> None:
    place = assessed(scene)
    pack, control = waivable(place)
    control_waivers.waive(
        version=scene.version,
        environment="production",
        pack=pack,
        control=control,
        by=account("carl_compliance", Role.COMPLIANCE, Role.APPROVER),
        reason="It is being written and will be there next month.",
        compensating_measure="Somebody reads every warning until then.",
        expires_at=timezone.now() + timedelta(days=5),
        password=PASSWORD,
    )
    found = results_of(worked_off(place))
    assert differing(found, in_full(place)) == []
    assert Status.WAIVED in {each["status"] for each in found[pack]}


def waivable(place: Place) -> tuple[str, str]:
    """Any control that does not hold and that somebody may waive."""
    for row in place.assessments.select_related("pack").order_by("slug"):
        said = {each["id"]: each["status"] for each in row.results}
        for control in packs.rules_of(row.pack).controls:
            if said[control.id] == "not_met" and waiver_term(control, "not_met") is not None:
                return row.slug, control.id
    raise AssertionError("no control of any shipped pack can be waived")


def test_the_day_on_which_a_control_begins_finds_facts_that_were_never_gathered(scene: Scene) -> None:
    becomes_provider(scene)
    overdue(scene)
    place = assessed(scene)
    assert status(place, "aia-73") == Status.NOT_YET_IN_FORCE
    Place.objects.filter(pk=place.pk).update(dirty_at=timezone.now())
    place.refresh_from_db()
    assessment_rows.part(place, now=BEGINS, because="a day has come")
    found = results_of(place)
    assert status(place, "aia-73") == Status.NOT_MET
    assert differing(found, in_full(place, BEGINS)) == []


def status(place: Place, control: str) -> str:
    rows = (each for row in place.assessments.all() for each in row.results)
    return next(str(each["status"]) for each in rows if each["id"] == control)


def test_one_place_that_fails_in_an_odd_way_holds_up_no_other(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    place = assessed(scene)
    assessing.assess(version=scene.version, environment="staging", by=scene.rita)
    original = assessment_rows.part

    def part(found: Place, **values: object) -> None:
        if found.pk == place.pk:
            raise RuntimeError("odd")
        original(found, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(assessment_rows, "part", part)
    Place.objects.update(dirty=["risks"], dirty_at=timezone.now())
    assert assessment_work.work_off(seconds=60) == 1
    assert list(Place.objects.waiting().values_list("pk", flat=True)) == [place.pk]


def test_formulary_itself_is_looked_at_once_for_all_places(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    found = capability_checks(asked)
    monkeypatch.setattr("governance.services.capabilities.CHECKS", found)
    assessed(scene)
    assessing.assess(version=scene.version, environment="staging", by=scene.rita)
    asked.clear()
    Place.objects.update(dirty=["platform"], dirty_at=timezone.now())
    assert assessment_work.work_off(seconds=60) == 2
    assert asked
    assert len(asked) == len(set(asked))


def capability_checks(asked: list[str]) -> dict[str, Callable[[], object]]:
    """The real checks, which say that they were asked."""

    def counted(key: str, check: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            asked.append(key)
            return check()

        return run

    return {key: counted(key, check) for key, check in capabilities.CHECKS.items()}
