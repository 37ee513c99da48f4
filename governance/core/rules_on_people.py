"""Who consented, who signed, who is trained? The rules about patients, reviewers and users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from audits.core.values import On
from governance.core.consent import Coverage
from governance.core.courses import COURSES
from governance.core.facts import Approval, Facts, TrainingCover
from governance.core.policy import ConsentRule, Control, SignatureRule, TrainingRule
from governance.core.statements import Statement, Status, dawn, lacking


def consent(rule: ConsentRule, control: Control, facts: Facts) -> Iterator[Statement]:
    if not facts.tables:
        text = "There is no evaluation table."
        yield lacking(Status.NOT_EVALUABLE, text, "table:evaluation", "Upload an evaluation table.")
    counted = {each.table: each for each in facts.coverages if each.purpose == rule.purpose}
    for table in facts.tables:
        yield _covered(rule, table.name, counted.get(table.id), (f"table:{table.id}",))


def _covered(rule: ConsentRule, table: str, found: Coverage | None, evidence: tuple[str, ...]) -> Statement:
    key = f"consent:{rule.purpose}@{evidence[0].partition(':')[2]}"
    if found is None:
        text = f"{table}: consent was not counted."
        return lacking(Status.NOT_EVALUABLE, text, key, "Ask the gate again.", evidence)
    if not found.consent_based and not rule.other_basis:
        text = f"{table} rests on another legal basis; here consent itself is asked for. {found.reason}"
        remedy = "Use data of patients who consented, and say so on the dataset."
        return lacking(Status.NOT_MET, text, key, remedy, evidence)
    if not found.consent_based:
        return Statement(Status.NOT_APPLICABLE, f"{table}: {found.reason}", evidence)
    if found.value is None or found.low is None or found.high is None:
        remedy = "Upload the table with a subject column."
        return lacking(Status.NOT_EVALUABLE, f"{table}: {found.reason}", key, remedy, evidence)
    share = f"{table}: {found.covered:,} of {found.eligible:,} patients ({found.value:.1%}) consented to {rule.purpose}"
    remedy = "Import the consents that are missing, or upload a table without the patients who gave none."
    low, high = (found.value, found.value) if rule.on is On.ESTIMATE else (found.low, found.high)
    if rule.on is On.INTERVAL:
        share += f", 95% interval {found.low:.1%} to {found.high:.1%}"
    if low >= rule.minimum:
        text = f"{share}; at least {rule.minimum:.0%} is asked for."
        return Statement(Status.MET, text, evidence, ends_at=found.lapses_at)
    if high < rule.minimum:
        text = f"{share}; at least {rule.minimum:.0%} is asked for."
        return lacking(Status.NOT_MET, text, key, remedy, evidence)
    text = f"{share}, which straddles {rule.minimum:.0%}: we cannot tell yet."
    return lacking(Status.NOT_EVALUABLE, text, key, remedy, evidence)


def signature(rule: SignatureRule, control: Control, facts: Facts) -> Iterator[Statement]:
    """Met when `count` persons signed and, with `other_than`, at least one more signed there: existence, no order.

    Read so, a further signature can only help and a missing one can only harm.
    """
    signed = [each for each in facts.approvals if each.role == rule.role and each.meaning == rule.meaning]
    counting = [each for each in signed if not why_not(each, facts)]
    persons = {each.signer for each in counting}
    others = {each.signer for each in facts.approvals if each.role == rule.other_than and not why_not(each, facts)}
    names = ", ".join(sorted({each.printed_name for each in counting}))
    evidence = tuple(f"approval:{each.id}" for each in counting)
    if len(persons) < rule.count:
        text = f"{len(persons)} of {rule.count} signatures as {rule.role} count{f': {names}' if names else ''}."
        text += "".join(
            f" The one of {each.printed_name} does not: {why_not(each, facts)}."
            for each in signed
            if why_not(each, facts)
        )
        remedy = f"Ask somebody with the role of {rule.role} who took no part in the work to sign."
        yield lacking(Status.NOT_MET, text, f"signature:{rule.role}", remedy, evidence)
    elif rule.other_than and (not others or len(persons | others) < rule.count + 1):
        text = f"{names} signed as {rule.role}, but no other person has signed as {rule.other_than} yet."
        remedy = f"Ask another person to sign as {rule.other_than}."
        yield lacking(Status.NOT_MET, text, f"signature:{rule.other_than}", remedy, evidence)
    else:
        yield Statement(Status.MET, f"Signed as {rule.role} by {names}.", evidence)


def why_not(approval: Approval, facts: Facts) -> str:
    """Why a signature does not count now; "" when it does."""
    if approval.why_not:
        return approval.why_not
    if facts.plan is None or approval.plan_digest != facts.plan.digest:
        return "it was given under another validation plan than the one in force"
    return ""


def training(rule: TrainingRule, control: Control, facts: Facts) -> Iterator[Statement]:
    found = [each for each in facts.training if each.course == rule.course and facts.site in ("", each.site)]
    label, key = course_label(rule.course), f"training:{rule.course}"
    if not found:
        key = f"{key}@{facts.site}" if facts.site else key
        where = f" at {facts.site}" if facts.site else ""
        text = f"Nobody is named who uses the model{where}, so training in “{label}” cannot be counted."
        yield lacking(Status.NOT_EVALUABLE, text, key, "Import the list of people who use the model at the site.")
    for each in found:
        said = _trained(rule, each, label, f"{key}@{each.site}")
        yield replace(said, ends_at=_changes_at(each))


def _trained(rule: TrainingRule, found: TrainingCover, label: str, key: str) -> Statement:
    evidence = (f"training:{found.course}@{found.site}",)
    if found.expected <= 0:
        text = f"There is no roster at site {found.site}, so training in “{label}” cannot be counted."
        remedy = f"Import the list of people who use the model at {found.site}."
        return lacking(Status.NOT_EVALUABLE, text, key, remedy, evidence)
    share = found.current / found.expected
    text = (
        f"{found.site}: {found.current:,} of {found.expected:,} people ({share:.0%}) have valid training in “{label}”"
    )
    asked = f"; at least {rule.coverage:.0%} is asked for."
    # A tolerance: 0.9 of 10 people is 9, whatever binary fractions make of it.
    if share >= rule.coverage - 1e-9:
        return Statement(Status.MET, text + asked, evidence)
    remedy = f"Have more people at {found.site} trained in “{label}”, and import their records."
    if found.lapsed and (found.current + found.lapsed) / found.expected >= rule.coverage - 1e-9:
        remedy = f"Have the training in “{label}” of {found.lapsed:,} people at {found.site} renewed."
        return lacking(
            Status.STALE, f"{text}, and the training of {found.lapsed:,} has run out{asked}", key, remedy, evidence
        )
    return lacking(Status.NOT_MET, text + asked, key, remedy, evidence)


def _changes_at(found: TrainingCover) -> datetime | None:
    """When a record runs out, or somebody is no longer expected: either may change the share."""
    days = [found.lapses_on + timedelta(days=1)] if found.lapses_on else []
    days += [found.changes_on] if found.changes_on else []
    return dawn(min(days)) if days else None


def course_label(course: str) -> str:
    """How a person calls a course."""
    return COURSES[course].label if course in COURSES else course.replace("_", " ")
