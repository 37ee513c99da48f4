"""What does the card ask about proof? Fairness, evaluations, upkeep; only here may an answer be "not available"."""

from __future__ import annotations

from typing import Final

from registry.core.card_field import Field, line

FAIRNESS: Final = (
    Field("fairness_approach", "Approach to fairness", "What was done so that the output is fair?", "fairness"),
    Field("bias_management", "Handling of bias", "How is bias looked for, reduced or removed?", "fairness"),
    Field(
        "known_inequalities",
        "Known inequalities",
        "Which inequalities in care are known for these patients?",
        "fairness",
    ),
    Field(
        "vulnerable_groups",
        "Vulnerable patients",
        "How could it harm children or other vulnerable patients?",
        "fairness",
    ),
)


def _may_lack(key: str, label: str, question: str, section: str = "evidence") -> Field:
    """One of the eleven attributes of 45 CFR 170.315(b)(11)(iv)(B) that may be shown as not available."""
    return Field(key, label, question, section, not_available=True)


EVIDENCE: Final = (
    _may_lack(
        "external_data",
        "Data of another source used for testing",
        "On whose data, other than the training source's, was it tested?",
    ),
    _may_lack(
        "external_tester",
        "Who tested it elsewhere",
        "Who did that test, and how independent are they of the developer?",
    ),
    _may_lack(
        "external_representativeness",
        "Who is in the outside data",
        "How well do those data stand for the intended patients?",
    ),
    _may_lack("external_method", "How the outside test was made", "How was that test carried out?"),
    _may_lack("external_validity", "Performance on outside data", "How well did it work on those data?"),
    _may_lack(
        "external_fairness", "Fairness on outside data", "How equal was it between groups of patients in those data?"
    ),
    _may_lack(
        "outcome_evaluation", "Effect on patients' outcomes", "Which studies looked at what its use does for patients?"
    ),
    _may_lack(
        "local_validity", "Performance at the own site", "How well does it work on data of the place where it is used?"
    ),
    _may_lack(
        "local_fairness",
        "Fairness at the own site",
        "How equal is it between groups of patients at the place where it is used?",
    ),
    Field(
        "existing_methods",
        "Existing methods",
        "What is used today for the same question, and how does it compare?",
        "evidence",
    ),
    Field(
        "team_performance",
        "People and tool together",
        "How do clinicians decide with it, compared with without it?",
        "evidence",
    ),
)
CARE: Final = (
    _may_lack("update_schedule", "How often it is updated", "How often is it updated, and by which process?", "care"),
    _may_lack(
        "correction_schedule",
        "How often it is corrected",
        "How often is it corrected after a risk to results was found?",
        "care",
    ),
    Field("lifetime", "Expected lifetime", "How long is it meant to be used, and what upkeep does it need?", "care"),
    Field("technical_needs", "Technical needs", "Which hardware, network and security does it need?", "care"),
    Field("contingency", "What is done when it is down", "What do users do when it is not available?", "care"),
    Field("retirement_plan", "How it is retired", "How is it taken out of use when its time has come?", "care"),
    Field("feedback_channel", "Where users give feedback", "How do users and patients report trouble with it?", "care"),
    Field("user_training", "Skill that users need", "Which skill and which training does a user need?", "care"),
)
REPORTING: Final = (
    Field(
        "health_context", "Clinical context", "Which clinical problem is it about, and why does it matter?", "reporting"
    ),
    Field(
        "outcome_definition",
        "Definition of the outcome",
        "What is predicted, over which time, and how is it established?",
        "reporting",
    ),
    Field(
        "outcome_assessment",
        "Who judged the outcome",
        "Who judged the outcome, and what did they know then?",
        "reporting",
    ),
    Field("predictor_choice", "Choice of inputs", "How were the inputs chosen?", "reporting"),
    Field("predictor_measurement", "Measuring the inputs", "How and when is each input measured?", "reporting"),
    Field(
        "treatments_received",
        "Treatments",
        "Which treatments did the patients receive, and how was that handled?",
        "reporting",
    ),
    Field("missing_data", "Missing data", "How were missing values handled?", "reporting"),
    Field(
        "model_building",
        "How the model was built",
        "Which type of model is it, and how was it built and tuned?",
        "reporting",
    ),
    Field(
        "internal_validation", "Internal validation", "How was overfitting looked for during development?", "reporting"
    ),
    Field(
        "class_imbalance",
        "Handling of rare outcomes",
        "Was the training changed because the outcome is rare, and what was done after?",
        "reporting",
    ),
    Field("model_access", "Access to the model", "How can others get the model, or use it?", "reporting"),
    Field(
        "ethics_approval",
        "Ethics approval",
        "Which ethics body looked at it, and was consent given or waived?",
        "reporting",
    ),
    Field(
        "conflicts_of_interest",
        "Conflicts of interest",
        "Which interests of the authors should readers know?",
        "reporting",
    ),
    line("protocol_location", "Where the protocol is", "Where can the study protocol be read?", "reporting"),
    line("study_registration", "Study registration", "Under which number is the study registered?", "reporting"),
    Field("data_availability", "Availability of the data", "How can others get the data?", "reporting"),
    Field("code_availability", "Availability of the code", "How can others get the code?", "reporting"),
    Field(
        "public_involvement",
        "Involvement of patients and public",
        "How were patients and the public involved, if at all?",
        "reporting",
    ),
    Field(
        "result_interpretation", "Meaning of the results", "What do the results mean, fairness included?", "reporting"
    ),
    Field("next_steps", "Next steps", "What has to happen before it can be used more widely?", "reporting"),
)
