"""How are patients' words recorded, and whom do they cover?"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from governance.core.consent import Category, Word, category, wilson
from governance.core.document import moment
from governance.core.entry import decode
from governance.errors import ConsentRefused, ReasonMissing, RoleNotHeld
from governance.models.consent import ConsentImport, ConsentRecord
from governance.models.ledger import LedgerBody, LedgerEntry
from governance.services import consents
from governance.services.coverage import coverage
from registry.core.canonical import canonical
from tests.governance import scene as scenes
from tests.governance.scene import PURPOSE, Scene

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def scene() -> Scene:
    return scenes.bare(subjects=6)


def record(pseudonym: str = "p0", **changes: Any) -> dict[str, Any]:
    return {"pseudonym": pseudonym, "purpose": PURPOSE, "status": "active", "valid_from": "2026-01-01", **changes}


def load(scene: Scene, *records: Any) -> ConsentImport:
    return consents.import_records(by=scene.stella, source="registry", content=json.dumps(records).encode())


def test_an_import_is_kept_whole_and_its_digest_is_in_the_ledger(scene: Scene) -> None:
    batch = load(scene, record("p0"), record("p1", valid_to="2030-01-01T00:00:00+02:00"))
    assert (batch.records, batch.entries.count()) == (2, 2)
    entry = LedgerEntry.objects.get(kind="consent.imported")
    assert entry.object_id == str(batch.pk)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"status": "maybe"}, "status"),
        ({"pseudonym": ""}, "pseudonym"),
        ({"pseudonym": "a\u200bb"}, "pseudonym"),
        ({"pseudonym": "p1\n"}, "pseudonym"),
        ({"pseudonym": "\ue000\u202ep1"}, "pseudonym"),
        ({"pseudonym": " "}, "pseudonym"),
        ({"purpose": 7}, "purpose"),
        ({"valid_from": "2026-01-01T10:00:00"}, "valid_from"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"valid_to": "2025-01-01"}, "valid_to"),
        ({"recorded_at": "2999-01-01"}, "recorded_at"),
        ({"name": "Ada"}, "name"),
    ],
)
def test_one_bad_record_refuses_the_file_and_is_named(scene: Scene, bad: dict[str, Any], field: str) -> None:
    with pytest.raises(ConsentRefused) as caught:
        load(scene, record(), {**record("p1"), **bad})
    assert (caught.value.facts["index"], caught.value.facts["field"]) == (1, field)
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize("content", [b"[", b"{}", b"[]", b"[1]", b'[{"pseudonym": "a", "pseudonym": "b"}]', b"\xff"])
def test_what_is_no_list_of_records_is_refused(scene: Scene, content: bytes) -> None:
    with pytest.raises(ConsentRefused):
        consents.import_records(by=scene.stella, source="x", content=content)


def test_only_a_steward_records_consents(scene: Scene) -> None:
    with pytest.raises(RoleNotHeld):
        consents.import_records(by=scene.abe, source="x", content=b"[]")
    with pytest.raises(RoleNotHeld):
        consents.withdraw(by=scene.dora, pseudonym="p0", purpose=PURPOSE, reason="x")


def test_a_withdrawal_needs_a_reason_and_leaves_no_pseudonym_in_the_ledger(scene: Scene) -> None:
    with pytest.raises(ReasonMissing):
        consents.withdraw(by=scene.stella, pseudonym="p0", purpose=PURPOSE, reason=" ")
    consents.withdraw(by=scene.stella, pseudonym="pseudonym-7", purpose=PURPOSE, reason="By letter.")
    idx = LedgerEntry.objects.get(kind="consent.withdrawn").idx
    assert b"pseudonym-7" not in bytes(LedgerBody.objects.get(idx=idx).body)


def digests_of(value: dict[str, Any]) -> set[str]:
    """Every way in which the product digests an object, alone and in a list."""
    forms = (value, [value])
    texts = [canonical(form) for form in forms] + [json.dumps(form).encode() for form in forms]
    return {hashlib.sha256(text).hexdigest() for text in texts}


def test_nothing_in_the_ledger_names_who_withdrew(scene: Scene) -> None:
    word = scene.withdraw("pseudonym-7")
    again = scene.withdraw("pseudonym-7")
    start = moment(word.valid_from)
    core: dict[str, Any] = {"pseudonym": "pseudonym-7", "purpose": PURPOSE, "valid_from": start}
    guessed = digests_of(core) | digests_of({**core, "status": "withdrawn"})
    entry = LedgerEntry.objects.filter(kind="consent.withdrawn").earliest("idx")
    kept = {word.batch.file_sha256, decode(bytes(entry.entry)).object_sha256}
    assert not guessed & kept
    assert word.batch.file_sha256 != again.batch.file_sha256


def test_a_file_about_a_few_people_leaves_no_digest_of_itself(scene: Scene) -> None:
    few, many = [record("p0")], [record(f"p{number}") for number in range(11)]
    assert load(scene, *few).file_sha256 != hashlib.sha256(json.dumps(few).encode()).hexdigest()
    assert load(scene, *many).file_sha256 == hashlib.sha256(json.dumps(many).encode()).hexdigest()


def test_a_pseudonym_is_the_same_in_an_import_and_in_a_withdrawal(scene: Scene) -> None:
    load(scene, record("\uff500 "))  # a full-width p, and a blank
    scene.withdraw(" \uff501")
    counts = dict(coverage(table=scene.table, purpose=PURPOSE, at=timezone.now()).counts)
    assert (counts["covered"], counts["withdrawn"]) == (1, 1)


def test_a_withdrawal_with_a_control_character_is_refused_with_its_field(scene: Scene) -> None:
    with pytest.raises(ConsentRefused) as caught:
        scene.withdraw("p0\u200b")
    assert (caught.value.facts["index"], caught.value.facts["field"]) == (0, "pseudonym")


def test_a_withdrawal_answers_where_the_patient_is_evaluated(scene: Scene) -> None:
    client = APIClient()
    client.force_authenticate(scene.stella)

    def withdrawn(pseudonym: str) -> dict[str, Any]:
        body = {"pseudonym": pseudonym, "purpose": PURPOSE, "reason": "By letter."}
        answer: dict[str, Any] = client.post("/api/v1/consents/withdrawals", body, format="json").json()
        return answer

    scenes.upload(scene.version, scene.dataset, scene.dora, subjects=3, name="second.csv")
    found, unknown = withdrawn("p0"), withdrawn("nobody")
    assert (found["tables"], found["versions"], found["note"], found["records"]) == (2, 1, "", 1)
    assert (unknown["tables"], unknown["versions"]) == (0, 0)
    assert "No evaluation table holds this pseudonym" in unknown["note"]


def test_small_counts_of_consents_leave_the_house_as_bounds_only(scene: Scene) -> None:
    client = APIClient()
    client.force_authenticate(scene.stella)
    table = scenes.upload(scene.version, scene.dataset, scene.dora, subjects=200, name="large.csv")
    load(scene, *(record(f"p{number}") for number in range(197)))
    found = client.get(f"/api/v1/tables/{table.pk}/coverage", {"purpose": PURPOSE}).json()
    assert found["hidden"] == {"covered": "withheld", "missing": "<11"}
    assert (found["counts"]["covered"], found["counts"]["missing"], found["covered"]) == (None, None, None)
    assert (found["eligible"], found["value"], found["low"], found["high"]) == (200, 0.95, None, None)
    assert "At least 95%" in found["reason"]
    assert coverage(table=table, purpose=PURPOSE, at=timezone.now()).covered == 197


def test_an_old_consent_sent_again_does_not_overrule_a_withdrawal(scene: Scene) -> None:
    load(scene, record("p0"))
    scene.withdraw("p0")
    load(scene, record("p0"))
    assert dict(coverage(table=scene.table, purpose=PURPOSE, at=timezone.now()).counts)["withdrawn"] == 1


def test_an_import_decides_again_only_where_its_patients_are(scene: Scene) -> None:
    scene.ask("staging")
    load(scene, record("somebody else"))
    assert scene.standing("staging").number == 1
    load(scene, record("p0"), record("p1"))
    assert scene.standing("staging").number == 2
    assert scene.standing("staging").because == "consents were imported"


def test_a_large_file_is_taken_in_a_few_seconds(scene: Scene) -> None:
    batch = load(scene, *(record(f"x{number}") for number in range(20_000)))
    assert batch.entries.count() == 20_000


def test_every_category_is_counted(scene: Scene) -> None:
    load(
        scene,
        record("p0"),
        record("p1", valid_to="2026-02-01"),
        record("p2", valid_from="2099-01-01"),
        record("p3", status="denied"),
        record("p4", status="withdrawn"),
        record("p5", purpose="another purpose"),
    )
    found = coverage(table=scene.table, purpose=PURPOSE, at=timezone.now())
    assert dict(found.counts) == dict.fromkeys((category.value for category in Category), 1)
    assert (found.covered, found.eligible, found.value) == (1, 6, 1 / 6)


def test_wilson_agrees_with_published_figures() -> None:
    # Newcombe 1998, Stat Med 17:857, table I, method 3.
    for successes, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)
    assert wilson(29, 29)[1] == 1.0


MOMENTS = st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days))


@st.composite
def words(draw: st.DrawFn) -> tuple[int, str, datetime, datetime | None, datetime]:
    start = draw(MOMENTS)
    end = draw(st.none() | st.integers(1, 4).map(lambda days: start + timedelta(days=days)))
    return (
        draw(st.integers(0, 3)),
        draw(st.sampled_from(["active", "denied", "withdrawn"])),
        start,
        end,
        draw(MOMENTS),
    )


SERIAL = count()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(words(), max_size=14))
def test_the_query_says_what_the_rule_says(scene: Scene, said: list[Any]) -> None:
    purpose = f"example {next(SERIAL)}"  # records cannot be deleted, so each example has a purpose of its own
    batch = ConsentImport.objects.create(source="x", file_sha256="0" * 64, records=len(said), imported_by=scene.stella)
    ConsentRecord.objects.bulk_create(
        ConsentRecord(
            batch=batch,
            pseudonym=f"p{who}",
            purpose=purpose,
            status=status,
            valid_from=start,
            valid_to=end,
            recorded_at=at,
        )
        for who, status, start, end, at in said
    )
    found = coverage(table=scene.table, purpose=purpose, at=NOW)
    expected = dict.fromkeys((each.value for each in Category), 0)
    for who in range(6):
        heard = [
            Word(status, start, end, at, sequence)
            for sequence, (whose, status, start, end, at) in enumerate(said)
            if whose == who
        ]
        expected[category(heard, at=NOW).value] += 1
    assert dict(found.counts) == expected
