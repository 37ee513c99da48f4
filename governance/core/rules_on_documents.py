"""What do the documents say to a policy? Of a kind the best one speaks: in effect, reviewed, complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from governance.core.documents import DOCUMENTS
from governance.core.facts import Document, Facts
from governance.core.policy import Control, DocumentRule
from governance.core.statements import Statement, Status, dawn, first_end, lacking

_BEST_FIRST = (Status.MET, Status.STALE, Status.NOT_MET)


def document(rule: DocumentRule, control: Control, facts: Facts) -> Iterator[Statement]:
    found = [_one(each, rule, facts) for each in facts.documents if each.kind == rule.document]
    if not found:
        label = label_of(rule.document)
        text = f"There is no document of the kind “{label}”."
        yield lacking(Status.NOT_MET, text, f"document:{rule.document}", f"Upload the document “{label}”.")
        return
    best = _BEST_FIRST[min(_BEST_FIRST.index(each.status) for each in found)]
    mine = [each for each in found if each.status is best]
    if best is Status.MET:
        # Of several that hold, the one that holds longest; one without an end holds for ever.
        yield max(mine, key=lambda each: (each.ends_at is None, each.ends_at))
    else:
        # Whichever changes first may be the one that helps.
        yield replace(mine[0], ends_at=first_end(found))


def _one(found: Document, rule: DocumentRule, facts: Facts) -> Statement:
    """What one document says, until it says something else by itself or a later revision speaks."""
    said = _now(found, rule, facts)
    if found.superseded_on is None:
        return said
    later = dawn(found.superseded_on)
    return replace(said, ends_at=min(said.ends_at or later, later))


def _now(found: Document, rule: DocumentRule, facts: Facts) -> Statement:
    named = f"“{found.title}” (revision {found.revision})"
    key, evidence = f"document:{rule.document}", (f"document:{found.id}",)
    ends_at = dawn(found.expires_on + timedelta(days=1)) if found.expires_on else None
    if ends_at is not None and ends_at <= facts.now:
        text = f"{named} expired on {found.expires_on}."
        return lacking(Status.STALE, text, f"{key}.expired", f"Upload a new revision of “{found.title}”.", evidence)
    if dawn(found.effective_from) > facts.now:
        text = f"{named} takes effect only on {found.effective_from}."
        remedy = f"Wait until {found.effective_from}, or upload a revision that is effective now."
        waiting = lacking(Status.NOT_MET, text, f"{key}.future", remedy, evidence)
        return replace(waiting, ends_at=dawn(found.effective_from))
    if found.returned:
        text = f"{named} was returned by somebody who reviewed it."
        remedy = f"Upload a revision of “{found.title}” that answers them."
        return lacking(Status.NOT_MET, text, f"{key}.returned", remedy, evidence)
    if missing := [name for name in rule.fields if name not in found.answered]:
        asked = "; ".join(question_of(rule.document, name) for name in missing)
        text = f"{named} does not say where it answers: {asked}."
        remedy = f"Upload a revision of “{found.title}” that answers: {asked}."
        return lacking(Status.NOT_MET, text, f"{key}.fields.{','.join(missing)}", remedy, evidence)
    if rule.reviewed_by and not set(rule.reviewed_by) & set(found.reviewers):
        roles = " or ".join(rule.reviewed_by)
        text = f"{named} was not reviewed and accepted by a {roles} who did not write it."
        remedy = f"Ask a {roles} who did not write it to review “{found.title}”."
        return lacking(Status.NOT_MET, text, f"review:{rule.document}", remedy, evidence)
    return _of_this_time(found, rule, facts, named, ends_at)


def _of_this_time(found: Document, rule: DocumentRule, facts: Facts, named: str, ends_at: datetime | None) -> Statement:
    """Whether one that is good by itself is also bounded in time, recent enough, and about this version."""
    key, evidence = f"document:{rule.document}", (f"document:{found.id}",)
    if rule.must_expire and found.expires_on is None:
        text = f"{named} does not say on which day it ends."
        remedy = f"Upload a revision of “{found.title}” with its last day."
        return lacking(Status.NOT_MET, text, f"{key}.endless", remedy, evidence)
    if rule.maximum_age_days is not None:
        too_old_at = dawn(found.effective_from + timedelta(days=rule.maximum_age_days + 1))
        if too_old_at <= facts.now:
            text = (
                f"{named} is effective since {found.effective_from}; "
                f"one of the last {rule.maximum_age_days} days is asked for."
            )
            remedy = f"Upload a new revision of “{found.title}”."
            return lacking(Status.STALE, text, f"{key}.old", remedy, evidence)
        ends_at = min(filter(None, (ends_at, too_old_at)))
    if rule.since_version and (against := _before_version(found, rule, facts)):
        text, remedy = f"{named} {against}", f"Revise “{found.title}” for this version, or have it reviewed again."
        return lacking(Status.NOT_MET, text, f"review:{rule.document}.since_version", remedy, evidence)
    until = f" until {found.expires_on}" if found.expires_on else ""
    text = f"{named} is effective since {found.effective_from}{until}."
    return Statement(Status.MET, text, evidence, ends_at=ends_at)


def _before_version(found: Document, rule: DocumentRule, facts: Facts) -> str:
    """Why nobody knows that the document is about this version; "" when it was written or reviewed since."""
    if facts.submitted_on is None:
        return "cannot be about this version yet, which was not submitted."
    asked = set(rule.reviewed_by)
    signed = [day for role, day in found.reviewed if not asked or role in asked]
    if max([found.effective_from, *signed]) >= facts.submitted_on:
        return ""
    return f"was neither written nor reviewed since this version was submitted on {facts.submitted_on}."


def label_of(kind: str) -> str:
    """How a person calls a kind of document."""
    return DOCUMENTS[kind].label if kind in DOCUMENTS else kind.replace("_", " ")


def question_of(kind: str, field: str) -> str:
    """How a person calls one entry of a kind's checklist."""
    known = DOCUMENTS[kind].fields if kind in DOCUMENTS else {}
    return known.get(field, field.replace("_", " "))
