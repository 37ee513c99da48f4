"""When one piece of evidence is taken away, runs out or is changed, does exactly what rests on it fail?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest
from django.utils import timezone

from governance.core.risk import Written
from governance.core.statements import Status
from governance.models.document import Document, ReviewOutcome
from governance.models.risk import RiskEntry
from governance.services import (
    approvals,
    consents,
    document_review,
    documents,
    logs,
    plans,
    risk_register,
    risks,
    training,
)
from governance.services.risks import ControlGiven
from registry.models.dataset import Dataset
from registry.models.user import Role
from registry.services import card
from tests.conftest import PASSWORD
from tests.governance.packs import world as worlds
from tests.governance.packs import world_evidence as made
from tests.governance.packs.world import World, open_incident
from tests.governance.packs.world_profiles import PROFILES, full_card

Change = Callable[[World], object]


def revised(kind: str, *, ends: date | None = made.ENDS, but: tuple[str, ...] = ()) -> Change:
    """A further revision, which nobody has reviewed."""

    def change(world: World) -> object:
        document = Document.objects.get(kind=kind, model=world.model)
        return documents.revise(
            by=world.kim,
            document=document,
            incoming=made.incoming(kind, "revised"),
            said=made.said(kind, ends=ends, but=but),
        )

    return change


def sent_back(world: World) -> object:
    """One reviewer accepted it; another one returns it."""
    document = Document.objects.get(kind="data_governance", model=world.model)
    return document_review.review(
        revision=document.revisions.get(),
        by=world.rita,
        role=Role.REVIEWER,
        outcome=ReviewOutcome.RETURNED,
        reason="It says nothing about the use.",
        password=PASSWORD,
    )


def answered(**values: object) -> Change:
    return lambda world: card.state_many(model=world.model, by=world.dora, values=values)


def planned_without(section: str) -> Change:
    def change(world: World) -> object:
        document = {key: value for key, value in made.monitoring().items() if key != section}
        return plans.freeze(by=world.dora, model=world.model, kind="monitoring", document=document)

    return change


def untrained(world: World) -> object:
    """Two of ten people lose their record."""
    lost = "".join(f"{person},ai_literacy,1,{made.BEGAN},{made.ENDS},yes\n" for person in (0, 1))
    content = f"person,course,course_version,completed_on,valid_until,revoked\n{lost}".encode()
    return training.import_records(by=world.cora, site=world.site, content=content)


def unproven(world: World) -> object:
    """The control stays; the audit that showed its effect is named no more."""
    given = ControlGiven("design", "The score is not shown where it was not tested.", made.BEGAN)
    return risks.revise_control(entry=_risk(world), number=1, by=world.dora, given=given)


def uncontrolled(world: World) -> object:
    given = ControlGiven("design", "It did not work.", made.BEGAN)
    return risks.revise_control(entry=_risk(world), number=1, by=world.dora, given=given, withdrawn=True)


def rethought(world: World) -> object:
    """The entry says something else than what was signed."""
    said = replace(risk_register.current(_risk(world)).revision.written, probability=4, reason="It happened twice.")
    return risks.revise(entry=_risk(world), by=world.dora, said=said)


def closed(world: World) -> object:
    """The register has no open entry on the hazard any more."""
    said = replace(risk_register.current(_risk(world)).revision.written, reason="It cannot happen.")
    return risks.revise(entry=_risk(world), by=world.cora, said=said, state="closed")


def unestimated(world: World) -> object:
    said = Written("other", "A new worry", "s", "s", "h", characteristics=("privacy",))
    return risks.add(model=world.model, by=world.dora, said=said)


def _risk(world: World) -> RiskEntry:
    return RiskEntry.objects.get(model=world.model, suggested="leakage")


def kept(kind: str, *, days: int = 3650, ago: int = 0) -> Change:
    def change(world: World) -> object:
        day = timezone.now().date() - timedelta(days=ago)
        return logs.register(
            model=world.model, by=world.cora, kind=kind, kept_in="Here", retention_days=days, reviewed_on=day
        )

    return change


def withdrawn(world: World) -> object:
    return consents.withdraw(by=world.stella, pseudonym="t1-7", purpose="model-validation", reason="By letter.")


def another_table(world: World) -> object:
    """Patients whom nobody audited, and who were not asked."""
    return worlds.upload(world, Dataset.objects.get(name="Home"), 5)


def returned(world: World) -> object:
    return approvals.return_version(
        version=world.version, by=world.abe, role=Role.APPROVER, reason="Not like this.", password=PASSWORD
    )


def harmed(world: World) -> object:
    return open_incident(world, "serious", noticed_at=timezone.now() - timedelta(days=1))


YESTERDAY = timezone.now().date() - timedelta(days=1)
# What is done; what fails then, and how; and what of the same kind stands all the same.
PIECES: Final[Mapping[str, tuple[Change, dict[str, Status], tuple[str, ...]]]] = {
    "a document has expired": (
        revised("study_report", ends=YESTERDAY),
        {"tripod-ai:tr-1": Status.STALE, "tripod-ai:tr-4": Status.STALE},
        ("tripod-ai:tr-5b",),
    ),
    "a revision was not reviewed": (
        revised("data_governance"),
        {"us-hti1-dsi:hti1-gov": Status.NOT_MET},
        ("tripod-ai:tr-5b",),
    ),
    "somebody returned a document": (
        sent_back,
        {"us-hti1-dsi:hti1-gov": Status.NOT_MET},
        ("tripod-ai:tr-5b",),
    ),
    "a document leaves one question open": (
        revised("dataset_sheet", but=("accrual",)),
        {"tripod-ai:tr-5b": Status.NOT_MET},
        ("tripod-ai:tr-12a",),
    ),
    "the card gives an answer that is refused": (
        answered(health_data_purpose=["underwriting"]),
        {"us-hipaa:gina": Status.NOT_MET},
        ("us-hipaa:hip-506",),
    ),
    "a monitoring plan leaves one section open": (
        planned_without("drift"),
        {"eu-mdr-software:mdr-84": Status.NOT_MET, "eu-mdr-software:mdr-88": Status.NOT_MET},
        ("eu-mdr-software:mdr-83", "us-hti1-dsi:hti1-b8i"),
    ),
    "two of ten people are not trained any more": (
        untrained,
        {"eu-ai-act-highrisk:aia-4": Status.NOT_MET},
        ("us-hipaa:hip-308a5",),
    ),
    "no audit shows the effect of a control": (
        unproven,
        {"us-hti1-dsi:hti1-rm": Status.NOT_MET, "iso-14971:r14971-7": Status.NOT_MET},
        ("us-hti1-dsi:hti1-ra",),
    ),
    "a control was withdrawn": (uncontrolled, {"fda-gmlp:gmlp-4": Status.NOT_MET}, ("us-hti1-dsi:hti1-ra",)),
    "a risk was changed after it was accepted": (
        rethought,
        {"eu-mdr-software:mdr-a1.8": Status.NOT_MET, "nist-ai-rmf:rmf-mg1": Status.NOT_MET},
        ("us-hti1-dsi:hti1-rm", "fda-gmlp:gmlp-4"),
    ),
    "a hazard has no open entry": (
        closed,
        {"fda-gmlp:gmlp-4": Status.NOT_MET, "iso-14971:r14971-5": Status.NOT_MET},
        ("us-hti1-dsi:hti1-ra", "eu-mdr-software:mdr-a1.8"),
    ),
    "a new risk is not estimated": (
        unestimated,
        {"us-hti1-dsi:hti1-ra": Status.NOT_MET, "nist-ai-rmf:rmf-mp5.1": Status.NOT_MET},
        ("fda-gmlp:gmlp-4",),
    ),
    "an incident is open": (
        harmed,
        {"nist-ai-rmf:rmf-me3": Status.NOT_MET, "eu-mdr-software:mdr-87": Status.NOT_MET},
        ("eu-gdpr:gdpr-33", "us-hipaa:hip-404"),
    ),
    "a log is kept too briefly": (
        kept("export", days=365),
        {"us-hipaa:hip-528": Status.NOT_MET},
        ("us-hipaa:hip-312b",),
    ),
    "nobody looked at a log lately": (
        kept("access", ago=93),
        {"us-hipaa:hip-312b": Status.STALE, "us-hipaa:hip-308a1": Status.STALE},
        ("us-hipaa:hip-528",),
    ),
    "one patient withdrew": (
        withdrawn,
        {"eu-gdpr:gdpr-7.1": Status.NOT_MET},
        ("baseline:consent-coverage", "us-hipaa:p2-31"),
    ),
    "a table came that nobody audited": (
        another_table,
        {
            "baseline:validation-audit": Status.NOT_MET,
            "baseline:consent-coverage": Status.NOT_MET,
            "baseline:discrimination-minimum": Status.NOT_EVALUABLE,
            "us-hti1-dsi:hti1-b7i": Status.NOT_MET,
        },
        # Signatures stand until an audit of it has finished; what they do not cover is open meanwhile.
        ("fda-gmlp:gmlp-8", "baseline:plan-beforehand", "baseline:reviewed"),
    ),
    "the model is meant for something else than was signed": (
        answered(purpose="To decide who is admitted."),
        {
            "baseline:reviewed": Status.NOT_MET,
            "fda-gmlp:gmlp-1": Status.NOT_MET,
        },
        ("baseline:validation-audit", "us-hti1-dsi:hti1-b2i"),
    ),
    "the version was returned": (
        returned,
        {
            "baseline:version-usable": Status.NOT_MET,
            "baseline:approved": Status.NOT_MET,
            "fda-pccp:pccp-rec": Status.NOT_MET,
        },
        ("baseline:validation-audit",),
    ),
}


@pytest.mark.parametrize("piece", PIECES)
def test_only_what_rests_on_it_fails(world: World, piece: str) -> None:
    change, failing, standing = PIECES[piece]
    before = world.under(PROFILES[0])[1]
    assert {before[name].status for name in (*failing, *standing)} == {Status.MET}
    change(world)
    after = world.now()
    assert {name: after[name].status for name in failing} == failing
    assert {name: after[name].status for name in standing} == dict.fromkeys(standing, Status.MET)
    assert all(after[name].remedy for name in failing)


@pytest.mark.parametrize(
    ("days", "name", "status"),
    [
        (400, "us-1557:s1557-c", Status.STALE),
        (400, "eu-mdr-software:mdr-88", Status.STALE),
        (400, "us-hti1-dsi:hti1-mnt", Status.STALE),
        (400, "us-hipaa:hip-312b", Status.STALE),
        (400, "us-1557:s1557-a", Status.MET),
        (400, "us-hipaa:hip-528", Status.MET),
    ],
)
def test_time_alone_makes_old_what_must_be_new(world: World, days: int, name: str, status: Status) -> None:
    assert world.under(PROFILES[0])[1][name].status is Status.MET
    assert world.now(at=timezone.now() + timedelta(days=days))[name].status is status


def test_training_and_documents_run_out_on_their_last_day(world: World) -> None:
    end = timezone.now().replace(year=made.ENDS.year, month=made.ENDS.month, day=made.ENDS.day)
    names = ("eu-ai-act-highrisk:aia-4", "us-hipaa:hip-308a5", "tripod-ai:tr-1", "us-hti1-dsi:hti1-gov")
    assert {world.now(at=end)[name].status for name in names} == {Status.MET}
    assert {world.now(at=end + timedelta(days=1))[name].status for name in names} == {Status.STALE}


def test_one_unanswered_question_opens_what_asks_it_and_nothing_else(world: World) -> None:
    twin = worlds.draft(world.dora, world.team, Dataset.objects.get(name="Home"), "Twin")
    said = {key: value for key, value in full_card().items() if key != "funding"}
    card.state_many(model=twin.model, by=world.dora, values=said)
    found = world.now(twin)
    asking = {"us-hti1-dsi:hti1-b1ii", "tripod-ai:tr-18a", "us-hti1-dsi:hti1-cur"}
    assert {found[name].status for name in asking} == {Status.NOT_MET}
    assert {found[name].status for name in ("us-hti1-dsi:hti1-b1i", "tripod-ai:tr-18b")} == {Status.MET}


def test_a_later_version_starts_without_plan_audits_and_signatures(world: World) -> None:
    later = worlds.successor(world)
    asked_again = "fda-pccp:pccp-out"
    revised("submission_assessment", ends=YESTERDAY)(world)
    found = world.now(later)
    assert found[asked_again].status in {Status.NOT_MET, Status.STALE, Status.NOT_EVALUABLE}
    asked = {
        "nist-ai-rmf:rmf-mp2.3": Status.NOT_MET,
        "baseline:validation-audit": Status.NOT_EVALUABLE,
        "baseline:reviewed": Status.NOT_MET,
        "baseline:calibration-sane": Status.NOT_EVALUABLE,
        "tripod-ai:tr-1": Status.MET,
        "us-hti1-dsi:hti1-ra": Status.MET,
    }
    assert {name: found[name].status for name in asked} == asked


def test_a_model_whose_scores_tell_nothing_fails_by_what_was_measured(world: World) -> None:
    found = world.now(world.weak)
    minimum, audit = found["baseline:discrimination-minimum"], found["baseline:validation-audit"]
    assert (minimum.status, audit.status) == (Status.NOT_MET, Status.NOT_MET)
    assert any(each.startswith("audit:") for each in minimum.evidence)
    assert found["baseline:plan-beforehand"].status is Status.MET


def test_data_of_one_site_are_local_nowhere_else(world: World) -> None:
    name = "eu-ai-act-highrisk:aia-26.4"
    soon = timezone.now().replace(year=2028, month=9, day=4)
    world.audited_on(soon - timedelta(days=30))
    assert world.now(at=soon, site="north")[name].status is Status.MET
    assert world.now(at=soon, site="south")[name].status is Status.NOT_MET


def test_a_document_of_the_organisation_speaks_for_every_model(world: World) -> None:
    name = "us-21cfr11:p11-100c"
    card.state_many(model=world.bare.model, by=world.dora, values={"part11_records": "yes"})
    assert world.now(world.bare)[name].status is Status.NOT_MET
    documents.begin(
        by=world.kim,
        kind="non_repudiation_letter",
        title="Letter to the FDA",
        model=None,
        incoming=made.incoming("letter"),
        said=made.said("non_repudiation_letter"),
    )
    assert world.now(world.bare)[name].status is Status.MET
