"""Which courses can people be asked to have done? Every key that a policy may name and a training record may carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Course:
    """label: the course's name. meaning: one plain sentence, what somebody can do who has done it."""

    key: str
    label: str
    meaning: str


_ALL = (
    Course(
        "ai_literacy",
        "AI literacy",
        "Knows what a predictive model is, how it can be wrong, and what the rules ask of those who use one.",
    ),
    Course(
        "model_use",
        "Use of this model",
        "Knows what this model is for, for which patients it is not, and how its output is read.",
    ),
    Course(
        "oversight",
        "Human oversight",
        "Can judge the model's output, set it aside, resist trusting it too much, and stop its use.",
    ),
    Course(
        "security_awareness",
        "Security awareness",
        "Recognises attacks on accounts and data, and knows whom to tell.",
    ),
    Course(
        "part11_signing",
        "Electronic signatures",
        "Knows that an electronic signature binds like one by hand, and how records are kept.",
    ),
    Course("privacy", "Privacy", "Knows how patient data may be used, shared and kept, and what a breach is."),
    Course(
        "gmlp",
        "Good machine learning practice",
        "Knows how a medical model is planned, built, tested and watched over its whole life.",
    ),
    Course(
        "bias",
        "Bias and fairness",
        "Can read measures by group, and knows which patients a model may serve worse.",
    ),
    Course("risk_management", "Risk management", "Can find hazards, judge risks and choose controls for a model."),
    Course("incident_reporting", "Incident reporting", "Knows what has to be reported, to whom, and how fast."),
    Course("research_conduct", "Conduct of research", "Knows the rules of studies on people: consent, protocol, data."),
    Course("quality_system", "Quality management", "Knows the organisation's own procedures for devices and software."),
)
COURSES: Mapping[str, Course] = MappingProxyType({each.key: each for each in _ALL})
