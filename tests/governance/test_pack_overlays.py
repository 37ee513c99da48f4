"""Does what asks more hold at once, and does what asks less wait until somebody else signs for it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, transaction

from governance import ledger
from governance.core.overlay_settled import settled
from governance.core.pack_changes import changes
from governance.core.packs import parse
from governance.core.policy import DocumentRule, MeasureRule, Severity
from governance.errors import (
    NothingToSign,
    OverlayRefused,
    PackRefused,
    ReasonTooShort,
    RecordChanged,
    RoleNotHeld,
    SelfLoosening,
)
from governance.models.ledger import LedgerEntry
from governance.models.overlay import OverlayLoosening, PolicyOverlay
from governance.models.pack import PackAdoption, PolicyPack
from governance.services import overlay_signing, overlays, pack_adoption, packs
from registry.core.canonical import digest
from registry.errors import PasswordWrong
from registry.models.user import Role, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
Person = Callable[..., User]
REASON = "The committee decided so in March, see its minutes."
HEAD = """\
id: our-baseline
extends: baseline
version: "1"
title: Our baseline
"""
TIGHTER = """\
changes:
  - {control: discrimination-minimum, minimum: 0.7, reason: Our patients are harder to tell apart.}
add:
  - id: our-notice
    requirement: Patients are told that the model is used.
    severity: advisory
    evidence: {kind: document, document: patient_notice}
"""
LOOSER = """\
changes:
  - {control: discrimination-minimum, minimum: 0.5, reason: The outcome is rare in our wards.}
  - {control: drift-audit, severity: advisory, reason: Our training table was lost.}
  - {control: calibration-sane, minimum_n: 200, reason: A hundred patients are too few.}
