"""How grave is an incident, and how soon must it be reported to whom? Severities in rising order, and the clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Severity:
    """label: the word. meaning: one plain sentence, by which somebody can choose it."""

    key: str
    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A reporting deadline that somebody may have to keep.

    label: what is reported, and to whom. within: counted from the moment at which somebody here knew. severities: the
    incidents that start it. citation: where the period comes from. jurisdictions: in which it can run; a person decides
    whether it runs.
    """

    key: str
    label: str
    meaning: str
    within: timedelta
    severities: tuple[str, ...]
    citation: str
    jurisdictions: tuple[str, ...]


# In rising order: `rank` counts on it.
_SEVERITIES = (
    Severity("observation", "Observation", "Something looked wrong; no patient and no decision was touched."),
    Severity("near_miss", "Near miss", "It could have harmed a patient, and somebody noticed in time."),
    Severity("minor", "Minor harm", "A patient was harmed a little and for a short time, or care was delayed."),
    Severity("serious", "Serious harm", "A patient's health got seriously worse, or a fundamental right was broken."),
    Severity("critical", "Death or danger to many", "A patient died or could have, or many people are in danger."),
)
SEVERITIES: Mapping[str, Severity] = MappingProxyType({each.key: each for each in _SEVERITIES})

_HARM = ("serious", "critical")
_CLOCKS = (
    Clock(
        "eu_ai_act_serious",
        "Serious incident, to the market surveillance authority",
        "A serious incident with a high-risk AI system is reported within 15 days.",
        timedelta(days=15),
        _HARM,
        "Regulation (EU) 2024/1689, Article 73",
        ("EU",),
    ),
    Clock(
        "eu_ai_act_death",
        "Death of a person, to the market surveillance authority",
        "A death that a high-risk AI system may have caused is reported within 10 days.",
        timedelta(days=10),
        ("critical",),
        "Regulation (EU) 2024/1689, Article 73",
        ("EU",),
    ),
    Clock(
        "eu_ai_act_widespread",
        "Widespread infringement, to the market surveillance authority",
        "A serious incident that concerns many people or critical infrastructure is reported within 2 days.",
        timedelta(days=2),
        ("critical",),
        "Regulation (EU) 2024/1689, Article 73",
        ("EU",),
    ),
    Clock(
        "eu_mdr_serious",
        "Serious incident with a device, to the competent authority",
        "The manufacturer reports a serious incident within 15 days.",
        timedelta(days=15),
        _HARM,
        "Regulation (EU) 2017/745, Article 87",
        ("EU",),
    ),
    Clock(
        "eu_mdr_death",
        "Death or unexpected serious harm from a device, to the competent authority",
        "The manufacturer reports a death, or a serious harm that was not expected, within 10 days.",
        timedelta(days=10),
        ("critical",),
        "Regulation (EU) 2017/745, Article 87",
        ("EU",),
    ),
    Clock(
        "eu_mdr_public_health",
        "Serious threat to public health from a device, to the competent authority",
        "The manufacturer reports a serious threat to public health within 2 days.",
        timedelta(days=2),
        ("critical",),
        "Regulation (EU) 2017/745, Article 87",
        ("EU",),
    ),
    Clock(
        "gdpr_breach",
        "Breach of personal data, to the data protection authority",
        "A breach of personal data that puts people at risk is reported within 72 hours.",
        timedelta(hours=72),
        tuple(SEVERITIES),
        "Regulation (EU) 2016/679, Article 33",
        ("EU", "UK"),
    ),
    Clock(
        "hipaa_breach",
        "Breach of health information, to the people concerned",
        "The people whose health information was exposed are told without delay, at the latest after 60 days.",
        timedelta(days=60),
        tuple(SEVERITIES),
        "45 CFR 164.404 to 164.410",
        ("US",),
    ),
)
CLOCKS: Mapping[str, Clock] = MappingProxyType({each.key: each for each in _CLOCKS})
_ORDER = tuple(SEVERITIES)


def rank(severity: str) -> int:
    """0 for the least grave. A severity that nobody knows is graver than all."""
    return _ORDER.index(severity) if severity in SEVERITIES else len(_ORDER)
