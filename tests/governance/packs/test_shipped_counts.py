"""Does each shipped law pack still hold every control that its source has, with its severity, dates and routes?"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

import governance
from governance.core import packs
from governance.core.policy import AttributeRule, Control, Pack, Severity, Verification, leaves

SHIPPED = Path(governance.__file__).parent / "packs"
SCHEMA = json.loads((SHIPPED / "schema.json").read_bytes())


def named(words: str) -> list[str]:
    return words.split()


ATTRIBUTES = named("""
    hti1-b1i hti1-b1ii hti1-b1iii hti1-b1iv hti1-b2i hti1-b2ii hti1-b2iii hti1-b2iv hti1-b3i hti1-b3ii
    hti1-b4i hti1-b4ii hti1-b4iii hti1-b4iv hti1-b5i hti1-b5ii hti1-b6i hti1-b6ii hti1-b6iii hti1-b6iv
    hti1-b7i hti1-b7ii hti1-b7iii hti1-b7iv hti1-b7v hti1-b8i hti1-b8ii hti1-b8iii hti1-b8iv hti1-b9i hti1-b9ii
""")
MAY_BE_MISSING = named("""
    hti1-b6i hti1-b6ii hti1-b6iii hti1-b6iv hti1-b7iii hti1-b7iv hti1-b7v hti1-b8ii hti1-b8iv hti1-b9i hti1-b9ii
""")
PRACTICES = named("""
    hti1-cur hti1-nav hti1-mod hti1-fbk hti1-ra hti1-rm hti1-gov hti1-pub hti1-mnt hti1-def
