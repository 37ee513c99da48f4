"""What does the card ask about the tool itself? Its makers, its use, what goes in, what comes out, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from registry.core.card_field import Field, Kind

DECISION_ROLES: Final[Mapping[str, str]] = {
    "informs": "Informs a clinician's decision",
    "augments": "Augments a clinician's decision",
    "replaces": "Replaces a clinician's decision",
}
OUTPUT_TYPES: Final[Mapping[str, str]] = {
    "prediction": "A prediction",
    "classification": "A classification",
    "recommendation": "A recommendation",
    "evaluation": "An evaluation",
    "analysis": "An analysis",
    "other": "Something else",
}
MAKER: Final = (
    Field(
        "developer",
        "Developer",
        "Who developed the tool, and how are they reached?",
        "maker",
        help="Organisation, and an address or telephone number that somebody answers.",
    ),
    Field(
        "funding",
        "Funding",
        "Who paid for developing it and for putting it to use?",
        "maker",
        help="Name every source; say so where nobody paid for it separately.",
    ),
    Field(
        "disciplines",
        "Disciplines involved",
        "Which professions worked on it, from the first idea to its use?",
        "maker",
    ),
    Field(
        "released_on",
        "Date of the first release",
        "On which day was it first released?",
        "maker",
        Kind.DATE,
        review_months=24,
    ),
    Field("revised_on", "Date of the last revision", "On which day was it last revised?", "maker", Kind.DATE),
    Field(
        "evidence_citation",
        "Source of its rules",
        "For a tool that follows a guideline: which publication does it rest on?",
        "maker",
        review_months=24,
    ),
)
USE: Final = (
    Field(
        "purpose",
        "Intended use",
        "Which question does it answer, and for which decision?",
        "use",
        defining=True,
        help="One sentence that a patient would understand.",
    ),
    Field("population", "Intended patients", "Which patients is it meant for?", "use", defining=True),
    Field("intended_users", "Intended users", "Who reads its output?", "use", defining=True),
    Field(
        "setting",
        "Setting of use",
        "Where in care is it used?",
        "use",
        help="Kind of institution, ward, point of the visit.",
    ),
    Field(
        "decision_role",
        "Role in the decision",
        "How much of the decision does it take?",
        "use",
        Kind.CHOICE,
        DECISION_ROLES,
        defining=True,
    ),
    Field("care_pathway", "Care pathway", "At which step of care does its answer arrive, and what follows?", "use"),
    Field(
        "expected_benefit", "Expected benefit", "What should get better for patients, and how would one see it?", "use"
    ),
)
NINE: Final[Mapping[str, str]] = {
    "race": "Race",
    "ethnicity": "Ethnicity",
    "language": "Language",
    "sexual_orientation": "Sexual orientation",
    "gender_identity": "Gender identity",
    "sex": "Sex",
    "date_of_birth": "Date of birth or age",
    "social_determinants": "Social circumstances",
    "health_status": "Health status assessment",
}
STATES: Final[Mapping[str, str]] = {"used": "Used", "not_used": "Not used", "unknown": "Not known"}
DATA: Final = (
    Field(
        "sensitive_inputs",
        "Sensitive inputs",
        "Which of these nine facts about a patient does the tool use as an input?",
        "data",
        Kind.STATES,
        STATES,
        NINE,
        help="An input that stands for one of them, such as a postcode, belongs under proxy inputs.",
    ),
    Field(
        "proxy_inputs",
        "Proxy inputs",
        "Which inputs could stand in for a protected trait, and why are they kept?",
        "data",
    ),
    Field(
        "input_requirements",
        "Input requirements",
        "What must be true of the inputs for the answer to be usable?",
        "data",
    ),
    Field(
        "training_criteria",
        "Who was in and out of training",
        "Who was let into the training data, and who was kept out?",
        "data",
    ),
    Field(
        "training_representativeness",
        "Who is in the training data",
        "How well do the training data stand for the intended patients on these nine facts?",
        "data",
    ),
    Field(
        "training_relevance",
        "Relevance of the training data here",
        "How close are the training data to the patients of this institution?",
        "data",
    ),
    Field(
        "minimum_data",
        "Data limited to what is needed",
        "Why is each kind of patient data needed, and no more than that?",
        "data",
    ),
    Field(
        "data_kept", "How long data are kept", "How long are the patients' data kept, and what happens then?", "data"
    ),
)
OUTPUT: Final = (
    Field(
        "output_description", "Output", "What exactly does the tool put out?", "output", help="Unit, range, time span."
    ),
    Field(
        "output_type",
        "Kind of output",
        "What kind of output is that?",
        "output",
        Kind.CHOICE,
        OUTPUT_TYPES,
        defining=True,
    ),
    Field(
        "interpretation",
        "How to read the output",
        "How should a user read the output, and what must they not read into it?",
        "output",
    ),
    Field("explanation", "Explanation", "What does a user see of why the tool says so?", "output"),
    Field(
        "threshold_reason", "Reason for the cut-offs", "How were the operating points chosen, and by whom?", "output"
    ),
    Field("human_oversight", "Human oversight", "Who may overrule or stop it, and how?", "output"),
)
LIMITS: Final = (
    Field(
        "out_of_scope",
        "Not to be used for",
        "For which tasks, situations or patients should it not be used?",
        "limits",
        review_months=6,
        defining=True,
    ),
    Field(
        "limitations",
        "Known limits",
        "Which risks, unsuitable settings and limits are known?",
        "limits",
        review_months=6,
    ),
    Field("foreseeable_misuse", "Likely misuse", "How could it be used wrongly without any ill will?", "limits"),
    Field(
        "input_failures", "Poor or missing inputs", "What happens when an input is missing, late or wrong?", "limits"
    ),
    Field(
        "risk_tolerance",
        "Risk that is tolerated",
        "How much risk does the organisation accept here, and who decided?",
        "limits",
    ),
)
