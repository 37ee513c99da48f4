"""Which hazards does every clinical model share? A vocabulary to start a risk register from, and eight characteristics.

Each hazard comes with a suggested course of events. A suggestion is a draft: the register's owner says what holds for
the model at hand, and estimates it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Characteristic:
    """A quality of a model that a risk can touch. meaning: one plain sentence."""

    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Hazard:
    """A way in which a model can become a source of harm. meaning: one plain sentence.

    sequence, situation, harm, characteristics: suggested for a first entry. sequence: the events that lead there;
    situation: what the patient is then exposed to; harm: what may come of it.
    """

    label: str
    meaning: str
    sequence: str
    situation: str
    harm: str
    characteristics: tuple[str, ...]


CHARACTERISTICS: Mapping[str, Characteristic] = MappingProxyType(
    {
        "validity": Characteristic("Validity", "The output says what it claims to say about the patient."),
        "reliability": Characteristic("Reliability", "The same situation gives the same answer, day after day."),
        "robustness": Characteristic("Robustness", "Unusual or damaged input does not lead to a wrong answer unseen."),
        "fairness": Characteristic("Fairness", "No group of patients is served worse than the others."),
        "intelligibility": Characteristic("Intelligibility", "The people who use the output understand what it means."),
        "safety": Characteristic("Safety", "Using the output does not put patients in danger."),
        "security": Characteristic("Security", "Nobody can change or misuse the model or its data without permission."),
        "privacy": Characteristic("Privacy", "What is known about a person stays with those who may know it."),
    }
)

HAZARDS: Mapping[str, Hazard] = MappingProxyType(
    {
        "data_bias": Hazard(
            "Bias in the data",
            "Some patients are missing from the training data, or were treated differently in it.",
            "A group is rare in the training data; the model learns little about it; its scores are worse there.",
            "Patients of that group get a score that is less accurate than everybody else's.",
            "Missed or late treatment, or needless treatment, more often in that group.",
            ("fairness", "validity", "safety"),
        ),
        "drift": Hazard(
            "Drift",
            "Patients, practice or measurement change after the model was built.",
            "A laboratory method, a code or the case mix changes; nobody tells the model; its scores shift.",
            "Decisions rest on scores that no longer mean what they meant when the model was approved.",
            "Missed or late treatment until the change is noticed.",
            ("validity", "reliability", "safety"),
        ),
        "automation_bias": Hazard(
            "Automation bias",
            "People follow the output even where their own judgement, or the record, says otherwise.",
            "The output is usually right; checking it becomes rare; a wrong output is followed.",
            "A clinician acts on a wrong output, or does nothing because there was none.",
            "A treatment that the patient did not need, or none where one was needed.",
            ("safety", "intelligibility"),
        ),
        "leakage": Hazard(
            "Leakage",
            "The model saw in development what it cannot know in use.",
            "An input carries the answer, or the same patients are in training and test; the results look too good.",
            "The model is approved on results that it cannot repeat at the bedside.",
            "Missed or late treatment of patients whom the model was trusted to find.",
            ("validity", "reliability"),
        ),
        "miscalibration": Hazard(
            "Miscalibration",
            "The score names a risk that is higher or lower than what happens.",
            "The outcome is rarer or more common here than where the model was built; the scores are not adjusted.",
            "The score is read as a probability and compared with a treatment threshold.",
            "Over-treatment where risks are stated too high, under-treatment where they are stated too low.",
            ("validity", "safety"),
        ),
        "label_error": Hazard(
            "Errors in the outcome",
            "What was counted as the outcome is not what happened to the patient.",
            "The outcome comes from billing codes or from one reader; its mistakes are learned, and measured as true.",
            "The model predicts a record, not a condition, and its measured accuracy is about that record.",
            "Missed or needless treatment that no measure shows.",
            ("validity", "reliability"),
        ),
        "out_of_scope_use": Hazard(
            "Use out of scope",
            "The model is used for patients, places or decisions that it was not made for.",
            "The output is shown in another ward or for other patients; nothing stops or warns the user.",
            "A decision rests on a score that was never tested for such a patient.",
            "Wrong or late treatment of patients outside the intended use.",
            ("safety", "validity", "robustness"),
        ),
        "explanation_misuse": Hazard(
            "Misread explanations",
            "An explanation of the output is taken for a cause, or for proof that the output is right.",
            "An explanation names an input; the user treats that input, or trusts the score since it looks plausible.",
            "Care is directed at something that the model only found to be associated with the outcome.",
            "A treatment without benefit, or trust in a wrong score.",
            ("intelligibility", "safety"),
        ),
        "silent_input_failure": Hazard(
            "Silent failure of an input",
            "An input is missing, late or in another unit, and the model answers as if it were right.",
            "An interface or a code changes; an input is empty or filled in; the score is shown without a warning.",
            "Decisions rest on scores that were computed without the patient's own data.",
            "Missed or late treatment of every patient affected until somebody notices.",
            ("robustness", "reliability", "safety", "security"),
        ),
        "update_regression": Hazard(
            "Worse after an update",
            "A new version is better on average and worse for some patients, or for a use that relied on the old one.",
            "A new version replaces the old one; users keep their habits and cut-offs; some scores are now worse.",
            "Patients whom the old version found are missed by the new one, without anybody knowing.",
            "Missed or late treatment after a change that looked like an improvement.",
            ("reliability", "safety", "fairness"),
        ),
    }
)


def label(hazard: str) -> str:
    """How a hazard is called; "Another hazard" for one that is not in the vocabulary."""
    return HAZARDS[hazard].label if hazard in HAZARDS else "Another hazard"
