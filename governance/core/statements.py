"""How does a rule answer? In statements: one status and one sentence each, and the worst status speaks for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What a control can say. The first two close the gate when the control is blocking."""

    NOT_MET = "not_met"
    NOT_EVALUABLE = "not_evaluable"
    WAIVED = "waived"
    MET = "met"
    NOT_APPLICABLE = "not_applicable"


HOLDING = frozenset({Status.MET, Status.WAIVED, Status.NOT_APPLICABLE})
_WORST_FIRST = tuple(Status)


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that was found. evidence: references "type:id"; remedy: what a person can do, "" when nothing."""

    status: Status
    text: str
    evidence: tuple[str, ...] = ()
    remedy: str = ""


def worst(statements: Iterable[Statement]) -> Status:
    """The status of the whole. Nothing stated is "not evaluable": silence is no evidence."""
    found = {statement.status for statement in statements}
    return next((status for status in _WORST_FIRST if status in found), Status.NOT_EVALUABLE)
