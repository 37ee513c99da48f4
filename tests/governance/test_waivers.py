"""Which findings may be waived, by whom, for how long, and over which words?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from audits.core.values import Kind, Verdict
from audits.models.check import CheckRow
from governance.errors import (
    NotWaivable,
    ReasonMissing,
    ReasonTooShort,
    RecordChanged,
    RoleNotHeld,
    WaiverExpiryRefused,
)
from governance.models.signature import Signature
from governance.models.waiver import Waiver
from governance.services import waivers
from registry.core.canonical import digest
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db
REASON = "Few patients so far; more follow in a month."


@pytest.fixture
def scene() -> Scene:
    return scenes.complete()


def waive(scene: Scene, *checks: CheckRow, **changes: Any) -> list[Waiver]:
    values = {
        "by": scene.abe,
        "reason": REASON,
        "compensating_measure": "Nurses read every alarm.",
        "expires_at": timezone.now() + timedelta(days=30),
        "password": PASSWORD,
    }
    return waivers.waive_many(checks=checks, **{**values, **changes})


def test_several_findings_are_waived_with_one_signature(scene: Scene) -> None:
    first, second = scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET), scene.audit(Kind.DRIFT, verdict=Verdict.NOT_MET)
    scene.sign_both()
    assert scene.ask().outcome == "deny"
    made = waive(scene, first, second)
    signature = Signature.objects.get(meaning="responsibility")
    assert {waiver.signature_id for waiver in made} == {signature.pk}
    assert [finding["key"] for finding in signature.record["findings"]] == ["gap", "shift"]
    assert scene.standing().outcome == "allow"


def test_a_waiver_covers_its_own_verdict_only(scene: Scene) -> None:
    waive(scene, scene.audit(Kind.BIAS, verdict=Verdict.NOT_EVALUABLE))
    scene.sign_both()
    assert scene.ask().outcome == "allow"
    scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET)
    assert scene.standing().outcome == "deny"


def test_a_waiver_does_not_cover_a_later_different_result(scene: Scene) -> None:
    waive(scene, scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET))
    scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET)
    scene.sign_both()
    assert scene.ask().outcome == "allow"  # the same result, measured again
    scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET, result="far worse")
    scene.sign_both()
    assert {reason["control"] for reason in scene.standing().reasons} == {"bias-audit"}


def test_one_signature_may_answer_for_the_same_finding_in_two_results(scene: Scene) -> None:
    references = [
        scenes.upload(scene.version, scene.dataset, scene.dora, subjects=5, name=name, purpose="reference")
        for name in ("a.csv", "b.csv")
    ]
    found = [
        scene.audit(Kind.DRIFT, verdict=Verdict.NOT_MET, reference=each, result=each.file_name) for each in references
    ]
    waive(scene, found[0])
    scene.sign_both()
    assert scene.ask().outcome == "deny"
    waive(scene, *found)
    assert scene.standing().outcome == "allow"


@pytest.mark.parametrize("change", ["reason = 'None.'", "compensating_measure = 'None.'"])
def test_a_waiver_whose_words_were_altered_no_longer_counts(scene: Scene, change: str) -> None:
    waive(scene, scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET))
    scene.sign_both()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_waiver DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE governance_waiver SET {change}")
    assert "it is not what the signer put their name to" in scene.ask().reasons[0]["message"]


def test_a_failed_criterion_needs_a_compensating_measure(scene: Scene) -> None:
    failed, unclear = (
        scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET),
        scene.audit(Kind.DRIFT, verdict=Verdict.NOT_EVALUABLE),
    )
    with pytest.raises(ReasonMissing):
        waive(scene, failed, compensating_measure=" ")
    assert waive(scene, unclear, compensating_measure="")


def test_the_reason_is_long_enough_to_be_read_in_an_inquiry(scene: Scene) -> None:
    with pytest.raises(ReasonTooShort):
        waive(scene, scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET), reason="it is fine")


@pytest.mark.parametrize(
    ("verdict", "days"), [(Verdict.NOT_MET, 91), (Verdict.NOT_EVALUABLE, 181), (Verdict.NOT_MET, 0)]
)
def test_a_waiver_ends_in_the_future_and_within_the_pack_s_days(scene: Scene, verdict: Verdict, days: int) -> None:
    with pytest.raises(WaiverExpiryRefused):
        waive(scene, scene.audit(Kind.BIAS, verdict=verdict), expires_at=timezone.now() + timedelta(days=days))


def test_only_the_roles_that_the_pack_names_may_waive(scene: Scene) -> None:
    with pytest.raises(RoleNotHeld):
        waive(scene, scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET), by=scene.rita)


def test_what_is_no_finding_under_the_plan_in_force_is_not_waived(scene: Scene) -> None:
    met, old = scene.audit(Kind.BIAS), scene.audit(Kind.DRIFT, verdict=Verdict.NOT_MET)
    with pytest.raises(NotWaivable, match="no finding"):
        waive(scene, met)
    scenes.upload(scene.version, scene.dataset, scene.dora, subjects=1, name="new.csv")
    scene.replan(seed=5)
    with pytest.raises(NotWaivable, match="another plan"):
        waive(scene, old)
    with pytest.raises(NotWaivable, match="1 to 500"):
        waive(scene)


def test_findings_that_changed_since_they_were_shown_are_not_waived(scene: Scene) -> None:
    check = scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET)
    shown = digest(waivers.findings_to_sign([check]))
    assert waive(scene, check, expected_sha256=shown)
    with pytest.raises(RecordChanged):
        waive(scene, check, expected_sha256="0" * 64)


def test_a_waiver_whose_end_was_moved_in_the_database_no_longer_counts(scene: Scene) -> None:
    (made,) = waive(scene, scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET))
    scene.sign_both()
    assert scene.ask().outcome == "allow"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_waiver DISABLE TRIGGER USER")
        cursor.execute("UPDATE governance_waiver SET expires_at = expires_at + interval '9 years'")
    decision = scene.ask()
    assert decision.outcome == "deny"
    assert "it is not what the signer put their name to" in decision.reasons[0]["message"]
    assert made.pk
