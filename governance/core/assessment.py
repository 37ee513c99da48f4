"""Which controls hold? Every control of a pack, applied to the facts: a status, the reasons, the evidence, a remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from governance.core import applicability
from governance.core.answers import answer, sections_of, widened
from governance.core.applicability import Applicability, Profile, Reach
from governance.core.facts import ControlWaived, Facts, Section
from governance.core.policy import (
    Applies,
    AuditRule,
    Control,
    MeasureRule,
    Pack,
    Severity,
    Verification,
    WaiverTerm,
    leaves,
)
from governance.core.rules_on_card import label_of
from governance.core.statements import HOLDING, Need, Statement, Status, Ways, first_end, open_needs, ways_out, worst


@dataclass(frozen=True, slots=True)
class ControlResult:
    """What one control says.

    reason: the sentences behind the status, joined. evidence: references "type:id". remedy: what would help.
    statements: all that was found, in the order in which it was looked at. pack: its id. applies: False where nothing
    was asked, because the control does not bind here or not yet. until: the first day on which it stops holding by
    itself; again_on: the first on which the answer can change by itself. sections: the facts that it rests on.
    ways: alternatives, each of them everything that would have to be done; empty when it holds.
    """

    id: str
    requirement: str
    severity: Severity
    status: Status
    reason: str
    evidence: tuple[str, ...]
    remedy: str
    statements: tuple[Statement, ...]
    pack: str = ""
    citation: str = ""
    verification: Verification = Verification.READ
    note: str = ""
    terms_changed: str = ""
    applies: bool = True
    until: date | None = None
    again_on: date | None = None
    sections: frozenset[Section] = frozenset()
    ways: Ways = ()

    @property
    def holds(self) -> bool:
        """Whether this control lets the version pass."""
        return self.status in HOLDING


def assess(pack: Pack, facts: Facts) -> tuple[ControlResult, ...]:
    """Every control of the pack, in its order; also those that do not bind here, or not yet."""
    profile = applicability.profile_of(facts.stated)
    return tuple(_result(pack, control, facts, profile) for control in pack.controls)


def reassess(
    pack: Pack, facts: Facts, before: Iterable[ControlResult], sections: Set[Section]
) -> tuple[ControlResult, ...]:
    """What `assess` says, looking only at controls that rest on these sections of the facts, or whose day has come.

    before: of the same pack, version, environment and site.
    """
    moved = widened(sections)
    kept = {each.id: each for each in before if not each.sections & moved and not _is_due(each, facts)}
    profile = applicability.profile_of(facts.stated)
    return tuple(kept.get(control.id) or _result(pack, control, facts, profile) for control in pack.controls)


def waiver_term(control: Control, verdict: str) -> WaiverTerm | None:
    """On which term a person may waive the whole control with this verdict; None where nobody may.

    A measure is never waived. The terms of an audit are those of its findings: the audit itself must be there, so that
    only its age is waived as a whole.
    """
    asked = tuple(leaves(control.rule))
    if any(isinstance(each, MeasureRule) for each in asked):
        return None
    if any(isinstance(each, AuditRule) for each in asked) and verdict != Status.STALE:
        return None
    return control.term(verdict)


def asked_by(pack: Pack) -> frozenset[Section]:
    """Every section of the facts that a control of the pack may rest on, now or on a later day."""
    return frozenset().union(*(_sections(pack, control) for control in pack.controls))


def _is_due(result: ControlResult, facts: Facts) -> bool:
    return result.again_on is not None and result.again_on <= _today(facts)


def _result(pack: Pack, control: Control, facts: Facts, profile: Profile) -> ControlResult:
    today = _today(facts)
    reach = applicability.of_control(pack, control, profile=profile, environment=facts.environment, on=today)
    turn = _turns_on(pack, control, today)
    if reach.reach is Reach.NOT_APPLICABLE or reach.reach is Reach.NOT_YET:
        return _unasked(pack, control, reach, turn)
    if reach.reach is Reach.UNKNOWN:
        return _made(pack, control, facts, (_unknown(reach),), turn)
    return _made(pack, control, facts, answer(control.rule, control, facts), turn)


def _unasked(pack: Pack, control: Control, reach: Applicability, turn: date | None) -> ControlResult:
    later = reach.reach is Reach.NOT_YET
    return ControlResult(
        id=control.id,
        requirement=control.requirement,
        severity=control.severity,
        status=Status.NOT_YET_IN_FORCE if later else Status.NOT_APPLICABLE,
        reason=reach.reason,
        evidence=(),
        remedy="",
        statements=(),
        pack=pack.slug,
        citation=control.citation,
        verification=control.verification,
        note=control.note,
        terms_changed=control.terms_changed,
        applies=False,
        until=reach.since if later else None,
        again_on=turn,
        # Only the card can change that; what the rule reads is not looked at.
        sections=frozenset({Section.CARD}) if _by_card(pack, control) else frozenset(),
    )


def _unknown(reach: Applicability) -> Statement:
    """Each open question may settle it alone: one answer that rules the control out is enough."""
    needs = [Need(f"question:{field}", f"State “{label_of(field)}” on the model's card.") for field in reach.questions]
    remedy = " ".join(need.remedy for need in needs)
    return Statement(Status.NOT_EVALUABLE, reach.reason, remedy=remedy, ways=tuple((need,) for need in needs))


def _made(
    pack: Pack, control: Control, facts: Facts, statements: tuple[Statement, ...], turn: date | None
) -> ControlResult:
    status = worst(statements)
    waived = _waiver(pack, control, statements, facts)
    if waived is not None:
        status, statements = Status.WAIVED, (_waived(waived), *statements)
    # A control that fails is explained by what fails; one that holds, by everything that was found.
    telling = [each for each in statements if not each.holds] if status not in HOLDING else statements
    resting = [each for each in statements if each.holds] if waived is None else statements[:1]
    end, change = first_end(resting), first_end(statements)
    return ControlResult(
        id=control.id,
        requirement=control.requirement,
        severity=control.severity,
        status=status,
        reason=" ".join(each.text for each in telling) or "Nothing was found that could answer this.",
        evidence=tuple(dict.fromkeys(reference for each in statements for reference in each.evidence)),
        remedy=" ".join(dict.fromkeys(each.remedy for each in telling if each.remedy)),
        statements=statements,
        pack=pack.slug,
        citation=control.citation,
        verification=control.verification,
        note=control.note,
        terms_changed=control.terms_changed,
        until=_day(end) if status in HOLDING else None,
        again_on=min((day for day in (_day(change), turn) if day is not None), default=None),
        sections=_sections(pack, control),
        ways=() if status in HOLDING else ways_out(statements),
    )


def missing(statements: Sequence[Statement]) -> frozenset[str]:
    """The keys of all that is open, whichever way is taken."""
    return frozenset(need.key for need in open_needs(statements))


def _waiver(pack: Pack, control: Control, statements: Sequence[Statement], facts: Facts) -> ControlWaived | None:
    """The waiver of the whole control that counts now and lasts longest. It covers nothing that opened since."""
    status = worst(statements)
    if status in HOLDING or waiver_term(control, status) is None:
        return None
    now_open = missing(statements)
    live = [
        each
        for each in facts.waived
        if (each.pack, each.control, each.verdict) == (pack.slug, control.id, status)
        and not each.why_not
        and each.expires_at > facts.now
        and (each.missing is None or now_open <= set(each.missing))
    ]
    return max(live, key=lambda each: each.expires_at, default=None)


def _waived(waiver: ControlWaived) -> Statement:
    text = f"It is waived by {waiver.signer} until {waiver.expires_at:%Y-%m-%d %H:%M} UTC."
    return Statement(Status.WAIVED, text, (f"control_waiver:{waiver.id}",), ends_at=waiver.expires_at)


def _sections(pack: Pack, control: Control) -> frozenset[Section]:
    found = sections_of(control.rule)
    if _by_card(pack, control):
        found |= {Section.CARD}
    return found | {Section.WAIVERS} if control.waivers else found


def _by_card(pack: Pack, control: Control) -> bool:
    """Whether the card has a say in whether the control binds."""
    return any(_asks_the_card(each) for each in (pack.applies, *control.applies))


def _asks_the_card(part: Applies) -> bool:
    return bool(part.jurisdictions or part.roles or part.risk_classes or part.device_classes or part.when)


def _turns_on(pack: Pack, control: Control, today: date) -> date | None:
    """The next day on which the calendar may change whether the control binds."""
    parts = (pack.applies, *control.applies)
    starts = [pack.effective_from, *(each.since for each in parts)]
    ends = [pack.effective_to, *(each.until for each in parts)]
    days = [day for day in starts if day is not None]
    days += [day + timedelta(days=1) for day in ends if day is not None]
    return min((day for day in days if day > today), default=None)


def _day(end: datetime | None) -> date | None:
    return None if end is None else end.astimezone(UTC).date()


def _today(facts: Facts) -> date:
    return facts.now.astimezone(UTC).date()
