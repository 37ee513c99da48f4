"""Which controls does one piece of evidence satisfy? Read off the results of all packs together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from governance.core.assessment import ControlResult
from governance.core.policy import Severity, Verification
from governance.core.statements import Status


@dataclass(frozen=True, slots=True)
class ControlName:
    """A control among all packs, and as a person reads of it."""

    pack: str
    id: str
    citation: str
    requirement: str
    severity: Severity
    verification: Verification = Verification.READ

    @classmethod
    def of(cls, result: ControlResult) -> ControlName:
        return cls(result.pack, result.id, result.citation, result.requirement, result.severity, result.verification)


def satisfied_by(results: Iterable[ControlResult]) -> Mapping[str, tuple[ControlName, ...]]:
    """Reference of a piece of evidence ("audit:...", "document:...") -> the controls that it helps to meet.

    A control counts only while it is met, and only for the evidence of what was found in its favour: nothing satisfies
    a control that is open, waived or not asked.
    """
    found: dict[str, dict[ControlName, None]] = {}
    for result in results:
        if result.status is not Status.MET:
            continue
        for statement in result.statements:
            for reference in statement.evidence if statement.status is Status.MET else ():
                found.setdefault(reference, {})[ControlName.of(result)] = None
    return {reference: tuple(names) for reference, names in found.items()}


def rests_on(results: Iterable[ControlResult], reference: str) -> tuple[ControlName, ...]:
    """Every control that looked at this piece of evidence, whatever it said."""
    return tuple(dict.fromkeys(ControlName.of(result) for result in results if reference in result.evidence))
