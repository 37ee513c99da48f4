"""What do the documents say to a policy?"""

from __future__ import annotations

from typing import Any

from governance.core.facts import Document
from governance.core.policy import DocumentRule
from tests.governance.core.world import days, facts_with, said, verdict

RULE = DocumentRule("dataset_sheet")


def sheet(**values: Any) -> Document:
    bare: dict[str, Any] = {
        "id": "d1",
        "kind": "dataset_sheet",
        "title": "Ward 3 sheet",
        "revision": 2,
        "sha256": "0" * 64,
        "effective_from": days(-10),
    }
    return Document(**{**bare, **values})


def test_an_effective_document_is_met_and_named_with_its_revision() -> None:
    (found,) = said(RULE, facts_with(documents=(sheet(expires_on=days(3)),)))
    assert (found.status, found.evidence, found.until) == ("met", ("document:d1",), days(4))
    assert "“Ward 3 sheet” (revision 2)" in found.text


def test_no_document_asks_for_an_upload() -> None:
    (found,) = said(RULE, facts_with(documents=(sheet(kind="relevance"),)))
    assert (found.status, found.remedy) == ("not_met", "Upload the document “Dataset sheet”.")


def test_a_document_counts_on_its_last_day_and_is_stale_on_the_next() -> None:
    assert verdict(RULE, documents=(sheet(expires_on=days(0)),)) == "met"
    assert verdict(RULE, documents=(sheet(expires_on=days(-1)),)) == "stale"


def test_a_document_that_takes_effect_tomorrow_is_not_met_today() -> None:
    (found,) = said(RULE, facts_with(documents=(sheet(effective_from=days(1)),)))
    assert (found.status, found.until) == ("not_met", days(1))


def test_a_review_in_another_role_does_not_count() -> None:
    rule = DocumentRule("dataset_sheet", reviewed_by=("reviewer", "compliance"))
    assert verdict(rule, documents=(sheet(reviewers=("compliance",)),)) == "met"
    (found,) = said(rule, facts_with(documents=(sheet(reviewers=("steward",)),)))
    assert found.status == "not_met"
    assert "who did not write it" in found.remedy


def test_fields_that_the_document_does_not_answer_are_named_by_their_question() -> None:
    rule = DocumentRule("dataset_sheet", fields=("origin", "gaps"))
    assert verdict(rule, documents=(sheet(answered=("gaps", "origin")),)) == "met"
    (found,) = said(rule, facts_with(documents=(sheet(answered=("origin",)),)))
    assert found.status == "not_met"
    assert "What is missing or falls short" in found.remedy


def test_the_best_of_several_documents_speaks_and_lasts_longest() -> None:
    old = sheet(id="old", expires_on=days(-1))
    short, long = sheet(id="short", expires_on=days(1)), sheet(id="long", expires_on=days(9))
    (found,) = said(RULE, facts_with(documents=(old, short, long)))
    assert found.evidence == ("document:long",)
    (found,) = said(RULE, facts_with(documents=(long, sheet(id="endless"))))
    assert (found.evidence, found.until) == (("document:endless",), None)


def test_an_expired_one_beside_an_unreviewed_one_is_stale_not_missing() -> None:
    rule = DocumentRule("dataset_sheet", reviewed_by=("reviewer",))
    known = (sheet(id="a"), sheet(id="b", expires_on=days(-1), reviewers=("reviewer",)))
    assert verdict(rule, documents=known) == "stale"


def test_a_document_that_a_reviewer_returned_does_not_count_whoever_is_asked_to_review() -> None:
    (found,) = said(RULE, facts_with(documents=(sheet(returned=True),)))
    assert (found.status, "was returned" in found.text) == ("not_met", True)


def test_a_document_counts_to_the_last_day_of_its_age_and_is_stale_on_the_next() -> None:
    rule = DocumentRule("dataset_sheet", maximum_age_days=30)
    (found,) = said(rule, facts_with(documents=(sheet(effective_from=days(-30), expires_on=days(300)),)))
    assert (found.status, found.until) == ("met", days(1))
    assert verdict(rule, documents=(sheet(effective_from=days(-31), expires_on=days(300)),)) == "stale"


def test_its_own_end_counts_where_it_comes_before_its_age() -> None:
    rule = DocumentRule("dataset_sheet", maximum_age_days=30)
    (found,) = said(rule, facts_with(documents=(sheet(expires_on=days(2)),)))
    assert found.until == days(3)


def test_a_document_without_an_end_is_refused_where_it_must_name_one() -> None:
    rule = DocumentRule("dataset_sheet", must_expire=True)
    assert verdict(rule, documents=(sheet(expires_on=days(2)),)) == "met"
    (found,) = said(rule, facts_with(documents=(sheet(),)))
    assert found.status == "not_met"
    assert "last day" in found.remedy


def test_a_document_about_the_version_was_written_or_reviewed_since_its_submission() -> None:
    rule = DocumentRule("dataset_sheet", reviewed_by=("compliance",), since_version=True)
    old = sheet(reviewers=("compliance", "steward"), reviewed=(("compliance", days(-4)), ("steward", days(-1))))
    assert verdict(rule, documents=(old,), submitted_on=days(-3)) == "not_met"
    assert verdict(rule, documents=(old,), submitted_on=days(-4)) == "met"
    assert verdict(rule, documents=(old,)) == "not_met"
    new = sheet(effective_from=days(-2), reviewers=("compliance",))
    assert verdict(rule, documents=(new,), submitted_on=days(-2)) == "met"


def test_any_standing_review_is_enough_where_no_role_is_named() -> None:
    rule = DocumentRule("dataset_sheet", since_version=True)
    known = (sheet(reviewed=(("steward", days(-1)),)),)
    assert verdict(rule, documents=known, submitted_on=days(-1)) == "met"
    assert verdict(rule, documents=known, submitted_on=days(0)) == "not_met"


def key_of(rule: DocumentRule, **values: Any) -> str:
    (found,) = said(rule, facts_with(documents=(sheet(**values),)))
    return found.ways[0][0].key


def test_what_is_wrong_with_a_document_is_part_of_what_a_waiver_would_cover() -> None:
    fields = DocumentRule("dataset_sheet", fields=("origin", "gaps"))
    assert key_of(RULE, expires_on=days(-1)) == "document:dataset_sheet.expired"
    assert key_of(RULE, effective_from=days(1)) == "document:dataset_sheet.future"
    assert key_of(RULE, returned=True) == "document:dataset_sheet.returned"
    assert key_of(fields) == "document:dataset_sheet.fields.origin,gaps"
    assert key_of(fields, answered=("gaps",)) == "document:dataset_sheet.fields.origin"


def test_a_later_revision_is_looked_at_on_the_day_on_which_it_takes_effect() -> None:
    (met,) = said(RULE, facts_with(documents=(sheet(superseded_on=days(3), expires_on=days(9)),)))
    assert (met.status, met.until) == ("met", days(3))
    (stale,) = said(RULE, facts_with(documents=(sheet(superseded_on=days(3), expires_on=days(-1)),)))
    assert (stale.status, stale.until) == ("stale", days(3))


def test_of_documents_that_do_not_count_yet_the_first_that_may_is_waited_for() -> None:
    known = (sheet(id="a", returned=True), sheet(id="b", effective_from=days(4)))
    (found,) = said(RULE, facts_with(documents=known))
    assert (found.status, found.until) == ("not_met", days(4))
