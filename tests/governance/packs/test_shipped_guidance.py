"""Do the shipped packs on guidance, records and privacy hold every control of their source, and claim no more?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import governance
from governance.core import packs
from governance.core.policy import Control, MeasureRule, Pack, PlanRule, Severity, Verification, leaves

SHIPPED = Path(governance.__file__).parent / "packs"
SCHEMA = json.loads((SHIPPED / "schema.json").read_bytes())
# Who is bound by them: nobody. Whoever reads them in the product must see that.
VOLUNTARY = ("fda-gmlp", "tripod-ai", "nist-ai-rmf", "who-health-ai", "iso-14971")


def items(prefix: str, words: str) -> list[str]:
    return [f"{prefix}-{word}" for word in words.split()]


BLOCKING = {
    "fda-gmlp": items("gmlp", "3 4 5 8 9 10"),
    "fda-pccp": items("pccp", "dm1 dm2 mp1 mp2 mp3 mp4 mp5 ia1 out rec"),
    "us-21cfr11": items(
        "p11",
        "10a 10b 10c 10d 10e 10f 10g 10i 10j 50a 50b 70 100a 100b 200a1 200a2 200a3 300a 300c 300d",
    ),
    "us-1557": items("s1557", "a b c"),
    "us-hipaa": [
        *items("hip", "308a1 308a3 308a6 308a7 308b 312a 312b 312c 312d 312e 316 502b 506 508 512i 514a 514e 404"),
        "p2-31",
    ],
    "eu-gdpr": items("gdpr", "5.1 5.2 6 6.4 7.1 7.2 7.3 9 13 22 25 26-28 30 32 33 35 44"),
    "tripod-ai": items("tr", "4 5a 5b 8a 8b 8c 10 11 12e 14 16 17 20a 20b 20c 21 23a"),
    "nist-ai-rmf": [],
    "who-health-ai": [],
    "iso-14971": items("r14971", "4 5 6 7 8 9 10"),
}
ADVISORY = {
    "fda-gmlp": items("gmlp", "1 2 6 7"),
    "fda-pccp": [],
    "us-21cfr11": items("p11", "10h 10k 30 100c 200b 300b 300e"),
    "us-1557": items("s1557", "scope coord"),
    "us-hipaa": [*items("hip", "308a5 528"), "gina"],
    "eu-gdpr": items("gdpr", "8 9.4 15 36 37"),
    "tripod-ai": items(
        "tr",
        "1 2 3a 3b 3c 6a 6b 6c 7 9a 9b 9c 12a 12b 12c 12d 12f 12g 13 15 18a 18b 18c 18d 18e 18f 19 22 23b 24 25 26 "
        "27a 27b 27c",
    ),
    "nist-ai-rmf": items("rmf", "gv1 gv1.6 gv1.7 gv2 gv3.2 gv6 mp1 mp2.3 mp5.1 me1 me2 me2.4 me3 mg1 mg2.4 mg4"),
    "who-health-ai": items("who", "1 2 3 4 5 6"),
    "iso-14971": [],
}
READ = {
    "us-21cfr11": [*BLOCKING["us-21cfr11"], *ADVISORY["us-21cfr11"]],
    "us-1557": items("s1557", "a b"),
    "us-hipaa": items("hip", "312a 312b 312c 312d 312e"),
    "tripod-ai": [*BLOCKING["tripod-ai"], *ADVISORY["tripod-ai"]],
}
SECONDARY = {"us-1557": ["s1557-c"], "who-health-ai": ADVISORY["who-health-ai"]}
ALL = tuple(BLOCKING)


def shipped(name: str) -> Pack:
    return packs.parse((SHIPPED / f"{name}.yaml").read_bytes(), schema=SCHEMA)[0]


def chosen(pack: Pack, severity: Severity) -> list[str]:
    return sorted(each.id for each in pack.controls if each.severity is severity)


def control(name: str, key: str) -> Control:
    return next(each for each in shipped(name).controls if each.id == key)


@pytest.mark.parametrize("name", ALL)
def test_a_pack_holds_every_control_of_its_source_with_its_severity(name: str) -> None:
    pack = shipped(name)
    assert chosen(pack, Severity.BLOCKING) == sorted(BLOCKING[name])
    assert chosen(pack, Severity.ADVISORY) == sorted(ADVISORY[name])


@pytest.mark.parametrize("name", ALL)
def test_a_pack_says_how_far_each_citation_was_checked(name: str) -> None:
    for each in shipped(name).controls:
        wanted = Verification.UNVERIFIED
        if each.id in READ.get(name, ()):
            wanted = Verification.READ
        elif each.id in SECONDARY.get(name, ()):
            wanted = Verification.SECONDARY
        assert each.citation, each.id
        assert each.verification is wanted, each.id


@pytest.mark.parametrize("name", VOLUNTARY)
def test_guidance_and_standards_say_that_they_bind_nobody(name: str) -> None:
    _, document = packs.parse((SHIPPED / f"{name}.yaml").read_bytes(), schema=SCHEMA)
    assert str(document["binds"]).startswith("nobody by law; ")
    assert "oluntary" in str(document["note"])
    assert all("oluntary" in each.note for each in shipped(name).controls)


def test_section_1557_fixes_no_measure_and_no_bound() -> None:
    assert not [each for each in shipped("us-1557").leaves if isinstance(each, MeasureRule)]


def test_no_pack_claims_compliance_with_part_11() -> None:
    text = (SHIPPED / "us-21cfr11.yaml").read_text(encoding="utf-8").lower()
    assert "designed to support part 11" in text
    assert "part 11 compliant" not in text


def test_hipaa_does_not_ask_for_a_second_factor_which_is_only_proposed() -> None:
    assert "second_factor" not in (SHIPPED / "us-hipaa.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", ["gdpr-7.1", "gdpr-7.2", "gdpr-7.3", "gdpr-8"])
def test_consent_is_asked_for_only_where_the_processing_rests_on_it(key: str) -> None:
    ways = control("eu-gdpr", key).applies
    fields = [{each.field: each.any_of for each in way.when} for way in ways]
    assert ways
    assert all(
        found.get("lawful_basis") == ("consent",) or found.get("health_data_condition") == ("explicit_consent",)
        for found in fields
    )


def test_the_change_plan_is_asked_for_all_eight_of_its_parts() -> None:
    rules = [each for item in shipped("fda-pccp").controls for each in leaves(item.rule) if isinstance(each, PlanRule)]
    asked = {section for each in rules if each.plan == "change" for section in each.sections}
    assert asked == {
        "modifications",
        "bounds",
        "data_management",
        "retraining",
        "evaluation",
        "update_procedure",
        "traceability",
        "impact",
    }
