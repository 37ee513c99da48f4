"""What do people write about the story's model? Its card, a plan of watching it, estimates of risk, and documents.

Everything is true of the model and of ACTG 175; the institution is made up, and so is what it does. The card is left
unfinished on purpose: what is missing is what the assessment then lists.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Answers that make the tool what it is. They are given before anybody signs: a change after would void signatures.
FIRST_ANSWERS: dict[str, object] = {
    "output_type": "prediction",
    "out_of_scope": "Children; patients with an AIDS-defining event or CD4 counts outside 200 to 500; choosing a drug.",
}
#: HTI-1 binds developers of certified health IT alone. The story's hospital is one, so that there is something to see.
SITUATION: dict[str, object] = {
    "our_roles": ["provider", "deployer", "certified_health_it_developer"],
    "device_class": "IIa",
    "ai_act_route": "annex_i",
    "route_reason": "It is software that informs treatment, a medical device in class IIa, and needs a notified body.",
    "third_party": "no",
    "in_house_device": "no",
    "evidence_based_dsi": "no",
    "continual_learning": "no",
    "automated_only": "no",
    "controls_input": "yes",
    "patient_facing": "no",
    "special_category_for_bias": "no",
    "tool_kind": "learned",
}
ANSWERS: dict[str, object] = {
    "developer": "Infectious Disease Analytics of the hospital; ida@hospital.example, answered on working days.",
    "output_description": "A probability from 0 to 1 that CD4 falls by half, AIDS or death follows during follow-up.",
    "interpretation": "A risk to plan visits by. It says nothing about which drug would change it.",
    "training_criteria": "Patients of ACTG 175: HIV-1, 12 years or older, CD4 200 to 500, no AIDS-defining event.",
    "sensitive_inputs": {
        "race": "not_used",
        "ethnicity": "not_used",
        "language": "not_used",
        "sexual_orientation": "used",
        "gender_identity": "not_used",
        "sex": "not_used",
        "date_of_birth": "used",
        "social_determinants": "not_used",
        "health_status": "used",
    },
    "proxy_inputs": "Haemophilia and homosexual activity, both inputs, stand for male sex almost always.",
    "training_representativeness": "83% men and 71% white; women and older patients are fewer than in clinics today.",
    "limitations": "Treatment of the 1990s; no viral load; few women. Scores may be too high under today's therapy.",
}
NOT_AVAILABLE: dict[str, str] = {
    "external_data": "It was tested only on patients of the same trial that were held out.",
    "external_validity": "No data from elsewhere were tried yet.",
    "outcome_evaluation": "Nobody has studied yet what its use does for patients.",
}
MONITORING: dict[str, str] = {
    "what_is_measured": "AUROC, observed to expected events, and sensitivity at the declared points.",
    "thresholds": "An AUROC under 0.65, or observed to expected outside 0.8 to 1.25, both by their whole interval.",
    "frequency_validity": "Every three months, and at once after a change of the laboratory method for CD4 counts.",
    "frequency_fairness": "Every three months, between races, genders and age bands.",
    "data_source": "The clinic's own register; the outcome is known after twelve months at the earliest.",
    "responsibilities": "Infectious Disease Analytics measures; the head of the clinic reads and decides.",
    "actions": "A closer look within two weeks; the score is switched off when the finding is confirmed.",
    "reporting": "The clinic's physicians and the compliance office, within two working days.",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the team says of a hazard from the list: how probable and severe the harm is, alone and under the control.

    audit: the kind of audit that shows what the control does.
    """

    hazard: str
    probability: int
    severity: int
    residual_probability: int
    control: str
    audit: str


ESTIMATES = (
    Estimate(
        hazard="data_bias",
        probability=3,
        severity=3,
        residual_probability=2,
        control="Every version is audited by race, gender, age band and arm before it is used.",
        audit="bias",
    ),
    Estimate(
        hazard="drift",
        probability=4,
        severity=3,
        residual_probability=2,
        control="The monitoring plan: measured every three months, switched off when it fails.",
        audit="drift",
    ),
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document. about_model: otherwise it is the organisation's. author, reviewer: roles of the cast.

    answers: where each question of its kind is answered.
    """

    kind: str
    title: str
    about_model: bool
    author: str
    reviewer: str
    text: str
    answers: dict[str, str]
    reason: str

    @property
    def file_name(self) -> str:
        return f"{self.kind.replace('_', '-')}.md"


PAPERS = (
    Paper(
        kind="dataset_sheet",
        title="ACTG 175 as used for the progression model",
        about_model=True,
        author="developer",
        reviewer="reviewer",
        text="""# ACTG 175 as used for the progression model

## 1. Origin
A randomised trial of four antiretroviral regimens, 1991 to 1994, at 43 trial units and 9 haemophilia centres in the
United States. The copy is the one that the package `lifelines` carries; 2,139 patients.

## 2. Preparation
No row was left out and no value was filled in. Patient numbers were replaced by keyed pseudonyms. A seeded draw put
60% of the patients into training; the others were held out, and no patient is in both parts.

## 3. Biases looked for
Race, gender, age band and treatment arm, alone and race by gender; see the bias audit.
""",
        answers={"origin": "section 1", "preparation": "section 2", "bias_examination": "section 3"},
        reason="The counts agree with the trial's publication, and the split was drawn by patient.",
    ),
    Paper(
        kind="classification",
        title="Classification of the progression model",
        about_model=True,
        author="developer",
        reviewer="compliance",
        text="""# Classification of the progression model

## 1. What it is
Software that learned from data and puts out a prediction for single patients: a predictive decision support
intervention, and a medical device.

## 2. Class
Class IIa under rule 11: it informs decisions on treatment, and a wrong answer does not lead to death or lasting harm
by itself, because visits go on and CD4 counts are taken anyway.
""",
        answers={"qualification": "section 1", "risk_class": "section 2"},
        reason="Rule 11 was applied as the guidance of the device authorities does for such scores.",
    ),
    Paper(
        kind="data_governance",
        title="Data governance at the hospital",
        about_model=False,
        author="compliance",
        reviewer="steward",
        text="""# Data governance

## 1. How data are acquired
From the record system and from trials, each with its legal basis in the register of datasets.

## 2. How they are managed
Under pseudonyms, on systems of the hospital, for as long as the retention schedule says.

## 3. What they may be used for
For the purposes that patients consented to. The data steward decides about every other one.
""",
        answers={"acquisition": "section 1", "management": "section 2", "use": "section 3"},
        reason="This is how datasets are handled here, and the register agrees with it.",
    ),
)
