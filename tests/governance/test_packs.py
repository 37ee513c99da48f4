"""Is a policy file read strictly, and does a refusal say where it is wrong?"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audits.core.catalog import CATALOG
from audits.core.values import Verdict
from governance.core import policy
from governance.core.answers import ANSWERS
from governance.errors import PackRefused
from governance.models.ledger import LedgerEntry
from governance.models.pack import PolicyPack
from governance.services import packs
from tests.governance import scene as scenes

pytestmark = pytest.mark.django_db
BASELINE = packs.SHIPPED / "baseline.yaml"
HEAD = """\
id: local
title: Local
version: "2"
issuer: Us
jurisdiction: "no"
binds: all
status: in_force
effective_from: 2026-01-01
reviewed_on: 2026-01-01
source: ours
controls:
"""
CONTROL = """\
  - id: one
    requirement: Something that is long enough.
    severity: blocking
    evidence: {kind: plan}
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(PackRefused) as caught:
        packs.check(content=text.encode())
    stated = caught.value.facts["problems"]
    assert isinstance(stated, list)
    return [(problem["line"], problem["field"]) for problem in stated]


def test_the_baseline_is_sound_and_names_only_measures_that_exist() -> None:
    pack = packs.check(content=BASELINE.read_bytes())
    assert {control.id for control in pack.controls} >= {"plan-beforehand", "consent-coverage", "reviewed", "approved"}
    assert set(pack.measures) <= CATALOG.keys()
    assert pack.waiver_term("bias", "not_met") == policy.WaiverTerm(Verdict.NOT_MET, ("approver",), 90, True)


def test_every_rule_has_an_answer() -> None:
    assert set(ANSWERS) == set(policy.Rule.__args__)


def test_a_pack_is_loaded_once_per_content_and_the_newest_is_in_force() -> None:
    first, *others = packs.load_shipped()
    assert packs.load(content=BASELINE.read_bytes(), by=None) == first
    assert LedgerEntry.objects.filter(kind="policy.loaded").count() == 1 + len(others)
    second = packs.load(content=BASELINE.read_bytes().replace(b'"1.0"', b'"1.1"'), by=None)
    assert packs.in_force() == second


@pytest.mark.parametrize(
    "change",
    [(b"status: in_force", b"status: proposed"), (b"effective_from: 2026-01-01", b"effective_from: 2999-01-01")],
)
def test_what_is_proposed_or_not_yet_effective_is_not_in_force(change: tuple[bytes, bytes]) -> None:
    first = packs.load_shipped()[0]
    packs.load(content=BASELINE.read_bytes().replace(*change), by=None)
    assert packs.in_force() == first


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("severity: blocking", "severity: fatal"), (14, "/controls/0/severity")),
        (("    severity: blocking\n", ""), (12, "/controls/0/severity")),
        (("severity: blocking", "severity: blocking\n    colour: red"), (15, "/controls/0/colour")),
        (("{kind: plan}", "{kind: magic}"), (15, "/controls/0/evidence/kind")),
        (("{kind: plan}", "{kind: plan, extra: 1}"), (15, "/controls/0/evidence/extra")),
        (
            ("{kind: plan}", "{kind: measure, measure: auruc, minimum: 0.6, on: interval}"),
            (15, "/controls/0/evidence/measure"),
        ),
        (("{kind: plan}", "{kind: measure, measure: auroc, on: interval}"), (15, "/controls/0/evidence/minimum")),
        (
            ("{kind: plan}", "{kind: measure, measure: ppv, minimum: 0.1, on: interval}"),
            (15, "/controls/0/evidence/operating_point"),
        ),
        (
            ("{kind: plan}", "{kind: consent, purpose: x, minimum: 95, on: estimate}"),
            (15, "/controls/0/evidence/minimum"),
        ),
        (
            ("{kind: plan}", "{kind: signature, role: reviewer, meaning: approval, count: 1}"),
            (15, "/controls/0/evidence/meaning"),
        ),
        (
            (
                "{kind: plan}",
                "{kind: plan}\n    waivers:\n      - {verdict: not_met, roles: [approver], maximum_days: 9}",
            ),
            (17, "/controls/0/waivers/0/compensating_measure"),
        ),
        (("title: Local", "title: Local\ntitle: Other"), (3, "/title")),
        (("title: Local", "title: &t Local"), (2, "")),
        (("title: Local", "title: !!str Local"), (2, "")),
        (("title: Local", "title: [Local"), (3, "")),
        (("effective_from: 2026-01-01", "effective_from: 2026-13-01"), (8, "/effective_from")),
        (("effective_from: 2026-01-01", "effective_from: 2026-02-30"), (8, "/effective_from")),
        (("reviewed_on: 2026-01-01", "reviewed_on: 2026-1-1"), (9, "/reviewed_on")),
        (("source: ours", "effective_to: 2025-12-31\nsource: ours"), (10, "/effective_to")),
    ],
)
def test_a_refusal_names_line_and_field(change: tuple[str, str], where: tuple[int, str]) -> None:
    assert where in problems((HEAD + CONTROL).replace(*change))