"""


@pytest.fixture
def carla(person: Person) -> User:
    packs.load_shipped()
    return person("carla", Role.COMPLIANCE)


@pytest.fixture
def cora(person: Person) -> User:
    return person("cora", Role.COMPLIANCE)


def load(by: User, text: str, **more: Any) -> PolicyOverlay:
    return overlays.load(content=(HEAD + text).encode(), by=by, **more)


def sign(overlay: PolicyOverlay, by: User, **more: Any) -> OverlayLoosening:
    return overlay_signing.sign_loosening(overlay=overlay, by=by, **{"reason": REASON, "password": PASSWORD, **more})


def controls() -> dict[str, Any]:
    return {each.id: each for each in packs.rules_of(packs.in_force()).controls}


def minimum() -> float | None:
    rule = controls()["discrimination-minimum"].rule
    assert isinstance(rule, MeasureRule)
    return rule.minimum


def refused(by: User, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(OverlayRefused) as caught:
        overlays.load(content=text.encode(), by=by)
    assert not PolicyOverlay.objects.exists()
    found: Any = caught.value.facts["problems"]
    return [(each["line"], each["field"], each["message"]) for each in found]


def test_what_asks_more_takes_effect_when_it_is_loaded(carla: User) -> None:
    base = packs.in_force()
    overlay = load(carla, TIGHTER)
    found = packs.in_force()
    assert (found.slug, found.root, minimum()) == ("our-baseline", "baseline", 0.7)
    assert found.derived_from == {"id": "baseline", "pack": base.digest, "overlay": overlay.digest, "signature": ""}
    assert controls()["our-notice"].rule == DocumentRule("patient_notice")
    assert not overlays.standing(overlay).waits
    with pytest.raises(NothingToSign):
        sign(overlay, carla)


def test_an_effective_pack_is_whole_and_says_in_words_what_the_organisation_changed(carla: User) -> None:
    load(carla, TIGHTER)
    assert set(controls()) == {"our-notice", *(each.id for each in packs.rules_of(_base()).controls)}
    assert controls()["discrimination-minimum"].terms_changed == (
        "The minimum is 0.7 instead of 0.6. Reason: Our patients are harder to tell apart."
    )
    assert controls()["our-notice"].terms_changed == "The pack has no such control; the organisation asks for it."
    assert controls()["ledger-intact"].terms_changed == ""


def _base() -> PolicyPack:
    return PolicyPack.objects.get(slug="baseline")


def test_what_asks_less_waits_and_the_rest_of_the_overlay_does_not(carla: User) -> None:
    overlay = load(carla, LOOSER)
    assert minimum() == 0.6
    assert controls()["drift-audit"].severity is Severity.BLOCKING
    assert controls()["calibration-sane"].rule.minimum_n == 200
    found = overlays.standing(overlay)
    assert found.waits
    assert found.changes.loosening == (
        "drift-audit: it is advisory instead of blocking.",
        "discrimination-minimum: the minimum is 0.5 instead of 0.6.",
    )


def test_another_compliance_officer_signs_and_the_whole_overlay_takes_effect(carla: User, cora: User) -> None:
    overlay = load(carla, LOOSER)
    record = overlay_signing.record_to_sign(overlay)
    row = sign(overlay, cora, expected_sha256=digest(record))
    assert (minimum(), controls()["drift-audit"].severity) == (0.5, Severity.ADVISORY)
    assert row.pack == packs.in_force()
    assert row.signature.meaning == "loosening"
    assert row.signature.record["asks_less"] == record["asks_less"]
    assert packs.in_force().derived_from["signature"] == row.signature.record_sha256  # type: ignore[index]
    with pytest.raises(NothingToSign):
        sign(overlay, cora)


def test_only_another_compliance_officer_may_sign(carla: User, person: Person) -> None:
    overlay = load(carla, LOOSER)
    with pytest.raises(SelfLoosening):
        sign(overlay, carla)
    assert overlay_signing.can_sign(carla, overlay)[0] is False
    for role in set(Role) - {Role.COMPLIANCE}:
        with pytest.raises(RoleNotHeld):
            sign(overlay, person(f"p_{role.value}", role))
    assert minimum() == 0.6


def test_signing_needs_the_password_a_reason_and_the_record_that_was_shown(carla: User, cora: User) -> None:
    overlay = load(carla, LOOSER)
    with pytest.raises(PasswordWrong):
        sign(overlay, cora, password="guess")
    with pytest.raises(ReasonTooShort):
        sign(overlay, cora, reason="So it is.")
    with pytest.raises(RecordChanged):
        sign(overlay, cora, expected_sha256="0" * 64)
    assert not OverlayLoosening.objects.exists()
    assert minimum() == 0.6


def test_a_newer_overlay_cannot_drop_in_silence_what_an_earlier_one_asked(carla: User, cora: User) -> None:
    first = load(carla, TIGHTER)
    second = overlays.load(content=(HEAD.replace('"1"', '"2"') + LOOSER).encode(), by=carla)
    assert minimum() == 0.7
    assert "our-notice" in controls()
    loosening = overlays.standing(second).changes.loosening
    assert "our-notice: the control is removed." in loosening
    assert "discrimination-minimum: the minimum is 0.5 instead of 0.7." in loosening
    assert not overlays.standing(first).waits
    with pytest.raises(NothingToSign, match="took its place"):
        sign(first, cora)
    with pytest.raises(OverlayRefused, match="new version"):
        load(carla, TIGHTER)
    sign(second, cora)
    assert "our-notice" not in controls()
    assert minimum() == 0.5


def test_removing_a_control_waits_for_a_signature(carla: User, cora: User) -> None:
    overlay = load(carla, "changes:\n  - {control: drift-audit, remove: true, reason: It is not used here.}\n")
    assert "drift-audit" in controls()
    sign(overlay, cora)
    assert "drift-audit" not in controls()


def test_moving_to_newer_content_under_an_overlay_loosens_nothing_unsigned(carla: User, cora: User) -> None:
    load(carla, TIGHTER)
    text = (packs.SHIPPED / "baseline.yaml").read_bytes().replace(b'"1.0"', b'"1.1"').replace(b"0.95", b"0.90")
    newer = packs.load(content=text, by=None)
    adoption = PackAdoption.objects.get(slug="baseline")
    assert packs.newer_of(adoption) == newer
    moved = load(carla, TIGHTER, onto=newer)
    assert controls()["consent-coverage"].rule.minimum == 0.95
    sign(moved, cora)
    assert controls()["consent-coverage"].rule.minimum == 0.90
    assert minimum() == 0.7
    adoption.refresh_from_db()
    assert packs.newer_of(adoption) is None


def test_an_overlay_of_a_pack_that_is_not_in_use_changes_nothing_that_is(carla: User, cora: User) -> None:
    in_force = packs.in_force()
    text = "changes:\n  - {control: gmlp-1, severity: blocking, reason: We want it to count.}\n"
    overlay = overlays.load(content=(HEAD.replace("baseline", "fda-gmlp") + text).encode(), by=carla)
    assert packs.in_force() == in_force
    stored = PolicyPack.objects.get(slug="our-fda-gmlp")
    assert overlays.in_use(overlay.extends) == stored
    assert pack_adoption.adopt(pack=stored, by=cora, gating=True).slug == "fda-gmlp"


def test_the_same_overlay_again_changes_nothing(carla: User) -> None:
    first = load(carla, TIGHTER)
    entries = LedgerEntry.objects.count()
    assert load(carla, TIGHTER) == first
    assert LedgerEntry.objects.count() == entries


def test_the_ledger_tells_who_changed_and_who_loosened(carla: User, cora: User) -> None:
    sign(load(carla, LOOSER), cora)
    kinds = ["policy.overlaid", "policy.loosened"]
    overlaid, loosened = (LedgerEntry.objects.get(kind=kind) for kind in kinds)
    assert (overlaid.actor_id, loosened.actor_id) == (carla.pk, cora.pk)
    assert ledger.body_of(loosened)["asks_less"] == ledger.body_of(overlaid)["waits"]  # type: ignore[index]
    last = LedgerEntry.objects.filter(kind="policy.adopted").order_by("-idx")[0]
    assert len(ledger.body_of(last)["asks_less"]) == 2  # type: ignore[index]


@pytest.mark.parametrize("roles", [(), (Role.ADMINISTRATOR,), (Role.DEVELOPER, Role.APPROVER)])
def test_only_a_compliance_officer_loads_an_overlay(carla: User, person: Person, roles: tuple[Role, ...]) -> None:
    with pytest.raises(RoleNotHeld):
        load(person("other", *roles), TIGHTER)
    assert not PolicyOverlay.objects.exists()


CHANGE = "changes:\n  - {control: drift-audit, severity: advisory, reason: Because we say so.}\n"


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (HEAD, (1, "/changes"), "changes nothing"),
        (HEAD + CHANGE.replace("drift-audit", "drift-audits"), (6, "/changes/0/control"), "“drift-audit”"),
        (HEAD + CHANGE.replace("severity: advisory", "severity: fatal"), (6, "/changes/0/severity"), "not a known"),
        (HEAD + CHANGE.replace("severity: advisory", "minimum: 1"), (6, "/changes/0/minimum"), "no rule of this"),
        (HEAD + CHANGE.replace(", reason: Because we say so.", ""), (6, "/changes/0/reason"), "missing"),
        (HEAD + CHANGE.replace("advisory", "advisory, remove: true"), (6, "/changes/0/remove"), "removed"),
        (HEAD + CHANGE + CHANGE[9:], (7, "/changes/1/control"), "above already"),
        (HEAD.replace("baseline\nv", "baselines\nv") + CHANGE, (2, "/extends"), "no pack “baselines”"),
        (HEAD.replace("our-baseline", "us-hipaa") + CHANGE, (1, "/id"), "has the id"),
        (HEAD.replace("our-baseline", "baseline") + CHANGE, (1, "/id"), "has the id"),
        (
            HEAD + TIGHTER.replace("patient_notice", "patient_notise"),
            (11, "/add/0/evidence/document"),
            "“patient_notice”",
        ),
        (HEAD + TIGHTER.replace("id: our-notice", "id: drift-audit"), (8, "/add/0/id"), "already"),
        (
            HEAD + CHANGE.replace("drift-audit, severity: advisory", "calibration-sane, minimum: 3"),
            (6, "/changes/0/evidence/minimum"),
            "above the maximum",
        ),
    ],
)
def test_a_refusal_names_line_and_field_and_keeps_nothing(
    carla: User, text: str, where: tuple[int, str], said: str
) -> None:
    before = PolicyPack.objects.count()
    found = {(line, field): message for line, field, message in refused(carla, text)}
    assert said in found[where]
    assert PolicyPack.objects.count() == before


def test_a_bomb_and_a_second_document_are_refused(carla: User) -> None:
    for text in ("a: &a [x, x]\nb: [*a, *a]\n", HEAD + CHANGE + "---\na: 1\n", "", "[]"):
        assert refused(carla, text)


def test_a_pack_cannot_take_the_id_of_an_overlay(carla: User) -> None:
    load(carla, TIGHTER)
    text = (packs.SHIPPED / "baseline.yaml").read_bytes().replace(b"id: baseline\n", b"id: our-baseline\n")
    with pytest.raises(PackRefused, match="overlay has the id"):
        packs.load(content=text, by=None)


def test_overlays_are_append_only(carla: User) -> None:
    overlay = load(carla, TIGHTER)
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        PolicyOverlay.objects.filter(pk=overlay.pk).update(title="Another")


def test_what_is_settled_never_asks_less_than_what_is_in_use() -> None:
    """For any two contents of the shipped packs: the one in use, and the one that is wanted."""
    found = [_document(path.name) for path in packs.shipped()]
    for current in found:
        for wanted in found:
            assert not changes(current, settled(current, wanted)).removed
            assert not changes(current, settled(current, wanted)).loosens


def _document(name: str) -> dict[str, Any]:
    return parse((packs.SHIPPED / name).read_bytes(), schema=packs.schema())[1]
