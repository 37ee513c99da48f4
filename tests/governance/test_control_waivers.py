"""Who may answer for a control that does not hold, and when does a waiver stop counting?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from governance import recording
from governance.core.assessment import assess
from governance.core.documents import DOCUMENTS
from governance.core.logs import LOGS
from governance.core.statements import Status
from governance.errors import (
    ControlNotWaivable,
    ReasonMissing,
    ReasonTooShort,
    RecordChanged,
    RoleNotHeld,
    SelfWaiver,
    UnknownControl,
    WaiverExpiryRefused,
)
from governance.ledger import Fact
from governance.models.assessment import Place
from governance.models.control_waiver import ControlWaiver
from governance.models.ledger import LedgerEntry
from governance.models.pack import PolicyPack
from governance.services import (
    assessing,
    assessment_work,
    control_waiver_standing,
    control_waivers,
    evidence,
    pack_adoption,
    packs,
)
from registry.core.canonical import digest
from registry.errors import PasswordWrong
from registry.models.user import Role, RoleGrant, User
from tests.conftest import PASSWORD
from tests.governance.scene import Scene, account, ready

pytestmark = pytest.mark.django_db
REASON = "The sheet is being translated and will be there next month."
MEASURE = "The ward's pharmacist reads every warning until then."
PACK = """
id: our-rules
title: Our rules
version: "1.0"
issuer: The hospital
jurisdiction: EU
binds: everybody
status: in_force
effective_from: 2026-01-01
reviewed_on: 2026-01-01
source: The board
controls:
  - id: sheet
    citation: Rule 1
    requirement: A sheet describes the data on which the model was made and judged.
    severity: blocking
    verification: read
    evidence: {kind: document, document: dataset_sheet}
    waivers: [{verdict: not_met, roles: [approver], maximum_days: 30, compensating_measure: true}]
  - id: log
    citation: Rule 2
    requirement: Somebody keeps a log of how the model is used on the wards.
    severity: advisory
    verification: read
    evidence: {kind: log, log: usage}
