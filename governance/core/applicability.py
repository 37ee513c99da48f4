"""Does a control concern this model, here and today? Yes, not yet, no, or: the card must say more first.

What a model is, is asked before the calendar. A question is put only where its answer decides whether the control binds
today: an open question about a duty that begins later does not hold anything up now, and the date is told as the
earliest one. "Not available" is no answer here, or a duty could be escaped by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from governance.core.facts import Stated
from governance.core.policy import Applies, Condition, Control, Pack, PackStatus
from registry.core.card import CARD

Profile = Mapping[str, Sequence[str] | None]


class Reach(StrEnum):
    APPLIES = "applies"
    NOT_YET = "not_yet_in_force"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Applicability:
    """reason: one sentence, "" where it applies. since: the first day, where it begins later and the day is fixed.
    questions: the fields of the card that must be answered, or that may still change what begins later."""

    reach: Reach
    reason: str = ""
    since: date | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """One alternative, looked at. against: why it is ruled out, "" when it is not. open: the unanswered questions."""

    against: str
    open: tuple[str, ...]
    since: date | None
    until: date | None


def profile_of(stated: Iterable[Stated]) -> Profile:
    """The answers of the card; None for a field that is not available."""
    return MappingProxyType({each.key: each.values or None for each in stated})


def of_control(pack: Pack, control: Control, *, profile: Profile, environment: str, on: date) -> Applicability:
    """Whether the control binds on this day. profile: card key -> answers; None or absent where there is none."""
    if pack.status is PackStatus.SUPERSEDED:
        return Applicability(Reach.NOT_APPLICABLE, "The policy pack was superseded by another one.")
    if pack.effective_to is not None and pack.effective_to < on:
        return Applicability(Reach.NOT_APPLICABLE, f"The policy pack ended on {pack.effective_to}.")
    ways = [_way(pack, each, profile, environment) for each in control.applies or (Applies(),)]
    return _verdict(ways, on, proposed=pack.status is PackStatus.PROPOSED)


def _verdict(ways: Sequence[_Way], on: date, *, proposed: bool) -> Applicability:
    possible = [each for each in ways if not each.against and (each.until is None or each.until >= on)]
    if not possible:
        return Applicability(Reach.NOT_APPLICABLE, _why_none(ways, on))
    if proposed:
        since = min((each.since for each in possible if each.since is not None), default=None)
        return Applicability(Reach.NOT_YET, "It is proposed, not law.", since, _questions(possible))
    current = [each for each in possible if each.since is None or each.since <= on]
    if any(not each.open for each in current):
        return Applicability(Reach.APPLIES)
    if current:
        questions = _questions(current)
        asked = " and ".join(_label(each) for each in questions)
        return Applicability(Reach.UNKNOWN, f"The model card must answer first: {asked}.", questions=questions)
    return _later(possible)


def _later(possible: Sequence[_Way]) -> Applicability:
    """Something begins some day; earlier than it surely does, perhaps, where a question is open."""
    since = min(each.since for each in possible if each.since is not None)
    certain = any(not each.open and each.since == since for each in possible)
    questions = () if certain else _questions(possible)
    reason = f"It begins on {since}."
    if questions:
        asked = " and ".join(_label(each) for each in questions)
        reason = f"It begins on {since} at the earliest; whether it does depends on what the card says about: {asked}."
    return Applicability(Reach.NOT_YET, reason, since, questions)


def _questions(ways: Iterable[_Way]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(field for each in ways for field in each.open))


def _why_none(ways: Sequence[_Way], on: date) -> str:
    over = [each.until for each in ways if not each.against and each.until is not None and each.until < on]
    if over:
        return f"It ended on {max(over)}."
    return " ".join(dict.fromkeys(each.against for each in ways))


def _way(pack: Pack, own: Applies, profile: Profile, environment: str) -> _Way:
    """An alternative of the control together with what holds for the whole pack."""
    against: list[str] = []
    open_: list[str] = []
    for part in (pack.applies, own):
        if part.environments and environment not in part.environments:
            against.append(f"It is asked in {' and '.join(part.environments)} only.")
        for condition in _conditions(part):
            answers = profile.get(condition.field)
            if not answers:
                open_.append(condition.field)
            elif not set(answers) & set(condition.any_of):
                against.append(_sentence(condition))
    starts = [each for each in (pack.effective_from, pack.applies.since, own.since) if each is not None]
    ends = [each for each in (pack.applies.until, own.until) if each is not None]
    return _Way(
        against=against[0] if against else "",
        open=tuple(dict.fromkeys(open_)),
        since=max(starts, default=None),
        until=min(ends, default=None),
    )


def _conditions(part: Applies) -> Iterator[Condition]:
    named = (
        ("jurisdictions", part.jurisdictions),
        ("our_roles", part.roles),
        ("risk_class", part.risk_classes),
        ("device_class", part.device_classes),
    )
    yield from (Condition(field, any_of) for field, any_of in named if any_of)
    yield from part.when


def _sentence(condition: Condition) -> str:
    words = CARD[condition.field].choices if condition.field in CARD else {}
    wanted = " or ".join(words.get(each, each) for each in condition.any_of)
    return f"It concerns models whose card says under {_label(condition.field)}: {wanted}."


def _label(field: str) -> str:
    return CARD[field].label if field in CARD else field.replace("_", " ")
