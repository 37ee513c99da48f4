"""How does a rule answer? In statements: one status and one sentence each, and the worst status speaks for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum


class Status(StrEnum):
    """What a control can say, the worst first. The first three close the gate when the control is blocking."""

    NOT_MET = "not_met"
    STALE = "stale"
    NOT_EVALUABLE = "not_evaluable"
    WAIVED = "waived"
    MET = "met"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    NOT_APPLICABLE = "not_applicable"


HOLDING = frozenset({Status.MET, Status.WAIVED, Status.NOT_APPLICABLE, Status.NOT_YET_IN_FORCE})
_WORST_FIRST = tuple(Status)
_MOST_WAYS = 64


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One thing that a person can bring about. key: "kind:name", the same wherever the same thing is missing."""

    key: str
    remedy: str

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]


Ways = tuple[tuple[Need, ...], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that was found. evidence: references "type:id"; remedy: what a person can do, "" when nothing.

    ends_at: the moment at which this answer can first change by itself, as documents, training, reviews and waivers run
    out; None for never. ways: alternatives, each of them everything that would have to be done; empty when it holds.
    """

    status: Status
    text: str
    evidence: tuple[str, ...] = ()
    remedy: str = ""
    ends_at: datetime | None = None
    ways: Ways = ()

    @property
    def holds(self) -> bool:
        return self.status in HOLDING

    @property
    def until(self) -> date | None:
        """The first day on which it stops holding by itself."""
        return None if self.ends_at is None else self.ends_at.astimezone(UTC).date()


def lacking(status: Status, text: str, key: str, remedy: str, evidence: tuple[str, ...] = ()) -> Statement:
    """What is missing, under the key by which the same lack is found again elsewhere."""
    return Statement(status, text, evidence, remedy, ways=((Need(key, remedy),),))


def worst(statements: Iterable[Statement]) -> Status:
    """The status of the whole. Nothing stated is "not evaluable": silence is no evidence."""
    return worst_of(statement.status for statement in statements)


def worst_of(statuses: Iterable[Status]) -> Status:
    found = set(statuses)
    return next((status for status in _WORST_FIRST if status in found), Status.NOT_EVALUABLE)


def ways_out(statements: Sequence[Statement]) -> Ways:
    """Everything that would have to be done, over all of them: one way through each that does not hold.

    Where there are more ways than anybody reads, the last of those that are kept is to do everything.
    """
    ways: list[frozenset[Need]] = [frozenset()]
    cut = False
    for statement in statements:
        if not statement.holds:
            ways = [way | set(more) for way in ways for more in statement.ways or (_by_itself(statement),)]
            ways = sorted(set(ways), key=lambda way: (len(way), sorted(way)))
            cut = cut or len(ways) > _MOST_WAYS
            ways = ways[:_MOST_WAYS]
    if cut and (everything := open_needs(statements)) not in ways:
        ways[-1] = everything
    return tuple(tuple(sorted(way)) for way in ways if way)


def open_needs(statements: Iterable[Statement]) -> frozenset[Need]:
    """All that is open, whichever way is taken."""
    return frozenset(
        need
        for statement in statements
        if not statement.holds
        for way in statement.ways or (_by_itself(statement),)
        for need in way
    )


def _by_itself(statement: Statement) -> tuple[Need, ...]:
    words = statement.remedy or statement.text
    return (Need(f"other:{words}", words),)


def first_end(statements: Iterable[Statement]) -> datetime | None:
    """When the first of them can change by itself."""
    return min((each.ends_at for each in statements if each.ends_at is not None), default=None)


def dawn(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime.combine(day, time(), UTC)