"""


def adopted() -> PolicyPack:
    text = PACK.replace("dataset_sheet", next(iter(DOCUMENTS))).replace("log: usage", f"log: {next(iter(LOGS))}")
    pack = packs.load(content=text.encode(), by=None)
    pack_adoption.adopt(pack=pack, by=account("cora_compliance", Role.COMPLIANCE), gating=False)
    return pack


@pytest.fixture
def scene() -> Scene:
    scene = ready()
    adopted()
    assessing.assess(version=scene.version, environment="production", by=scene.rita)
    return scene


def waive(scene: Scene, **changes: Any) -> ControlWaiver:
    values: dict[str, Any] = {
        "version": scene.version,
        "environment": "production",
        "pack": "our-rules",
        "control": "sheet",
        "by": scene.abe,
        "reason": REASON,
        "compensating_measure": MEASURE,
        "expires_at": timezone.now() + timedelta(days=20),
        "password": PASSWORD,
        **changes,
    }
    return control_waivers.waive(**values)


def status(scene: Scene, environment: str = "production") -> Status:
    """As the assessment has it once the workers have looked."""
    assessment_work.work_off(seconds=60)
    rows = (
        Place.objects.get(version=scene.version, environment=environment, site="")
        .assessments.get(slug="our-rules")
        .results
    )
    return Status(next(row["status"] for row in rows if row["id"] == "sheet"))


def test_a_signed_waiver_covers_the_control_at_its_place_only(scene: Scene) -> None:
    assert status(scene) is Status.NOT_MET
    waiver = waive(scene)
    assert status(scene) is Status.WAIVED
    assert status(scene, "staging") is Status.NOT_MET
    entry = LedgerEntry.objects.get(kind="control.waived")
    assert (entry.object_id, entry.actor_id) == (str(waiver.pk), scene.abe.pk)


def test_the_signature_is_over_the_result_that_the_signer_saw(scene: Scene) -> None:
    found = control_waivers.look(
        version=scene.version, environment="production", site="", pack="our-rules", control="sheet"
    )
    waiver = waive(scene, expected_sha256=digest(found.record))
    record = waiver.signature.record
    assert record["pack"]["digest"] == waiver.pack.digest
    assert record["result"]["status"] == "not_met"
    assert record["result"]["missing"]
    assert digest(record) == waiver.signature.record_sha256


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"control": "log"}, ControlNotWaivable),
        ({"control": "nothing"}, UnknownControl),
        ({"pack": "nothing"}, UnknownControl),
        ({"reason": "Short."}, ReasonTooShort),
        ({"compensating_measure": " "}, ReasonMissing),
        ({"password": "wrong"}, PasswordWrong),
        ({"expected_sha256": "0" * 64}, RecordChanged),
        ({"expires_at": timezone.now() + timedelta(days=31)}, WaiverExpiryRefused),
        ({"expires_at": timezone.now() - timedelta(days=1)}, WaiverExpiryRefused),
    ],
)
def test_what_the_pack_does_not_allow_is_refused(
    scene: Scene, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        waive(scene, **changes)
    assert not ControlWaiver.objects.exists()


def test_a_reviewer_does_not_waive_what_the_pack_entrusts_to_approvers(scene: Scene) -> None:
    with pytest.raises(RoleNotHeld):
        waive(scene, by=scene.rita)


def test_who_made_the_version_never_waives_its_controls(scene: Scene) -> None:
    RoleGrant.objects.create(user=scene.dora, role=Role.APPROVER)
    with pytest.raises(SelfWaiver):
        waive(scene, by=User.objects.get(pk=scene.dora.pk))


def test_a_control_that_holds_is_not_waived(scene: Scene) -> None:
    with pytest.raises(ControlNotWaivable):
        waive(scene, pack="baseline", control="use-documented")


def test_a_waiver_lapses_by_itself(scene: Scene) -> None:
    waiver = waive(scene)
    assert status(scene) is Status.WAIVED
    place = Place.objects.get(version=scene.version, environment="production", site="")
    assert place.next_change_on is not None
    assert place.next_change_on <= waiver.expires_at.date()
    found = control_waivers.look(
        version=scene.version, environment="production", site="", pack="our-rules", control="sheet"
    )
    assert found.result.status is Status.NOT_MET


def why_not(scene: Scene, pack: PolicyPack) -> str:
    (found,) = control_waiver_standing.standing(scene.version, environment="production", digests=[pack.digest])
    return found.why_not


def test_a_waiver_under_other_content_of_the_pack_does_not_count(scene: Scene) -> None:
    waive(scene)
    pack = PolicyPack.objects.get(slug="our-rules")
    assert why_not(scene, pack) == ""
    assert why_not(scene, PolicyPack(digest="0" * 64)) == control_waiver_standing.PACK_CHANGED


def test_something_that_opens_later_is_not_covered(scene: Scene) -> None:
    waiver = waive(scene)
    (found,) = control_waiver_standing.standing(scene.version, environment="production", digests=[waiver.pack.digest])
    assert found.missing == (f"document:{next(iter(DOCUMENTS))}",)
    pack = packs.rules_of(waiver.pack)
    known = evidence.gather(version=scene.version, environment="production", packs=[pack], now=timezone.now())
    assert assess(pack, known)[0].status is Status.WAIVED
    (covered,) = known.waived
    other = replace(known, waived=(replace(covered, missing=("document:another",)),))
    assert assess(pack, other)[0].status is Status.NOT_MET


def test_a_waiver_cannot_be_edited_in_the_database(scene: Scene) -> None:
    waiver = waive(scene)
    with pytest.raises(DatabaseError), transaction.atomic():
        ControlWaiver.objects.filter(pk=waiver.pk).update(reason="Something else entirely.")


def test_somebody_who_contributed_afterwards_has_their_waiver_not_counted(scene: Scene) -> None:
    waive(scene)
    pack = PolicyPack.objects.get(slug="our-rules")
    recording.record(Fact("table.uploaded", "table", str(scene.table.pk), {}, scene.abe, scene.version.pk))
    assert why_not(scene, pack) == control_waiver_standing.CONTRIBUTED


def test_a_control_of_an_earlier_content_is_not_waived_while_a_newer_one_is_in_use(scene: Scene) -> None:
    text = PACK.replace("dataset_sheet", next(iter(DOCUMENTS))).replace("log: usage", f"log: {next(iter(LOGS))}")
    newer = packs.load(content=text.replace('version: "1.0"', 'version: "1.1"').encode(), by=None)
    cora = User.objects.get(username="cora_compliance")
    pack_adoption.adopt(pack=newer, by=cora, gating=False)
    with pytest.raises(ControlNotWaivable, match="assess again under the new content first"):
        waive(scene)
    assessing.reassess_under_newest(version=scene.version, environment="production", by=scene.rita)
    assert waive(scene).pack == newer
