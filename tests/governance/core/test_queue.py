"""What waits for whom, and in which order?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from governance.core import queue
from governance.core.assessment import ControlResult
from governance.core.policy import Severity, Verification
from governance.core.queue import Item, Person, Subject, Urgency
from governance.core.statements import Need, Statement, Status

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def result(key: str = "document:sheet", **changes: Any) -> ControlResult:
    """A control that lacks one thing."""
    need = Need(key, f"Bring {key}.")
    found = Statement(Status.NOT_MET, "It is not there.", remedy=need.remedy, ways=((need,),))
    values: dict[str, Any] = {
        "id": f"c-{key}",
        "requirement": "Something is there.",
        "severity": Severity.BLOCKING,
        "status": Status.NOT_MET,
        "reason": found.text,
        "evidence": (),
        "remedy": need.remedy,
        "statements": (found,),
        "pack": "p",
        "ways": ((need,),),
        **changes,
    }
    return ControlResult(**values)


def holding(end: datetime, reference: str = "document:1") -> ControlResult:
    found = Statement(Status.MET, "The sheet is in effect.", (reference,), ends_at=end)
    changes: dict[str, Any] = {"status": Status.MET, "statements": (found,), "ways": (), "evidence": (reference,)}
    return replace(result(), **changes)


def subject(*results: ControlResult) -> Subject:
    work = queue.summary(results, at=NOW)
    return Subject("sepsis", "Sepsis", "team-1", (work,), {"": "/assessment/", "document": "/documents/"})


def items(*results: ControlResult) -> tuple[Item, ...]:
    return queue.of_subject(subject(*results), today=TODAY)


def test_what_is_missing_waits_for_those_who_can_bring_it() -> None:
    (item,) = items(result())
    assert (item.what, item.roles, item.link) == ("Bring document:sheet.", ("developer", "compliance"), "/documents/")
    assert item.severity is Severity.BLOCKING
    assert item.since == NOW


def test_the_same_lack_in_two_controls_is_one_thing_to_do() -> None:
    (item,) = items(result(), replace(result(), id="another", severity=Severity.ADVISORY))
    assert item.why == "2 controls ask for it, 1 of them blocking."


def test_questions_of_the_card_are_answered_together_and_a_control_counts_once() -> None:
    both = (Need("attribute:a", "State a."), Need("attribute:b", "State b."))
    (item,) = items(result(ways=(both,)))
    assert item.what == "Answer 2 questions on the model's card: “a”, “b”."
    assert item.why == "1 control asks for it, 1 of them blocking."


def test_a_signature_is_waited_for_only_once_the_audits_are_there() -> None:
    assert [item.roles for item in items(result("signature:reviewer"))] == [("reviewer",)]
    kinds = [item.key for item in items(result("signature:reviewer"), result("audit:bias"))]
    assert kinds == ["sepsis/audit:bias"]


def test_what_runs_out_is_due_the_day_before_and_only_when_that_is_near() -> None:
    (item,) = items(holding(NOW + timedelta(days=20)))
    assert item.due_on == TODAY + timedelta(days=19)
    assert items(holding(NOW + timedelta(days=200))) == ()


def test_what_was_missing_before_keeps_the_day_on_which_it_began() -> None:
    earlier = queue.summary([result()], at=NOW - timedelta(days=9))
    later = queue.summary([result()], before=earlier, at=NOW)
    assert later["lacks"][0]["since"] == (NOW - timedelta(days=9)).isoformat()


def test_a_developer_sees_what_their_own_team_can_do() -> None:
    (item,) = items(result())
    mine = Person("1", frozenset({"developer"}), frozenset({"team-1"}))
    others = replace(mine, teams=frozenset({"team-2"}))
    officer = replace(others, roles=frozenset({"compliance"}))
    assert queue.mine([item], mine) == (item,)
    assert queue.mine([item], others) == ()
    assert queue.mine([item], officer) == (item,)


def test_who_made_what_is_to_be_judged_is_not_asked() -> None:
    (item,) = items(result("signature:reviewer"))
    barred = replace(item, barred=frozenset({"1"}))
    assert queue.mine([barred], Person("1", frozenset({"reviewer"}), frozenset())) == ()
    assert queue.mine([barred], Person("2", frozenset({"reviewer"}), frozenset())) == (barred,)


def test_the_overdue_come_first_and_then_the_blocking() -> None:
    (item,) = items(result())
    overdue = replace(item, key="o", due_on=TODAY - timedelta(days=1), severity=Severity.ADVISORY)
    soon = replace(item, key="s", due_on=TODAY + timedelta(days=3))
    later = replace(item, key="l", due_on=TODAY + timedelta(days=30))
    advisory = replace(item, key="a", severity=Severity.ADVISORY)
    ordered = queue.in_order([advisory, item, later, soon, overdue], today=TODAY)
    assert [each.key for each in ordered] == ["o", "s", "l", item.key, "a"]
    assert [each.urgency(TODAY) for each in ordered[:4]] == list(Urgency)


def test_the_same_thing_is_said_once_with_its_nearest_day() -> None:
    (item,) = items(result())
    (found,) = queue.without_doubles([item, replace(item, due_on=TODAY)])
    assert found.due_on == TODAY


def test_what_is_due_later_the_same_day_is_not_late_before_its_moment() -> None:
    (item,) = items(result())
    today = replace(item, due_on=TODAY)
    assert today.urgency(TODAY) is queue.Urgency.SOON
    assert replace(today, late=True).urgency(TODAY) is queue.Urgency.OVERDUE


def test_a_citation_that_nobody_checked_is_said_beside_what_it_asks() -> None:
    checked, unchecked = result(), replace(result(), id="another", verification=Verification.UNVERIFIED)
    (item,) = items(checked, unchecked)
    assert item.why.endswith("The citation of 1 of them was not checked in the primary text.")
    (item,) = items(unchecked)
    assert item.why.endswith("Its citation was not checked in the primary text.")
