"""Can a person see, upload, fetch and review documents on the pages, and are they told why not otherwise?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.core.documents import DOCUMENTS
from governance.models.document import Document, DocumentReview, DocumentRevision
from governance.models.ledger import LedgerEntry
from governance.services.documents import Said
from governance.web.gather import documents as gather
from registry.core.canonical import digest
from registry.models.user import Role, User
from tests.conftest import PASSWORD
from tests.governance import document_files as files
from tests.governance import scene as scenes
from tests.governance.document_story import REASON, begin, incoming, review, revise
from tests.governance.scene import Scene
from tests.governance.web.markup import faults

pytestmark = pytest.mark.django_db
Visit = Callable[[User], Client]
TODAY = date(2026, 6, 1)


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.bare(subjects=1)


@pytest.fixture
def revision(scene: Scene) -> DocumentRevision:
    return begin(scene.dora, scene.model)


def text_of(visitor: Client, url: str) -> str:
    answer = visitor.get(url)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert faults(page) == []
    return unescape(page)


def fields(**changes: Any) -> dict[str, Any]:
    given = {
        "title": "Instructions for use",
        "file": SimpleUploadedFile("ifu.pdf", files.pdf()),
        "effective_from": "2026-01-15",
        "expiry": "never",
        "expires_on": "",
        "note": "",
        "answer_purpose": "section 1",
    }
    return {key: value for key, value in {**given, **changes}.items() if value is not None}


def test_the_page_of_a_model_says_what_is_there_and_what_is_not(
    scene: Scene, revision: DocumentRevision, visit: Visit
) -> None:
    begin(scene.stella, None, kind="qms_index", title="Our quality system", said=Said(date(2026, 1, 1)))
    review(scene.rita, revision)
    page = text_of(visit(scene.dora), f"/models/{scene.model.slug}/documents/")
    assert "D-1" in page
    assert "Rita Reviewer, reviewer: accepted" in page
    assert "Our quality system" in page
    assert f"1 of {len(DOCUMENTS['ifu'].fields)}" in page
    assert DOCUMENTS["dpia"].meaning in page
    assert f'href="/models/{scene.model.slug}/documents/add/dpia/"' in page
    assert "/documents/add/ifu/" not in page


def test_the_page_of_the_organisation_offers_its_kinds(scene: Scene, visit: Visit) -> None:
    page = text_of(visit(scene.stella), "/documents/")
    assert 'href="/documents/add/esig_policy/"' in page
    assert "/documents/add/ifu/" not in page


def test_who_only_reads_sees_no_button_to_upload(scene: Scene, visit: Visit) -> None:
    page = text_of(visit(scenes.account("otto", Role.AUDITOR)), f"/models/{scene.model.slug}/documents/")
    assert "None of your roles permits this" in page
    assert "/documents/add/" not in page


def test_a_document_is_uploaded_through_the_form(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.dora), f"/models/{scene.model.slug}/documents/add/ifu/"
    page = text_of(visitor, url)
    for question in DOCUMENTS["ifu"].fields.values():
        assert question in page
    answer = visitor.post(url, fields())
    made = DocumentRevision.objects.get()
    assert answer["Location"] == f"/documents/{made.document_id}/"
    assert (made.answers, made.expires_on) == ({"purpose": "section 1"}, None)
    assert "Kept as D-1, revision 1" in text_of(visitor, answer["Location"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"expiry": "usual"}, date(2027, 1, 15)), ({"expiry": "on", "expires_on": "2026-03-01"}, date(2026, 3, 1))],
)
def test_the_last_day_follows_the_choice(changes: dict[str, str], expected: date, scene: Scene, visit: Visit) -> None:
    url = f"/models/{scene.model.slug}/documents/add/dpia/"
    visit(scene.dora).post(url, fields(answer_purpose=None, **changes))
    assert DocumentRevision.objects.get().expires_on == expected


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"file": SimpleUploadedFile("a.svg", b"<svg/>")}, 422, "Print it to a PDF"),
        ({"file": SimpleUploadedFile("a.pdf", b"")}, 422, "The file is empty"),
        ({"file": None}, 200, "This field is required"),
        ({"expiry": "on"}, 200, "Give the last day"),
        ({"expires_on": "2027-01-01"}, 200, "A last day counts only when you choose it"),
        ({"expiry": "on", "expires_on": "2026-01-01"}, 422, "expires before or on the day"),
    ],
)
def test_what_is_wrong_is_said_on_the_form_and_the_words_stay(
    changes: dict[str, Any], status: int, words: str, scene: Scene, visit: Visit
) -> None:
    url = f"/models/{scene.model.slug}/documents/add/ifu/"
    answer = visit(scene.dora).post(url, fields(**changes))
    page = unescape(answer.content.decode())
    assert answer.status_code == status
    assert words in page
    assert 'value="section 1"' in page
    assert faults(page) == []
    assert not Document.objects.exists()


def test_a_kind_that_does_not_exist_is_refused_in_words(scene: Scene, visit: Visit) -> None:
    answer = visit(scene.dora).get(f"/models/{scene.model.slug}/documents/add/poem/")
    assert answer.status_code == 422
    assert "There is no such kind of document" in answer.content.decode()


def test_a_developer_of_another_team_sees_why_there_is_no_form(scene: Scene, visit: Visit) -> None:
    stranger = visit(scenes.account("stan_stranger", Role.DEVELOPER))
    page = text_of(stranger, f"/models/{scene.model.slug}/documents/add/ifu/")
    assert "Only members of Sepsis group may change its records." in page
    assert 'type="file"' not in page


def test_the_next_revision_begins_with_the_answers_of_the_last(
    scene: Scene, revision: DocumentRevision, visit: Visit
) -> None:
    visitor, url = visit(scene.dora), f"/documents/{revision.document_id}/revise/"
    assert 'value="section 1"' in text_of(visitor, url)
    sent = SimpleUploadedFile("ifu.pdf", files.pdf(b"% 2"))
    visitor.post(url, fields(title=None, file=sent, effective_from="2026-04-01", answer_purpose="section 2"))
    page = text_of(visitor, f"/documents/{revision.document_id}/")
    assert "What changed against revision 1." in page
    assert re.search(r"What is it for\?</th><td[^>]*>section 1</td><td[^>]*>section 2", page)
    assert re.search(r"Last day</th><td[^>]*>2027-01-15</td><td[^>]*>does not expire", page)


def test_the_same_revision_twice_is_refused_on_the_form(scene: Scene, revision: DocumentRevision, visit: Visit) -> None:
    sent = fields(title=None, expiry="on", expires_on="2027-01-15")
    answer = visit(scene.dora).post(f"/documents/{revision.document_id}/revise/", sent)
    assert answer.status_code == 409
    assert "is revision 1 already" in answer.content.decode()


def test_a_file_is_fetched_to_be_saved(scene: Scene, revision: DocumentRevision, visit: Visit) -> None:
    answer = visit(scene.rita).get(f"/documents/revisions/{revision.pk}/file/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert LedgerEntry.objects.filter(kind="document.downloaded").count() == 1


def test_who_may_not_open_the_file_sees_the_document_and_why(
    scene: Scene, revision: DocumentRevision, visit: Visit
) -> None:
    stranger = visit(scenes.account("stan_stranger", Role.DEVELOPER))
    page = text_of(stranger, f"/documents/{revision.document_id}/")
    assert "The files of this model are for Sepsis group" in page
    assert "/file/" not in page
    assert stranger.get(f"/documents/revisions/{revision.pk}/file/").status_code == 403


def review_form(page: str, **changes: str) -> dict[str, str]:
    found = re.search(r'name="expected_sha256" value="([0-9a-f]{64})"', page)
    assert found
    given = {"role": "reviewer", "outcome": "accepted", "reason": REASON, "password": PASSWORD}
    return {**given, "expected_sha256": found[1], **changes}


def test_a_reviewer_signs_exactly_what_is_shown(scene: Scene, revision: DocumentRevision, visit: Visit) -> None:
    visitor, url = visit(scene.rita), f"/documents/revisions/{revision.pk}/review/"
    page = text_of(visitor, url)
    assert revision.sha256 in page
    form = review_form(page)
    answer = visitor.post(url, form)
    made = DocumentReview.objects.select_related("signature").get()
    shown_record = {key: value for key, value in made.signature.record.items() if key != "terms"}
    assert digest(shown_record) == form["expected_sha256"]
    shown = text_of(visitor, answer["Location"])
    assert "Signed: accepted as reviewer" in shown
    assert "Rita Reviewer" in shown
    assert REASON in shown


def test_a_wrong_password_signs_nothing_and_is_not_repeated(
    scene: Scene, revision: DocumentRevision, visit: Visit
) -> None:
    visitor, url = visit(scene.rita), f"/documents/revisions/{revision.pk}/review/"
    answer = visitor.post(url, review_form(text_of(visitor, url), password="not-my-password"))
    assert answer.status_code == 403
    assert "not-my-password" not in answer.content.decode()
    assert faults(answer.content.decode()) == []
    assert not DocumentReview.objects.exists()


def test_who_uploaded_it_or_may_not_review_sees_why(scene: Scene, revision: DocumentRevision, visit: Visit) -> None:
    scene.dora.role_grants.create(role=Role.REVIEWER)
    own = text_of(visit(scene.dora), f"/documents/revisions/{revision.pk}/review/")
    auditor = text_of(visit(scenes.account("otto", Role.AUDITOR)), f"/documents/revisions/{revision.pk}/review/")
    assert "You uploaded this document" in own
    assert "Reviewing needs one of these roles" in auditor
    assert 'name="password"' not in own + auditor


def test_a_post_by_who_may_not_review_signs_nothing(scene: Scene, revision: DocumentRevision, visit: Visit) -> None:
    url = f"/documents/revisions/{revision.pk}/review/"
    form = review_form(text_of(visit(scene.rita), url))
    visit(scenes.account("otto", Role.AUDITOR)).post(url, form)
    assert not DocumentReview.objects.exists()


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (TODAY, None, gather.IN_FORCE),
        (TODAY + timedelta(days=1), None, gather.NOT_YET),
        (date(2026, 1, 1), TODAY, gather.ENDS_SOON),
        (date(2026, 1, 1), TODAY - timedelta(days=1), gather.EXPIRED),
        (date(2026, 1, 1), TODAY + timedelta(days=31), gather.IN_FORCE),
    ],
)
def test_the_badge_says_whether_a_revision_counts_on_the_day(start: date, end: date | None, expected: object) -> None:
    assert gather.validity(DocumentRevision(effective_from=start, expires_on=end), today=TODAY) == expected


def test_a_return_is_shown_although_somebody_accepted(scene: Scene, revision: DocumentRevision, visit: Visit) -> None:
    review(scene.rita, revision)
    review(scene.abe, revision, "approver", outcome="returned")
    line = gather.of_model(scene.model, today=timezone.now().date())[0]
    assert line.review == gather.RETURNED
    page = text_of(visit(scene.dora), f"/documents/{revision.document_id}/")
    assert "Does not count: somebody else returned this revision." in page


def test_the_checklist_shows_every_question_and_where_it_is_answered(
    scene: Scene, revision: DocumentRevision, visit: Visit
) -> None:
    for url in (f"/documents/{revision.document_id}/", f"/documents/revisions/{revision.pk}/review/"):
        page = text_of(visit(scene.rita), url)
        assert re.search(r"What is it for\?</th><td[^>]*>section 1</td>", page)
        for question in DOCUMENTS["ifu"].fields.values():
            assert f'<th scope="row">{question}</th>' in page


def test_the_pages_cost_the_same_for_one_and_for_many(scene: Scene, revision: DocumentRevision, visit: Visit) -> None:
    visitor = visit(scene.dora)
    review(scene.rita, revision)
    urls = [f"/models/{scene.model.slug}/documents/", f"/documents/{revision.document_id}/"]

    def queries() -> list[int]:
        counted = []
        for url in urls:
            with CaptureQueriesContext(connection) as captured:
                visitor.get(url)
            counted.append(len(captured))
        return counted

    one = queries()
    review(scene.abe, revise(scene.dora, revision), "approver")
    for number in range(3):
        sent = incoming(b"%d" % number, "a.txt")
        begin(scene.dora, scene.model, kind="relevance", title=str(number), incoming=sent, said=Said(TODAY))
    assert queries() == one
