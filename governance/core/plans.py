"""Which plans does a model live by, and what must each answer? Monitoring, change and risk, section by section.

The validation plan is not here: it belongs to a version and stands in `audits.core.plan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Shape(StrEnum):
    """How a section is written down."""

    TEXT = "text"
    PARTS = "parts"
    MODIFICATIONS = "modifications"
    BOUNDS = "bounds"
    TRACEABILITY = "traceability"
    IMPACT = "impact"


@dataclass(frozen=True, slots=True)
class Question:
    """One section of a plan. help: what a good answer says. parts: of a section in parts, key and question of each."""

    key: str
    question: str
    help: str
    required: bool = True
    shape: Shape = Shape.TEXT
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PlanSpec:
    """A kind of plan. meaning: one plain sentence. sections: in reading order, by key."""

    key: str
    label: str
    meaning: str
    sections: Mapping[str, Question]


def _of(key: str, label: str, meaning: str, *questions: Question) -> PlanSpec:
    return PlanSpec(key, label, meaning, MappingProxyType({each.key: each for each in questions}))


#: The parts of the protocol of a change plan, to which each modification is traced.
PROTOCOL = ("data_management", "retraining", "evaluation", "update_procedure")
UPDATE_PARTS = (
    ("roll_out", "How does a new version reach its users?"),
    ("communication", "Who is told what, and when?"),
    ("rollback", "How is the earlier version put back?"),
    ("monitoring", "What is watched after the update, and for how long?"),
)

MONITORING = _of(
    "monitoring",
    "Monitoring plan",
    "How it is noticed that the model no longer works as it should, and what is done then.",
    Question("what_is_measured", "What is measured?", "The measures, the groups of patients, and the outcome."),
    Question("thresholds", "At which values does somebody act?", "A number for each measure, and who fixed it."),
    Question("frequency_validity", "How often is validity measured?", "A rhythm, and what makes it faster."),
    Question("frequency_fairness", "How often is fairness between groups measured?", "A rhythm, and the groups."),
    Question("data_source", "Where do the data come from?", "The source, the delay of the outcome, who delivers them."),
    Question("responsibilities", "Who is responsible?", "Names or posts: who measures, who reads, who decides."),
    Question("actions", "What is done when a threshold is crossed?", "From a closer look to stopping the model."),
    Question("reporting", "Who is told?", "Which people and authorities, how fast."),
    Question("feedback", "How do users and patients report?", "The way that a report takes, and who answers.", False),
    Question("drift", "How is a change of the patients noticed?", "Which inputs are compared with which time.", False),
    Question("pms", "How is experience from the market gathered?", "Post-market surveillance: sources, rhythm.", False),
    Question("pmcf", "Which clinical follow-up is planned?", "The study or registry, or why none is needed.", False),
    Question("review", "When is this plan looked at again?", "A date or an event, and by whom.", False),
)
CHANGE = _of(
    "change",
    "Change plan",
    "Which changes of the model are foreseen, within which bounds, and how each is made and proved.",
    Question(
        "modifications",
        "Which changes are planned?",
        "A short list; each can be checked, and stays inside the intended use.",
        shape=Shape.MODIFICATIONS,
    ),
    Question(
        "bounds",
        "Within which bounds must the changed model perform?",
        "A bound on a measure for every planned change.",
        shape=Shape.BOUNDS,
    ),
    Question("data_management", "How are data for a change gathered?", "Source, reference standard, quality, split."),
    Question("retraining", "How is the model trained again?", "What starts it, what may change, what may not."),
    Question("evaluation", "How is a changed version evaluated?", "Data, measures, comparison, what a failure means."),
    Question(
        "update_procedure",
        "How does a change reach the bedside?",
        "Roll-out, words to users, the way back, the watch kept.",
        shape=Shape.PARTS,
        parts=UPDATE_PARTS,
    ),
    Question(
        "traceability",
        "Which steps of the protocol does each change go through?",
        "One row for each change; no row without a change.",
        shape=Shape.TRACEABILITY,
    ),
    Question(
        "impact",
        "What are the benefits and risks of each change, and of all together?",
        "Also how the protocol keeps the risks down.",
        shape=Shape.IMPACT,
    ),
    Question("frequency", "How often is the model updated?", "A rhythm, and what starts an update.", False),
    Question("corrections", "How fast is it corrected?", "When validity or fairness is found to be at risk.", False),
)
RISK = _of(
    "risk",
    "Risk management plan",
    "How risks are found, judged, lowered and accepted over the model's whole life.",
    Question("scope", "What does it cover?", "The model, its parts, the stages of its life."),
    Question("criteria", "Which risks are acceptable?", "Levels of probability and severity, and where the line is."),
    Question("responsibilities", "Who is responsible?", "Who finds, who judges, who accepts a risk that is left."),
    Question("review", "When is the register looked at again?", "A rhythm, and the events that call for it."),
    Question("verification", "How is it shown that a control works?", "Audits, tests, inspections.", False),
    Question("production", "How does experience from use come back?", "Incidents, feedback, monitoring.", False),
    Question("overall_residual", "How is the whole residual risk judged?", "Method, and who decides.", False),
)
PLANS: Mapping[str, PlanSpec] = MappingProxyType({each.key: each for each in (MONITORING, CHANGE, RISK)})
