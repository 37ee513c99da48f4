"""What does the card of the proven model say? An answer to every question, in each situation that packs tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from registry.core.card import CARD
from registry.core.card_field import Field, Kind

YES, NO = "yes", "no"
EVERYTHING: Final[dict[str, Any]] = {
    "decision_role": "informs",
    "output_type": "prediction",
    "jurisdictions": ["US", "EU", "UK", "CA"],
    "our_roles": list(CARD["our_roles"].choices),
    "risk_class": "high",
    "device_class": "IIa",
    "ai_act_route": "annex_i",
    "tool_kind": "learned",
    "report_covers": "both",
    "lawful_basis": ["consent", "legitimate_interests"],
    "health_data_condition": ["explicit_consent"],
    "health_data_purpose": ["research"],
    "identifiability": "limited",
}
LITTLE: Final[dict[str, Any]] = {
    "risk_class": "low",
    "device_class": "I",
    "ai_act_route": "annex_iii",
    "lawful_basis": ["public_task"],
    "health_data_condition": ["care"],
    "health_data_purpose": ["operations"],
    "identifiability": "removal",
    "automated_only": NO,
    "continual_learning": NO,
    "open_system": NO,
    "pccp_wanted": NO,
    "role_change": NO,
    "genetic_data": NO,
    "sud_records": NO,
    "research_use": NO,
}
OWN_USE: Final[dict[str, Any]] = {
    "our_roles": ["deployer", "data_controller"],
    "jurisdictions": ["EU"],
    "device_class": "IIb",
    "ai_act_route": "annex_iii",
}
MAKER: Final = ["provider", "certified_health_it_developer"]
LATER = datetime(2028, 9, 4, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Profile:
    """A situation. answers: what the card says there otherwise than in the fullest one. at: None for now. site: its
    slug, "" for all sites together.

    not_available: whether the eleven attributes that may be lacking are said to be so.
    """

    name: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    site: str = ""
    not_available: bool = False


PROFILES = (
    Profile("a class IIa device that asks for everything"),
    Profile("the same at one of its sites", site="north"),
    Profile("a class I device that asks for little", LITTLE, not_available=True),
    Profile("a device by Annex I, in its year", at=LATER),
    Profile("a use by Annex III, in its year", {**LITTLE, "open_system": YES}, at=LATER),
    Profile("a hospital that made it for itself", OWN_USE, at=LATER),
    Profile("a maker in the United States", {"our_roles": MAKER, "jurisdictions": ["US"], "device_class": "III"}),
)


def full_card() -> dict[str, Any]:
    """An answer to every question."""
    return {key: EVERYTHING.get(key) or _words(each) for key, each in CARD.items()}


def reasons() -> dict[str, str]:
    """Why each attribute that may be lacking is."""
    return {key: "Nobody has looked at this yet." for key, each in CARD.items() if each.not_available}


def _words(each: Field) -> object:
    match each.kind:
        case Kind.STATES:
            return dict.fromkeys(each.items, "not_used")
        case Kind.DATE:
            return "2026-01-15"
        case Kind.CHOICE:
            return YES
        case _:
            return f"{each.label}: as the file of the model tells in full."
