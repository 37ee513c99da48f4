"""Does asking less by adopting or dropping need a second compliance officer, their password and a reason?"""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from governance import ledger
from governance.errors import (
    AdoptionRefused,
    LooseningUnsigned,
    NothingToSign,
    ReasonTooShort,
    RecordChanged,
    RoleNotHeld,
    SelfLoosening,
)
from governance.models.assessment import AssessmentTouch
from governance.models.ledger import LedgerEntry
from governance.models.pack import PackAdoption, PolicyPack
from governance.models.signature import Signature
from governance.services import overlays, pack_adoption, pack_loosening, packs
from governance.services.pack_loosening import Signing
from registry.core.canonical import digest
from registry.errors import PasswordWrong
from registry.models.user import Role, User
from tests.conftest import PASSWORD
from tests.governance.test_pack_overlays import HEAD, REASON, TIGHTER

pytestmark = pytest.mark.django_db
Person = Callable[..., User]
BASELINE = (packs.SHIPPED / "baseline.yaml").read_bytes()
LESS = "discrimination-minimum: the minimum is 0.55 instead of 0.6."


@pytest.fixture
def carla(person: Person) -> User:
    """She adopted what is in use."""
    packs.load_shipped()
    carla = person("carla", Role.COMPLIANCE)
    pack_adoption.adopt(pack=PolicyPack.objects.get(slug="baseline"), by=carla, gating=True)
    return carla


@pytest.fixture
def cora(person: Person) -> User:
    return person("cora", Role.COMPLIANCE)


def looser() -> PolicyPack:
    content = BASELINE.replace(b'"1.0"', b'"1.1"').replace(b"minimum: 0.60", b"minimum: 0.55")
    return packs.load(content=content, by=None)


def signing(**changes: Any) -> Signing:
    return Signing(**{"reason": REASON, "password": PASSWORD, **changes})


def hipaa(by: User) -> PackAdoption:
    return pack_adoption.adopt(pack=PolicyPack.objects.get(slug="us-hipaa"), by=by, gating=True)


def last(kind: str) -> dict[str, Any]:
    body = ledger.body_of(LedgerEntry.objects.filter(kind=kind).order_by("-idx")[0])
    assert body is not None
    return body


def test_content_that_asks_less_is_not_adopted_without_a_signature(carla: User, cora: User) -> None:
    before = packs.in_force()
    for person in (carla, cora):
        with pytest.raises(LooseningUnsigned) as caught:
            pack_adoption.adopt(pack=looser(), by=person, gating=True)
        assert caught.value.facts["asks_less"] == [LESS]
        assert "other than Carla" in caught.value.message
    assert packs.in_force() == before


def test_another_compliance_officer_signs_and_it_is_on_record(carla: User, cora: User) -> None:
    pack = looser()
    record = pack_adoption.to_adopt(pack, gating=True).record
    given = signing(expected_sha256=digest(record))
    row = pack_adoption.adopt(pack=pack, by=cora, gating=True, signing=given)
    assert (packs.in_force(), row.adopted_by) == (pack, cora)
    signature = Signature.objects.get(record_type="pack_adoption", record_id=row.pk)
    assert (signature.meaning, signature.signer) == ("loosening", cora)
    assert signature.record == {**record, "terms": {"reason": REASON}}
    body = last("policy.adopted")
    assert (body["asks_less"], body["signature"]) == ([LESS], signature.record_sha256)


def test_whoever_adopted_what_is_in_use_cannot_sign_that_less_is_asked(carla: User, person: Person) -> None:
    pack = looser()
    with pytest.raises(SelfLoosening):
        pack_adoption.adopt(pack=pack, by=carla, gating=True, signing=signing())
    allowed, why_not = pack_loosening.can_sign(carla, pack_adoption.to_adopt(pack, gating=True))
    assert (allowed, "another compliance officer" in why_not) == (False, True)
    with pytest.raises(RoleNotHeld):
        pack_adoption.adopt(pack=pack, by=person("abe", Role.APPROVER), gating=True, signing=signing())
    assert not Signature.objects.exists()
    assert packs.in_force() != pack


def test_a_wrong_password_a_short_reason_and_another_record_are_refused(carla: User, cora: User) -> None:
    pack = looser()
    wrong: list[tuple[dict[str, str], type[Exception]]] = [
        ({"password": "guess"}, PasswordWrong),
        ({"reason": "So it is."}, ReasonTooShort),
        ({"expected_sha256": "0" * 64}, RecordChanged),
    ]
    for changes, refusal in wrong:
        with pytest.raises(refusal):
            pack_adoption.adopt(pack=pack, by=cora, gating=True, signing=signing(**changes))
    assert not Signature.objects.exists()
    assert packs.in_force() != pack


def test_the_base_cannot_take_the_place_of_its_stricter_overlay_in_silence(carla: User, cora: User) -> None:
    base = packs.in_force()
    overlays.load(content=(HEAD + TIGHTER).encode(), by=cora)
    stricter = packs.in_force()
    with pytest.raises(LooseningUnsigned) as caught:
        pack_adoption.adopt(pack=base, by=carla, gating=True)
    assert "our-notice: the control is removed." in caught.value.facts["asks_less"]  # type: ignore[operator]
    with pytest.raises(SelfLoosening):
        pack_adoption.adopt(pack=base, by=cora, gating=True, signing=signing())
    assert packs.in_force() == stricter
    pack_adoption.adopt(pack=base, by=carla, gating=True, signing=signing())
    assert packs.in_force() == base


