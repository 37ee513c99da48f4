"""Which words may a pack use? Every vocabulary in one table, and what to say about a word that is in none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from audits.core.catalog import CATALOG
from governance.core.capabilities import CAPABILITIES
from governance.core.courses import COURSES
from governance.core.documents import DOCUMENTS
from governance.core.hazards import CHARACTERISTICS, HAZARDS
from governance.core.incidents import SEVERITIES
from governance.core.logs import LOGS
from governance.core.plans import PLANS
from registry.core.card import CARD

# What a version says of itself when it is registered; a pack may ask for it as for a field of the card.
OF_VERSION: Mapping[str, str] = MappingProxyType(
    {"outcome": "Outcome", "features": "Inputs", "operating_points": "Operating points"}
)
# What a rule names -> the words that it may choose from.
VOCABULARIES: Mapping[str, Collection[str]] = MappingProxyType(
    {
        "measure of the catalogue": CATALOG,
        "field of the model card": frozenset({*CARD, *OF_VERSION}),
        "kind of document": DOCUMENTS,
        "hazard": HAZARDS,
        "characteristic": CHARACTERISTICS,
        "severity of an incident": SEVERITIES,
        "course": COURSES,
        "log": LOGS,
        "capability": CAPABILITIES,
    }
)
# A key of `applies` -> the question of the card that it is about.
QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "jurisdictions": "jurisdictions",
        "roles": "our_roles",
        "risk_classes": "risk_class",
        "device_classes": "device_class",
    }
)
MOST_NEAR = 3


def unknown(word: str, known: Iterable[str], what: str) -> str:
    """The sentence for a word that is not among the known ones, with up to three that look like it."""
    near = get_close_matches(word, list(known), n=MOST_NEAR)
    meant = f"; did you mean {' or '.join(f'“{each}”' for each in near)}?" if near else ""
    return f"“{word}” is not a known {what}{meant}"


def dangling(words: Iterable[str], what: str) -> Iterator[str]:
    """A sentence for each word that its vocabulary does not hold."""
    known = VOCABULARIES[what]
    return (unknown(word, known, what) for word in words if word not in known)


def fields_of(document: str) -> Collection[str]:
    """The checklist of a kind of document."""
    return DOCUMENTS[document].fields


def sections_of(plan: str) -> Collection[str]:
    """The sections of a kind of plan; a validation plan has none that a pack could name."""
    return PLANS[plan].sections if plan in PLANS else ()


def answers_to(field: str) -> Collection[str]:
    """What can be answered under a field of the card: its choices, "item=state" each, or nothing that is fixed."""
    if field not in CARD:
        return ()
    asked = CARD[field]
    if asked.items:
        return [f"{item}={state}" for item in asked.items for state in asked.choices]
    return asked.choices
