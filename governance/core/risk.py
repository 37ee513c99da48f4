"""How large is a risk, and is what is left of it fit to be accepted? A matrix, and what an entry must say.

The shape is that of medical device risk management: a hazard, a sequence of events, a hazardous situation, a harm; how
probable and how severe that harm is before and after controls; and a judgement of what is left. No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from governance.core.hazards import CHARACTERISTICS, HAZARDS, OTHER


class Level(StrEnum):
    """Where a risk stands. The order is from best to worst."""

    ACCEPTABLE = "acceptable"
    AS_LOW_AS_POSSIBLE = "as_low_as_possible"
    NOT_ACCEPTABLE = "not_acceptable"


LEVELS: Mapping[Level, str] = MappingProxyType(
    {
        Level.ACCEPTABLE: "Acceptable",
        Level.AS_LOW_AS_POSSIBLE: "As low as possible",
        Level.NOT_ACCEPTABLE: "Not acceptable",
    }
)
MEANINGS: Mapping[Level, str] = MappingProxyType(
    {
        Level.ACCEPTABLE: "Nothing more need be done.",
        Level.AS_LOW_AS_POSSIBLE: "It may be accepted once a risk control is in place that lowers it as far as can be.",
        Level.NOT_ACCEPTABLE: "It may be accepted only where the benefit is shown to outweigh it, in writing.",
    }
)
PROBABILITY: Mapping[int, str] = MappingProxyType(
    {
        1: "Very rare: hardly thinkable while the model is in use",
        2: "Rare: perhaps once while the model is in use",
        3: "Occasional: a few times a year",
        4: "Frequent: about every month",
        5: "Very frequent: every week or more often",
    }
)
SEVERITY: Mapping[int, str] = MappingProxyType(
    {
        1: "Negligible: an inconvenience",
        2: "Minor: passing harm that needs no treatment",
        3: "Moderate: harm that needs treatment",
        4: "Serious: lasting harm, or a threat to life",
        5: "Death",
    }
)

_A, _L, _N = Level.ACCEPTABLE, Level.AS_LOW_AS_POSSIBLE, Level.NOT_ACCEPTABLE
# MATRIX[severity][probability - 1]. More probable or more severe is never better; death is never simply acceptable.
MATRIX: Mapping[int, tuple[Level, Level, Level, Level, Level]] = MappingProxyType(
    {
        1: (_A, _A, _A, _A, _L),
        2: (_A, _A, _L, _L, _N),
        3: (_A, _L, _L, _N, _N),
        4: (_L, _L, _N, _N, _N),
        5: (_L, _N, _N, _N, _N),
    }
)


class ControlKind(StrEnum):
    """How a control works. The order is the one in which controls are to be considered."""

    DESIGN = "design"
    PROTECTIVE = "protective"
    INFORMATION = "information"


CONTROL_KINDS: Mapping[ControlKind, str] = MappingProxyType(
    {
        ControlKind.DESIGN: "Safe by design",
        ControlKind.PROTECTIVE: "Protective measure",
        ControlKind.INFORMATION: "Information or training",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an entry cannot be kept, or a risk not be accepted. code: of the refusal."""

    code: str
    message: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What one revision of an entry says. The four numbers: 1 to 5, None until estimated or judged.

    reason: why the entry is as it is now; it may be left out of a first revision.
    """

    hazard: str
    title: str
    sequence: str
    situation: str
    harm: str
    characteristics: tuple[str, ...] = ()
    probability: int | None = None
    severity: int | None = None
    residual_probability: int | None = None
    residual_severity: int | None = None
    benefit_note: str = ""
    reason: str = ""

    @property
    def level(self) -> Level | None:
        """Before controls; None until it is estimated."""
        return level(self.probability, self.severity)

    @property
    def residual_level(self) -> Level | None:
        """What is left after controls; None until it is judged."""
        return level(self.residual_probability, self.residual_severity)


def level(probability: int | None, severity: int | None) -> Level | None:
    """The matrix's answer; None while either is missing. Raises: KeyError, IndexError (off the matrix)."""
    if probability is None or severity is None:
        return None
    if not 1 <= probability <= len(MATRIX[severity]):
        raise IndexError(f"a probability is 1 to {len(MATRIX[severity])}, not {probability}")
    return MATRIX[severity][probability - 1]


def against_keeping(said: Written) -> Problem | None:
    """Why the register does not take this revision; None when it does."""
    for name in ("title", "sequence", "situation", "harm"):
        if not getattr(said, name).strip():
            return Problem("risk_incomplete", f"An entry needs its {_NAMES[name]}.", name)
    if said.hazard not in HAZARDS and said.hazard != OTHER:
        return Problem("risk_unknown_word", f"{said.hazard!r} is no hazard of the vocabulary; write other.", "hazard")
    if unknown := sorted(set(said.characteristics) - set(CHARACTERISTICS)):
        return Problem("risk_unknown_word", f"{unknown[0]!r} is no characteristic.", "characteristics")
    return _against_numbers(said)


def _against_numbers(said: Written) -> Problem | None:
    initial = (said.probability, said.severity)
    residual = (said.residual_probability, said.residual_severity)
    for pair, field in ((initial, "probability"), (residual, "residual_probability")):
        if (pair[0] is None) != (pair[1] is None):
            return Problem("risk_estimate_refused", "Give both a probability and a severity, or neither.", field)
        if any(number is not None and not 1 <= number <= 5 for number in pair):
            return Problem("risk_estimate_refused", "Probability and severity are whole numbers from 1 to 5.", field)
    if residual[0] is not None and initial[0] is None:
        text = "Estimate the risk before risk controls first; then judge what is left."
        return Problem("risk_estimate_refused", text, "probability")
    if rises(said) and not said.reason.strip():
        text = "The risk after risk controls is larger than before them; say in the reason why."
        return Problem("reason_missing", text, "reason")
    return None


def rises(said: Written) -> bool:
    """Whether what is left is more probable or more severe than what there was."""
    return (said.residual_probability or 0) > (said.probability or 6) or (said.residual_severity or 0) > (
        said.severity or 6
    )


def against_accepting(said: Written, *, is_open: bool, in_place: int) -> Problem | None:
    """Why what is left cannot be put before a signer; None when it can. in_place: controls that are implemented."""
    if not is_open:
        return Problem("risk_not_ready", "The entry is closed; there is nothing left of it to accept.")
    if said.level is None:
        return Problem("risk_not_ready", "The risk is not estimated yet.")
    left = said.residual_level
    if left is None:
        return Problem("risk_not_ready", "What is left of the risk after risk controls is not judged yet.")
    if left is not Level.ACCEPTABLE and in_place == 0:
        text = f"{LEVELS[left]}: a risk control must be in place before this can be accepted."
        return Problem("risk_not_ready", text)
    if left is Level.NOT_ACCEPTABLE and not said.benefit_note.strip():
        return Problem(
            "risk_not_acceptable",
            "What is left is not acceptable by itself; the entry must say which benefit outweighs it.",
        )
    return None


def worst(levels: Iterable[Level | None]) -> Level | None:
    """The worst of several; None when one of them is not known, or there are none."""
    found = list(levels)
    order = list(Level)
    if not found or None in found:
        return None
    return max((each for each in found if each is not None), key=order.index)


_NAMES = {
    "title": "title",
    "sequence": "sequence of events",
    "situation": "hazardous situation",
    "harm": "harm",
}