def test_taking_a_pack_from_the_gate_needs_a_signature_and_giving_it_back_none(carla: User, cora: User) -> None:
    adoption = hipaa(carla)
    with pytest.raises(LooseningUnsigned, match="asks less"):
        pack_adoption.adopt(pack=adoption.pack, by=cora, gating=False)
    row = pack_adoption.adopt(pack=adoption.pack, by=cora, gating=False, signing=signing())
    assert row.gating is False
    assert last("policy.adopted")["asks_less"] == ["The gate asks the pack no longer; it is only assessed."]
    assert pack_adoption.adopt(pack=adoption.pack, by=cora, gating=True).gating is True


def test_dropping_a_pack_that_the_gate_asks_needs_a_signature(carla: User, cora: User) -> None:
    adoption = hipaa(carla)
    for person, given, refusal in (
        (cora, None, LooseningUnsigned),
        (carla, signing(), SelfLoosening),
        (cora, signing(password="guess"), PasswordWrong),
    ):
        with pytest.raises(refusal):
            pack_adoption.drop(adoption=adoption, by=person, signing=given)
    assert PackAdoption.objects.filter(slug="us-hipaa").exists()
    pack_adoption.drop(adoption=adoption, by=cora, signing=signing())
    signature = Signature.objects.get(record_type="pack_adoption", record_id=adoption.pk)
    assert last("policy.dropped")["signature"] == signature.record_sha256
    assert signature.record["instead"] is None
    with pytest.raises(AdoptionRefused, match="already"):
        pack_adoption.drop(adoption=adoption, by=cora, signing=signing())


def test_the_same_step_can_be_signed_again_after_it_was_taken_back(carla: User, cora: User) -> None:
    pack = hipaa(carla).pack
    for _ in range(2):
        pack_adoption.adopt(pack=pack, by=cora, gating=False, signing=signing())
        pack_adoption.adopt(pack=pack, by=carla, gating=True)
    assert Signature.objects.filter(meaning="loosening").count() == 2


def test_dropping_tells_the_assessments_that_the_packs_have_changed(carla: User) -> None:
    adoption = pack_adoption.adopt(pack=PolicyPack.objects.get(slug="us-hipaa"), by=carla, gating=False)
    AssessmentTouch.objects.all().delete()
    pack_adoption.drop(adoption=adoption, by=carla)
    assert AssessmentTouch.objects.filter(sections=[], model=None, version=None).count() == 1


def test_what_asks_nothing_less_has_nothing_to_sign(carla: User, cora: User) -> None:
    move = pack_adoption.to_adopt(PolicyPack.objects.get(slug="us-1557"), gating=True)
    assert move.asks_less == ()
    with pytest.raises(NothingToSign):
        pack_loosening.check_can_sign(cora, move)
    with pytest.raises(NothingToSign):
        dict(move.record)


def test_the_command_refuses_what_asks_less_and_shows_the_way_forward(carla: User, cora: User) -> None:
    pack = looser()
    with pytest.raises(CommandError) as caught:
        call_command("packs", "adopt", pack.digest, by="cora", gating=True, stdout=StringIO())
    told = str(caught.value)
    assert "A compliance officer other than Carla signs for it" in told
    assert f"/packs/{pack.pk}/adopt/" in told
    assert LESS in told
    assert packs.in_force() != pack


def test_over_the_api_the_record_is_shown_and_signed(carla: User, cora: User, api: Callable[[User], APIClient]) -> None:
    pack, client = looser(), api(cora)
    url = f"/api/v1/packs/{pack.pk}/adoption"
    refused = client.post(url, {"gating": True}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "loosening_unsigned")
    assert refused.json()["asks_less"] == [LESS]
    shown = client.get(f"{url}/record-to-sign", {"gating": "true"}).json()
    assert shown["may"] == [{"role": "compliance", "allowed": True, "reason": ""}]
    body = {"gating": True, "reason": REASON, "password": PASSWORD, "expected_sha256": shown["record_sha256"]}
    assert client.post(url, body, format="json").status_code == 201
    assert packs.in_force() == pack


def test_over_the_api_a_gating_pack_is_dropped_with_a_signature_only(
    carla: User, cora: User, api: Callable[[User], APIClient]
) -> None:
    url, client = f"/api/v1/packs/{hipaa(carla).pack.pk}/adoption", api(cora)
    assert client.delete(url).json()["code"] == "loosening_unsigned"
    shown = client.get(f"{url}/record-to-sign", {"drop": "true"}).json()
    assert shown["record"]["asks_less"] == ["The pack is used no longer: none of its 22 controls is asked."]
    body = {"reason": REASON, "password": PASSWORD, "expected_sha256": shown["record_sha256"]}
    assert client.post(f"{url}/drop", body, format="json").status_code == 204
    assert client.get(f"{url}/record-to-sign", {"drop": "true"}).status_code == 404
    nothing = client.get(f"{url}/record-to-sign", {"gating": "true"}).json()
    assert (nothing["record"], nothing["may"]) == ({}, [])