TERM = "    waivers:\n      - {verdict: not_met, roles: [approver], maximum_days: 9, compensating_measure: true}\n"


@pytest.mark.parametrize(
    "rule",
    [
        "{kind: plan}",
        "{kind: ledger}",
        "{kind: state, none_of: [retired]}",
        "{kind: measure, measure: auroc, minimum: 0.6, on: interval}",
        "{kind: consent, purpose: x, minimum: 0.9, on: estimate}",
        "{kind: signature, role: reviewer, meaning: review, count: 1}",
        "{kind: any_of, rules: [{kind: document, document: dpia}, {kind: all_of, rules: [{kind: ledger}]}]}",
    ],
)
def test_numbers_consent_signatures_and_the_plan_beforehand_cannot_be_waived(rule: str) -> None:
    assert problems(HEAD + CONTROL.replace("{kind: plan}", rule) + TERM) == [(16, "/controls/0/waivers")]


def test_other_evidence_can_be_waived_on_the_pack_s_terms() -> None:
    content = HEAD + CONTROL.replace("{kind: plan}", "{kind: document, document: dpia}") + TERM
    (control,) = packs.check(content=content.encode()).controls
    assert control.waivers == (policy.WaiverTerm("not_met", ("approver",), 9, True),)


def test_two_controls_cannot_share_an_id() -> None:
    assert problems(HEAD + CONTROL + CONTROL) == [(16, "/controls/1/id")]


def test_all_problems_are_named_at_once() -> None:
    assert len(problems(HEAD + CONTROL.replace("blocking", "fatal").replace("plan", "magic"))) == 2


def test_a_bomb_a_giant_and_a_second_document_are_refused() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    for text in (bomb, "x" * (2**20 + 1), HEAD + CONTROL + "---\na: 1\n", "[" * 5000, "", "\x00"):
        assert problems(text)


def test_norway_is_text_and_so_is_a_date() -> None:
    row = packs.load(content=(HEAD + CONTROL).replace('"no"', "no").encode(), by=None)
    assert row.document["jurisdiction"] == "no"
    assert row.document["effective_from"] == "2026-01-01"


def test_the_command_checks_and_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("packs", "check")
    call_command("packs", "load")
    assert "is loaded, SHA-256" in capsys.readouterr().out
    bad = tmp_path / "bad.yaml"
    bad.write_text("id: x\n")
    with pytest.raises(CommandError, match="line 1"):
        call_command("packs", "check", str(bad))


def test_of_several_files_none_is_loaded_when_one_is_broken(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.yaml", tmp_path / "b.yaml"
    good.write_text(HEAD + CONTROL)
    bad.write_text("id: x\n")
    with pytest.raises(CommandError, match=r"b\.yaml: The policy pack is not accepted"):
        call_command("packs", "load", str(good), str(bad), str(tmp_path / "gone.yaml"))
    assert not PolicyPack.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_a_pack_without_a_blocking_control_lets_nothing_pass(settings: object) -> None:
    scene = scenes.complete()
    packs.load(content=(HEAD + CONTROL.replace("blocking", "advisory")).encode(), by=None)
    settings.GATE_POLICY_PACK = "local"  # type: ignore[attr-defined]
    assert [reason["code"] for reason in scene.ask().reasons] == ["no_blocking_control"]