""")
IDS = {
    "us-hti1-dsi": [*ATTRIBUTES, *PRACTICES],
    "eu-ai-act-highrisk": named("""
        aia-4 aia-4a aia-9.1 aia-9.2 aia-9.5 aia-9.6 aia-9.9 aia-9.10 aia-10.2 aia-10.3 aia-10.4 aia-11 aia-12 aia-13
        aia-14 aia-15.1 aia-15.4 aia-15.5 aia-17 aia-18 aia-19 aia-25 aia-26.1 aia-26.2 aia-26.4 aia-26.5 aia-26.6
        aia-26.7 aia-26.8 aia-26.9 aia-26.11 aia-27 aia-43 aia-44 aia-47 aia-48 aia-49 aia-50 aia-72 aia-73
    """),
    "eu-mdr-software": named("""
        mdr-q mdr-a1.1 mdr-a1.3 mdr-a1.5 mdr-a1.8 mdr-a1.14.2d mdr-a1.17.1 mdr-a1.17.2 mdr-a1.17.4 mdr-a1.23.4 mdr-10
        mdr-15 mdr-27 mdr-61 mdr-62 mdr-83 mdr-84 mdr-85 mdr-86 mdr-87 mdr-88 mdr-5.5
    """),
}
ADVISORY = {
    "us-hti1-dsi": [*MAY_BE_MISSING, "hti1-fbk", "hti1-pub", "hti1-mnt", "hti1-def"],
    "eu-ai-act-highrisk": named("aia-4 aia-9.10 aia-17 aia-26.7 aia-26.9 aia-44 aia-50"),
    "eu-mdr-software": named("mdr-a1.14.2d mdr-15 mdr-85 mdr-88"),
}
SECONDARY = {
    "us-hti1-dsi": named("hti1-cur hti1-mod hti1-ra hti1-rm hti1-gov hti1-pub hti1-mnt"),
    "eu-ai-act-highrisk": named("aia-4 aia-10.3 aia-10.4 aia-11 aia-17 aia-50 aia-72"),
    "eu-mdr-software": named("""
        mdr-a1.14.2d mdr-a1.17.1 mdr-a1.17.2 mdr-a1.17.4 mdr-83 mdr-84 mdr-85 mdr-86
    """),
}
UNVERIFIED = {
    "us-hti1-dsi": ["hti1-nav", "hti1-fbk"],
    "eu-ai-act-highrisk": named("""
        aia-4a aia-9.1 aia-9.2 aia-9.5 aia-9.6 aia-10.2 aia-18 aia-19 aia-27 aia-43 aia-49 aia-73
    """),
    "eu-mdr-software": [each for each in IDS["eu-mdr-software"] if each not in SECONDARY["eu-mdr-software"]],
}
ROUTES = {"annex_iii": date(2027, 12, 2), "annex_i": date(2028, 8, 2)}
OWN_DATES = {"aia-4": date(2026, 7, 27), "aia-4a": date(2026, 7, 27), "aia-50": date(2026, 8, 2)}
ONLY_ANNEX_III = {"aia-26.8", "aia-26.11", "aia-27", "aia-49"}
ONLY_ANNEX_I = {"aia-9.10", "aia-43"}


def shipped(slug: str) -> Pack:
    pack, _ = packs.parse((SHIPPED / f"{slug}.yaml").read_bytes(), schema=SCHEMA)
    return pack


def controls(slug: str) -> dict[str, Control]:
    return {control.id: control for control in shipped(slug).controls}


def may_be_missing(control: Control) -> bool:
    return any(leaf.not_available for leaf in leaves(control.rule) if isinstance(leaf, AttributeRule))


def dates_by_route(control: Control) -> dict[str, set[date | None]]:
    found: dict[str, set[date | None]] = {}
    for alternative in control.applies:
        for condition in alternative.when:
            if condition.field == "ai_act_route":
                for route in condition.any_of:
                    found.setdefault(route, set()).add(alternative.since)
    return found


@pytest.mark.parametrize(("slug", "count"), [("us-hti1-dsi", 41), ("eu-ai-act-highrisk", 40), ("eu-mdr-software", 22)])
def test_no_control_is_lost_or_added(slug: str, count: int) -> None:
    assert [control.id for control in shipped(slug).controls] == IDS[slug]
    assert len(IDS[slug]) == count


@pytest.mark.parametrize("slug", IDS)
def test_severities_are_those_of_the_source(slug: str) -> None:
    advisory = [each.id for each in shipped(slug).controls if each.severity is Severity.ADVISORY]
    assert sorted(advisory) == sorted(ADVISORY[slug])


@pytest.mark.parametrize("slug", IDS)
def test_no_citation_claims_to_be_checked_further_than_it_was(slug: str) -> None:
    marks = {control.id: control.verification for control in shipped(slug).controls}
    assert {key for key, mark in marks.items() if mark is Verification.SECONDARY} == {*SECONDARY[slug]}
    assert {key for key, mark in marks.items() if mark is Verification.UNVERIFIED} == {*UNVERIFIED[slug]}
    assert all(control.citation for control in shipped(slug).controls)


def test_exactly_11_of_the_31_attributes_may_be_not_available() -> None:
    found = controls("us-hti1-dsi")
    assert len(ATTRIBUTES) == 31
    assert [key for key in ATTRIBUTES if may_be_missing(found[key])] == MAY_BE_MISSING
    assert len(MAY_BE_MISSING) == 11


def test_the_control_against_blanks_names_the_11_questions() -> None:
    found = controls("us-hti1-dsi")
    (rule,) = leaves(found["hti1-nav"].rule)
    assert isinstance(rule, AttributeRule)
    optional = [
        field
        for key in MAY_BE_MISSING
        for leaf in leaves(found[key].rule)
        if isinstance(leaf, AttributeRule) and leaf.not_available
        for field in leaf.fields
    ]
    assert sorted(rule.fields) == sorted(optional)
    assert len(optional) == 11


def test_feedback_is_asked_of_evidence_based_interventions_only() -> None:
    found = controls("us-hti1-dsi")
    asked = [key for key, control in found.items() if control.applies]
    assert asked == ["hti1-fbk"]
    (alternative,) = found["hti1-fbk"].applies
    assert [(each.field, each.any_of) for each in alternative.when] == [("evidence_based_dsi", ("yes",))]


def test_the_hti1_pack_says_in_force_and_names_the_proposed_repeal() -> None:
    text = (SHIPPED / "us-hti1-dsi.yaml").read_text()
    assert shipped("us-hti1-dsi").status == "in_force"
    assert "HTI-5" in text
    assert "not final" in text


def test_each_high_risk_control_has_the_date_of_its_route() -> None:
    for key, control in controls("eu-ai-act-highrisk").items():
        if key in OWN_DATES:
            assert {each.since for each in control.applies} == {OWN_DATES[key]}
            assert dates_by_route(control) == {}
            continue
        routes = set(ROUTES) - ({"annex_i"} if key in ONLY_ANNEX_III else set())
        routes -= {"annex_iii"} if key in ONLY_ANNEX_I else set()
        assert dates_by_route(control) == {route: {ROUTES[route]} for route in routes}, key


def test_duties_whose_own_date_has_come_say_that_one_prepares() -> None:
    found = controls("eu-ai-act-highrisk")
    early = named("aia-43 aia-44 aia-47 aia-48 aia-49 aia-72 aia-73")
    assert all("prepare" in found[key].note for key in early)


def test_the_deleted_paragraph_on_sensitive_data_is_cited_nowhere() -> None:
    assert not [each.id for each in shipped("eu-ai-act-highrisk").controls if "10(5)" in each.citation]


def test_rebranding_is_asked_of_deployers_and_the_rest_of_chapter_three_of_whom_it_binds() -> None:
    found = controls("eu-ai-act-highrisk")
    roles = {key: {role for each in control.applies for role in each.roles} for key, control in found.items()}
    both = {"aia-4", "aia-4a", "aia-49", "aia-50"}
    deployers = {key for key in found if key.startswith("aia-26.")} | {"aia-25", "aia-27"}
    assert {key for key, who in roles.items() if who == {"provider", "deployer"}} == both
    assert {key for key, who in roles.items() if who == {"deployer"}} == deployers


def test_reports_after_release_depend_on_the_device_class() -> None:
    found = controls("eu-mdr-software")
    classes = {
        key: {name for each in control.applies for name in each.device_classes} for key, control in found.items()
    }
    assert classes.pop("mdr-q") == set()
    assert classes.pop("mdr-85") == {"I"}
    assert classes.pop("mdr-86") == classes.pop("mdr-88") == {"IIa", "IIb", "III"}
    assert all(each == {"I", "IIa", "IIb", "III"} for each in classes.values())


def test_investigations_and_in_house_devices_are_asked_where_the_card_says_so() -> None:
    found = controls("eu-mdr-software")
    only = ("mdr-62", "mdr-5.5")
    asked = {key: {condition.field for each in found[key].applies for condition in each.when} for key in only}
    assert asked == {"mdr-62": {"clinical_investigation"}, "mdr-5.5": {"in_house_device"}}


def test_all_packs_are_sound_and_no_database_is_needed_to_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("packs", "check")
    assert capsys.readouterr().out.count(", sound") == len(list(SHIPPED.glob("*.yaml"))) == 14
