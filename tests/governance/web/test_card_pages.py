"""The pages of the model card: whole, labelled, answered chapter by chapter, and open to whom they should be."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.web.gather import card as gathered
from registry.core.card import CARD, FIELDS
from registry.core.card_field import SECTIONS, Kind
from registry.models.card import CardEntry
from registry.models.user import Role, User
from registry.services import card, card_said
from tests.governance import scene as scenes
from tests.governance.scene import Scene
from tests.governance.web.markup import faults

pytestmark = pytest.mark.django_db
Visit = Callable[[User], Client]


@pytest.fixture
def bare(db: None) -> Scene:
    return scenes.bare()


def page(scene: Scene, chapter: str = "") -> str:
    return (
        reverse("card-chapter", args=[scene.model.slug, chapter])
        if chapter
        else reverse("card", args=[scene.model.slug])
    )


def typed(scene: Scene, chapter: str, **changes: object) -> dict[str, object]:
    """What a browser would send: every box as it was shown, and the changes."""
    sent: dict[str, object] = {}
    said = card_said.current(scene.model)
    for field in FIELDS:
        if field.section != chapter:
            continue
        now = said.get(field.key)
        sent[f"{field.key}.seen"] = now.number if now else 0
        if field.kind is Kind.STATES:
            values = now.value if now and isinstance(now.value, dict) else {}
            sent |= {f"{field.key}.{item}": values.get(item, "") for item in field.items}
        else:
            nothing: object = [] if field.kind is Kind.CHOICES else ""
            sent[field.key] = now.value if now and now.value is not None else nothing
        if field.not_available:
            sent[f"{field.key}.absent"] = now.not_available if now else ""
    return {**sent, **changes}


def test_the_card_asks_everything_and_says_what_is_said(bare: Scene, visit: Visit) -> None:
    card.state_not_available(model=bare.model, key="external_tester", reason="No external test was made.", by=bare.dora)
    html = visit(bare.rita).get(page(bare)).content.decode()
    assert faults(html) == []
    assert f"8 of {len(FIELDS)} said" in html
    for words in ("To warn of sepsis.", "Informs a clinician", "No external test was made.", "Not available"):
        assert words in html
    assert sum(map(int, re.findall(r"Not said yet: (\d+) question", html))) == len(FIELDS) - 8
    assert all(title in html for title in SECTIONS.values())


def test_only_those_who_may_answer_are_offered_it(bare: Scene, visit: Visit) -> None:
    assert page(bare, "use") in visit(bare.dora).get(page(bare)).content.decode()
    assert page(bare, "use") in visit(scenes.account("cora", Role.COMPLIANCE)).get(page(bare)).content.decode()
    shown = visit(bare.rita).get(page(bare)).content.decode()
    assert page(bare, "use") not in shown
    assert "None of your roles permits this" in shown
    assert visit(bare.rita).get(page(bare, "use")).status_code == 403
    assert visit(bare.rita).post(page(bare, "use"), {"purpose": "Other."}).status_code == 403
    stranger = visit(scenes.account("eve", Role.DEVELOPER))
    assert stranger.post(page(bare, "use"), typed(bare, "use", purpose="Other.")).status_code == 403
    assert Client().get(page(bare)).status_code == 302
    assert not CardEntry.objects.exists()


@pytest.mark.parametrize("chapter", SECTIONS)
def test_every_chapter_has_a_form_without_faults_that_changes_nothing_when_sent_as_shown(
    bare: Scene, visit: Visit, chapter: str
) -> None:
    client = visit(bare.dora)
    assert faults(client.get(page(bare, chapter)).content.decode()) == []
    sent = client.post(page(bare, chapter), typed(bare, chapter), follow=True)
    assert "Recorded: 0 new answers, 0 looked at again." in sent.content.decode()
    assert not CardEntry.objects.exists()


def test_only_what_was_changed_makes_an_entry(bare: Scene, visit: Visit) -> None:
    changed = typed(bare, "use", purpose="To warn of sepsis early.", care_pathway="On admission.", reviewed="")
    answer = visit(bare.dora).post(page(bare, "use"), changed)
    assert answer["Location"].endswith("/card/#use")
    assert set(CardEntry.objects.values_list("key", "unchanged")) == {("purpose", False), ("care_pathway", False)}
    bare.model.refresh_from_db()
    assert bare.model.purpose == "To warn of sepsis early."


def test_a_tick_says_that_the_other_answers_were_looked_at(bare: Scene, visit: Visit) -> None:
    visit(bare.dora).post(page(bare, "use"), typed(bare, "use", purpose="To warn early.", reviewed="on"))
    assert dict(CardEntry.objects.values_list("key", "unchanged")) == {
        "purpose": False,
        "population": True,
        "intended_users": True,
        "setting": True,
        "decision_role": True,
    }


def test_nine_states_are_given_together_and_read_in_groups(bare: Scene, visit: Visit) -> None:
    client, items = visit(bare.dora), CARD["sensitive_inputs"].items
    partly = client.post(page(bare, "data"), typed(bare, "data", **{"sensitive_inputs.sex": "used"}))
    assert "Choose one of: used, not_used, unknown." in partly.content.decode()
    assert faults(partly.content.decode()) == []
    states = {f"sensitive_inputs.{item}": "not_used" for item in items} | {"sensitive_inputs.sex": "used"}
    client.post(page(bare, "data"), typed(bare, "data", **states))
    shown = re.sub(r"<[^>]+>", "", client.get(page(bare)).content.decode())
    assert "Used: Sex" in shown
    assert "Not used: Race, Ethnicity" in shown


def test_not_available_needs_its_reason_and_gives_way_to_an_answer(bare: Scene, visit: Visit) -> None:
    client, reason = visit(bare.dora), "No external test was made."
    short = client.post(page(bare, "evidence"), typed(bare, "evidence", **{"external_tester.absent": "no"}))
    assert "Say in a sentence why it is not available" in short.content.decode()
    both = {"external_tester.absent": reason, "external_tester": "A university."}
    assert (
        "Give either an answer" in client.post(page(bare, "evidence"), typed(bare, "evidence", **both)).content.decode()
    )
    assert not CardEntry.objects.exists()
    client.post(page(bare, "evidence"), typed(bare, "evidence", **{"external_tester.absent": reason}))
    assert card_said.current(bare.model)["external_tester"].not_available == reason
    client.post(page(bare, "evidence"), typed(bare, "evidence", external_tester="A university."))
    assert card_said.current(bare.model)["external_tester"].value == "A university."


def test_an_answer_cannot_be_taken_away_and_a_faulty_one_keeps_nothing(bare: Scene, visit: Visit) -> None:
    client = visit(bare.dora)
    faulty = client.post(page(bare, "use"), typed(bare, "use", purpose="", population="n/a", care_pathway="Admission."))
    html = faulty.content.decode()
    assert "can be changed, but not taken away" in html
    assert "may not be filled with a placeholder" in html
    assert "Admission." in html
    assert not CardEntry.objects.exists()


def test_an_answer_given_meanwhile_is_shown_before_it_is_overwritten(bare: Scene, visit: Visit) -> None:
    late = typed(bare, "maker", funding="A company.")
    card.state(model=bare.model, key="funding", value="A public grant.", by=bare.dora)
    refused = visit(bare.dora).post(page(bare, "maker"), late)
    assert refused.status_code == 409
    assert "Somebody answered this meanwhile: Funding." in refused.content.decode()
    assert card_said.current(bare.model)["funding"].value == "A public grant."
    html = refused.content.decode()
    assert "A public grant." in html
    assert "A company." in html
    assert 'name="funding.seen" value="1"' in html
    assert faults(html) == []
    visit(bare.dora).post(page(bare, "maker"), {**late, "funding.seen": "1"})
    assert card_said.current(bare.model)["funding"].value == "A company."


def test_a_question_with_several_boxes_is_described_by_its_help_and_errors(bare: Scene, visit: Visit) -> None:
    client = visit(bare.dora)
    group = 'fieldset class="field" id="id_sensitive_inputs" aria-describedby="id_sensitive_inputs_helptext{}"'
    assert group.format("") in client.get(page(bare, "data")).content.decode()
    partly = client.post(page(bare, "data"), typed(bare, "data", **{"sensitive_inputs.sex": "used"})).content.decode()
    first = next(iter(CARD["sensitive_inputs"].items))
    assert group.format(f" id_sensitive_inputs.{first}_error") in partly
    for name in ("id_sensitive_inputs_helptext", f"id_sensitive_inputs.{first}_error"):
        assert f'id="{name}"' in partly


def test_the_history_of_a_question_shows_every_word_and_escapes_it(bare: Scene, visit: Visit) -> None:
    client, address = visit(bare.rita), reverse("card-history", args=[bare.model.slug, "purpose"])
    fresh = client.get(address).content.decode()
    assert "From registering the model" in fresh
    card.state(model=bare.model, key="purpose", value="<script>alert(1)</script>", by=bare.dora)
    card.reviewed(model=bare.model, keys=["purpose"], by=bare.dora)
    html = client.get(address).content.decode()
    assert faults(html) == []
    assert "<script>alert" not in html
    assert html.index("Looked at, unchanged") < html.index("New answer")
    unanswered = client.get(reverse("card-history", args=[bare.model.slug, "funding"])).content.decode()
    assert "Nobody has answered this yet." in unanswered


def test_an_old_answer_asks_to_be_looked_at_again(bare: Scene) -> None:
    today = timezone.now().date()

    def marked(later: int) -> set[str]:
        chapters = gathered.chapters(bare.model, today=today + timedelta(days=later))
        lines = [line for each in chapters for line in each.answered]
        return {line.field.key for line in lines if gathered.LOOK_AGAIN in line.badges}

    assert marked(0) == set()
    assert "purpose" in marked(366)
    assert "funding" not in marked(366)


def test_an_unknown_chapter_question_or_model_is_not_found(bare: Scene, visit: Visit) -> None:
    client = visit(bare.dora)
    slug = bare.model.slug
    for name, args in (("card-chapter", [slug, "x"]), ("card-history", [slug, "x"]), ("card", ["x"])):
        assert client.get(reverse(name, args=args)).status_code == 404


def test_the_models_page_leads_to_the_card(bare: Scene, visit: Visit) -> None:
    assert page(bare) in visit(bare.rita).get(reverse("model", args=[bare.model.slug])).content.decode()
