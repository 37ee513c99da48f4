"""What is most worth doing, and which controls does one piece of evidence satisfy?"""

from __future__ import annotations

from governance.core.assessment import ControlResult, assess
from governance.core.crosswalk import rests_on, satisfied_by
from governance.core.facts import Document, Stated
from governance.core.policy import AllOf, AnyOf, Applies, AttributeRule, DocumentRule, LedgerRule, Severity
from governance.core.useful import most_useful
from tests.governance.core.world import control, days, facts_with, pack

SHEET, PURPOSE, USERS = DocumentRule("dataset_sheet"), AttributeRule(("purpose",)), AttributeRule(("intended_users",))
ADVISORY = Severity.ADVISORY


def everywhere() -> tuple[ControlResult, ...]:
    known = facts_with()
    one = pack(control(SHEET, id="a1"), control(AllOf((SHEET, PURPOSE)), id="a2"), control(LedgerRule(), id="a3"))
    two = pack(
        control(SHEET, id="b1", severity=ADVISORY),
        control(AnyOf((USERS, SHEET)), id="b2"),
        control(PURPOSE, id="b3", severity=ADVISORY),
        slug="q",
    )
    return (*assess(one, known), *assess(two, known))


def test_what_is_missing_is_listed_once_by_how_many_controls_it_alone_would_satisfy() -> None:
    found = most_useful(everywhere())
    assert [each.key for each in found] == ["document:dataset_sheet", "card"]
    best = found[0]
    assert [(name.pack, name.id) for name in best.satisfies] == [("p", "a1"), ("q", "b1"), ("q", "b2")]
    assert [name.id for name in best.helps] == ["a2"]
    assert best.what == "Upload the document “Dataset sheet”."
    assert best.why == (
        "It alone is missing for 3 controls (2 blocking); "
        "it is one of several things missing for 1 control (1 blocking)."
    )


def test_all_questions_of_the_card_are_one_thing_to_do() -> None:
    card = most_useful(everywhere())[1]
    assert card.what == "Answer 2 questions on the model's card: “Intended users”, “Intended use”."
    assert [(name.pack, name.id) for name in card.satisfies] == [("q", "b2"), ("q", "b3")]
    assert [name.id for name in card.helps] == ["a2"]
    assert card.why == (
        "Together they are all that is missing for 2 controls (1 blocking); "
        "they are among several things missing for 1 control (1 blocking)."
    )


def test_of_many_questions_the_first_three_are_named() -> None:
    asked = AttributeRule(("purpose", "intended_users", "population", "setting", "funding"))
    (card,) = most_useful(assess(pack(control(asked)), facts_with()))
    assert card.what.startswith("Answer 5 questions on the model's card: “")
    assert card.what.endswith("” and 2 more.")


def test_of_equally_useful_things_the_easier_one_comes_first() -> None:
    known = facts_with()
    results = assess(pack(control(SHEET, id="a"), control(PURPOSE, id="b")), known)
    assert [each.key for each in most_useful(results)] == ["card", "document:dataset_sheet"]


def test_the_list_is_no_longer_than_asked_and_empty_where_nothing_is_missing() -> None:
    assert len(most_useful(everywhere(), most=1)) == 1
    assert most_useful(assess(pack(control(LedgerRule())), facts_with())) == ()


def test_a_question_of_the_card_is_worth_the_controls_that_it_lets_be_told() -> None:
    asked = Applies(roles=("deployer",), jurisdictions=("EU",))
    controls = [control(LedgerRule(), id=f"c{number}", applies=(asked,)) for number in range(3)]
    found = most_useful(assess(pack(*controls, control(SHEET, id="s")), facts_with()))
    assert [each.key for each in found] == ["card", "document:dataset_sheet"]
    assert (len(found[0].decides), found[0].satisfies) == (3, ())
    assert found[0].why == "They help to decide whether 3 controls (3 blocking) must be met at all."


def test_doing_it_satisfies_what_the_list_says() -> None:
    best = most_useful(everywhere())[0]
    known = facts_with(documents=(Document("d1", "dataset_sheet", "Sheet", 1, "0" * 64, days(0)),))
    one = pack(control(SHEET, id="a1"), control(AllOf((SHEET, PURPOSE)), id="a2"))
    two = pack(control(SHEET, id="b1", severity=ADVISORY), control(AnyOf((USERS, SHEET)), id="b2"), slug="q")
    met = satisfied_by((*assess(one, known), *assess(two, known)))
    assert set(met["document:d1"]) == set(best.satisfies)


def test_evidence_satisfies_only_controls_that_are_met_and_only_by_what_speaks_for_them() -> None:
    known = facts_with(
        documents=(Document("d1", "dataset_sheet", "Sheet", 1, "0" * 64, days(0)),),
        stated=(Stated("purpose", ("To warn.",), "e1", days(0)),),
    )
    results = assess(
        pack(control(SHEET, id="a"), control(AllOf((SHEET, USERS)), id="b"), control(PURPOSE, id="c")), known
    )
    met = satisfied_by(results)
    assert [name.id for name in met["document:d1"]] == ["a"]
    assert [name.id for name in met["card:e1"]] == ["c"]
    assert [name.id for name in rests_on(results, "document:d1")] == ["a", "b"]
