"""The model card: who may answer it, what is refused, and that nothing said is ever lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from governance.models.ledger import LedgerEntry
from registry.core.card import REGISTERED
from registry.errors import Refused
from registry.models.card import CardEntry
from registry.models.model import Model
from registry.models.team import Team
from registry.models.user import User
from registry.services import card, card_said, models, teams
from registry.services.access import ScopeNotHeld
from registry.services.card import CardChanged, NothingToReview
from registry.services.card_words import CardValueRefused, NotAvailableRefused, UnknownCardField
from registry.services.teams import NotAMember

pytestmark = pytest.mark.django_db
Person = Callable[..., User]


@pytest.fixture
def dana(person: Person) -> User:
    return person("dana", "developer")


@pytest.fixture
def team(dana: User) -> Team:
    team = teams.create(by=dana, name="Sepsis group")
    return teams.add_member(by=dana, team=team, user=dana)


@pytest.fixture
def model(dana: User, team: Team) -> Model:
    return models.register(
        by=dana,
        team=team,
        name="Sepsis early warning",
        purpose="To warn of sepsis.",
        population="Adults on wards.",
        intended_users="Nurses.",
        setting="Wards.",
        decision_role="informs",
        risk_class="high",
        jurisdictions=["EU", "US"],
    )


def test_what_registering_said_answers_the_card_until_somebody_says_more(model: Model, dana: User) -> None:
    said = card_said.current(model)
    assert set(said) == set(REGISTERED)
    assert said["purpose"].value == "To warn of sepsis."
    assert said["jurisdictions"].values == ("US", "EU")
    assert (said["purpose"].number, said["purpose"].author) == (0, dana)
    card.state(model=model, key="purpose", value="To warn of sepsis within 12 hours.", by=dana)
    assert card_said.current(model)["purpose"].value == "To warn of sepsis within 12 hours."


def test_an_entry_and_the_column_of_the_same_name_always_agree(model: Model, dana: User) -> None:
    card.state_many(
        model=model,
        values={
            "decision_role": "augments",
            "risk_class": "medium",
            "jurisdictions": ["CA", "US"],
            "setting": "Clinics.",
        },
        by=dana,
    )
    for found in (model, Model.objects.get(pk=model.pk)):
        assert (found.decision_role, found.risk_class, found.jurisdictions) == ("augments", "medium", ["US", "CA"])
        columns = {key: each.value for key, each in card_said.registered(found).items()}
        says = {key: each.value for key, each in card_said.current(found).items()}
        assert columns == says


def test_a_code_that_the_card_does_not_know_reads_as_elsewhere(model: Model) -> None:
    model.jurisdictions = ["CH", "EU", "NO"]
    assert card_said.registered(model)["jurisdictions"].value == ["EU", "other"]


def test_the_same_answer_again_is_a_review_and_a_review_is_an_entry(model: Model, dana: User) -> None:
    first = card.state(model=model, key="limitations", value="Not tested in children.", by=dana)
    again = card.state(model=model, key="limitations", value=" Not tested in children. ", by=dana)
    (looked,) = card.reviewed(model=model, keys=["limitations", "limitations"], by=dana)
    assert [(each.number, each.unchanged) for each in (first, again, looked)] == [(1, False), (2, True), (3, True)]
    (registered,) = card.reviewed(model=model, keys=["purpose"], by=dana)
    assert (registered.value, registered.unchanged, registered.number) == ("To warn of sepsis.", True, 1)


def test_not_available_is_an_answer_where_the_card_allows_it(model: Model, dana: User) -> None:
    card.state_not_available(model=model, key="external_tester", reason="No external test was made.", by=dana)
    said = card_said.current(model)["external_tester"]
    assert (said.value, said.values, said.not_available) == (None, (), "No external test was made.")
    card.state(model=model, key="external_tester", value="University of Leeds, independent.", by=dana)
    said = card_said.current(model)["external_tester"]
    assert (said.value, said.not_available) == ("University of Leeds, independent.", "")


def test_not_available_is_refused_where_an_answer_is_due_or_no_reason_is_given(model: Model, dana: User) -> None:
    for key, reason in (("purpose", "We do not know it yet."), ("external_tester", "n/a")):
        with pytest.raises(NotAvailableRefused) as refused:
            card.state_not_available(model=model, key=key, reason=reason, by=dana)
        assert set(refused.value.facts["fields"]) == {key}  # type: ignore[call-overload]
    assert not CardEntry.objects.exists()


def test_several_answers_stand_together_or_not_at_all_and_every_fault_is_named(model: Model, dana: User) -> None:
    with pytest.raises(CardValueRefused) as refused:
        card.state_many(
            model=model,
            values={"funding": "A public grant.", "output_type": "oracle", "released_on": "soon"},
            not_available={"purpose": "We do not know it yet."},
            by=dana,
        )
    assert set(refused.value.facts["fields"]) == {"output_type", "released_on", "purpose"}  # type: ignore[call-overload]
    assert not CardEntry.objects.exists()


def test_an_answer_and_its_absence_exclude_each_other(model: Model, dana: User) -> None:
    with pytest.raises(CardValueRefused, match="either"):
        card.state_many(
            model=model,
            values={"external_tester": "A university."},
            not_available={"external_tester": "There was no such test."},
            by=dana,
        )


def test_a_question_that_the_card_does_not_ask_is_refused(model: Model, dana: User) -> None:
    for words in ({"values": {"colour": "blue"}}, {"not_available": {"colour": "None."}}, {"reviewed": ["colour"]}):
        with pytest.raises(UnknownCardField, match="colour"):
            card.state_many(model=model, by=dana, **words)


def test_what_was_never_answered_cannot_be_reviewed(model: Model, dana: User) -> None:
    with pytest.raises(NothingToReview, match="funding"):
        card.reviewed(model=model, keys=["purpose", "funding"], by=dana)
    assert not CardEntry.objects.exists()


def test_an_answer_given_meanwhile_is_not_overwritten_unseen(model: Model, dana: User) -> None:
    card.state(model=model, key="funding", value="A public grant.", by=dana)
    for shown in ({"funding": 0}, {"funding": 2}):
        with pytest.raises(CardChanged, match="Funding"):
            card.state_many(model=model, values={"funding": "A company."}, by=dana, expected=shown)
    with pytest.raises(CardChanged):
        card.state_many(model=model, reviewed=["funding"], by=dana, expected={"funding": 0})
    card.state_many(model=model, values={"funding": "A company."}, by=dana, expected={"funding": 1, "purpose": 7})
    assert card_said.current(model)["funding"].value == "A company."


def test_the_team_and_compliance_officers_answer_and_nobody_else(model: Model, person: Person) -> None:
    others = {
        "eve": ("developer", NotAMember),
        "rita": ("reviewer", ScopeNotHeld),
        "abe": ("approver", ScopeNotHeld),
        "iris": ("administrator", ScopeNotHeld),
        "otto": ("auditor", ScopeNotHeld),
    }
    for name, (role, refusal) in others.items():
        visitor = person(name, role)
        with pytest.raises(refusal):
            card.state(model=model, key="funding", value="A public grant.", by=visitor)
        assert card.may_write(visitor, model)[0] is False
    cora = person("cora", "compliance")
    assert card.may_write(cora, model) == (True, "")
    assert card.state(model=model, key="funding", value="A public grant.", by=cora).author == cora


def test_a_member_without_the_role_and_a_closed_account_answer_nothing(
    model: Model, team: Team, dana: User, person: Person
) -> None:
    guest = person("gus", "auditor")
    teams.add_member(by=dana, team=team, user=guest)
    with pytest.raises(ScopeNotHeld):
        card.state(model=model, key="funding", value="A public grant.", by=guest)
    dana.is_active = False
    with pytest.raises(ScopeNotHeld):
        card.reviewed(model=model, keys=["purpose"], by=dana)


def test_the_defining_digest_moves_with_the_answers_that_make_the_tool_what_it_is(model: Model, dana: User) -> None:
    before = card_said.defining_digest(model)
    card.state(model=model, key="setting", value="Clinics.", by=dana)
    card.reviewed(model=model, keys=["purpose"], by=dana)
    assert card_said.defining_digest(model) == before
    card.state(model=model, key="out_of_scope", value="Children.", by=dana)
    assert card_said.defining_digest(model) != before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry_cardentry SET value = '\"x\"'",
        "DELETE FROM registry_cardentry",
        "TRUNCATE registry_cardentry",
    ],
)
def test_the_database_refuses_to_change_or_remove_what_was_said(model: Model, dana: User, statement: str) -> None:
    card.state(model=model, key="funding", value="A public grant.", by=dana)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # so that nothing else stands in the way of a TRUNCATE
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert card_said.current(model)["funding"].value == "A public grant."


@pytest.mark.parametrize(
    "faulty",
    [
        {"value": None},
        {"value": "x", "not_available": "There is none."},
        {"value": "x", "key": ""},
        {"value": "x", "number": 0},
        {"value": "x", "number": 1},
    ],
)
def test_the_database_refuses_an_entry_that_says_nothing_both_or_twice(
    model: Model, dana: User, faulty: dict[str, object]
) -> None:
    entry = card.state(model=model, key="funding", value="A public grant.", by=dana)
    fields = {"model": model, "key": "funding", "number": 2, "reviewed_on": entry.reviewed_on, "author": dana, **faulty}
    with pytest.raises(IntegrityError), transaction.atomic():
        CardEntry.objects.create(**fields)


def test_the_ledger_has_the_digest_of_each_answer_and_of_each_review(model: Model, dana: User) -> None:
    card.state_many(model=model, values={"funding": "A public grant."}, reviewed=["purpose"], by=dana)
    told = LedgerEntry.objects.filter(kind__startswith="card.").order_by("idx")
    assert [(each.kind, each.object_type, each.object_id, each.actor_id) for each in told] == [
        ("card.stated", "card", str(model.pk), dana.pk),
        ("card.reviewed", "card", str(model.pk), dana.pk),
    ]


def test_a_refused_answer_leaves_no_trace_in_the_ledger(model: Model, dana: User) -> None:
    before = LedgerEntry.objects.count()
    with pytest.raises(Refused):
        card.state_many(model=model, values={"funding": "A grant.", "udi": ""}, by=dana)
    assert LedgerEntry.objects.count() == before
