"""What does the card ask about law? The answers that decide which controls apply; registrations and named people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from registry.core.card_field import Field, Kind, line, yes_no

JURISDICTIONS: Final[Mapping[str, str]] = {
    "US": "United States",
    "EU": "European Union",
    "UK": "United Kingdom",
    "CA": "Canada",
    "other": "Elsewhere",
}
OUR_ROLES: Final[Mapping[str, str]] = {
    "provider": "We develop or sell it",
    "deployer": "We use it in care",
    "certified_health_it_developer": "We develop certified health IT that supplies it",
    "hhs_funded_entity": "We receive funds of the US Department of Health and Human Services",
    "hipaa_covered_entity": "We are a covered entity, or a business associate of one, under HIPAA",
    "data_controller": "We decide why and how patients' data are processed",
}
RISK_CLASSES: Final[Mapping[str, str]] = {"low": "Low risk", "medium": "Medium risk", "high": "High risk"}
DEVICE_CLASSES: Final[Mapping[str, str]] = {
    "none": "Not a medical device",
    "I": "Class I",
    "IIa": "Class IIa",
    "IIb": "Class IIb",
    "III": "Class III",
    "in_vitro": "In vitro diagnostic device",
}
AI_ACT_ROUTES: Final[Mapping[str, str]] = {
    "annex_i": "High risk as a medical device, or a safety part of one (Annex I)",
    "annex_iii": "High risk by its use (Annex III)",
    "not_high_risk": "Not high risk",
}
HEALTH_DATA_PURPOSES: Final[Mapping[str, str]] = {
    "treatment": "Treatment",
    "payment": "Payment",
    "operations": "Running the institution, quality assessment included",
    "research": "Research",
    "underwriting": "Insurance cover or its price",
    "other": "Something else",
}
LAWFUL_BASES: Final[Mapping[str, str]] = {
    "consent": "Consent",
    "contract": "A contract with the person",
    "legal_obligation": "A legal obligation",
    "vital_interests": "Vital interests",
    "public_task": "A task in the public interest",
    "legitimate_interests": "Legitimate interests",
}
HEALTH_DATA_CONDITIONS: Final[Mapping[str, str]] = {
    "explicit_consent": "Explicit consent",
    "vital_interests": "Vital interests of a person who cannot consent",
    "substantial_public_interest": "Substantial public interest, by law",
    "care": "Health care under professional secrecy",
    "public_health": "Public health",
    "research": "Research or statistics, by law",
    "other": "Another condition of the law",
}
TOOL_KINDS: Final[Mapping[str, str]] = {
    "learned": "A model that learned from data",
    "computed": "A fixed score or rule that software computes",
    "by_hand": "A score, form or guideline that people work through",
}
REPORT_SCOPES: Final[Mapping[str, str]] = {
    "development": "Its development",
    "evaluation": "Its evaluation",
    "both": "Its development and its evaluation",
}
IDENTIFIABILITY: Final[Mapping[str, str]] = {
    "identified": "Patients can be identified",
    "limited": "A limited data set",
    "expert": "De-identified by an expert's determination",
    "removal": "De-identified by removing the listed identifiers",
}


def _choice(key: str, label: str, question: str, choices: Mapping[str, str], kind: Kind = Kind.CHOICE) -> Field:
    return Field(key, label, question, "situation", kind, choices)


SITUATION: Final = (
    _choice("jurisdictions", "Jurisdictions", "Where is it used?", JURISDICTIONS, Kind.CHOICES),
    _choice(
        "our_roles",
        "Our roles for this tool",
        "What is our organisation, seen from this tool?",
        OUR_ROLES,
        Kind.CHOICES,
    ),
    _choice("risk_class", "Risk class", "How much harm could a wrong answer do?", RISK_CLASSES),
    _choice("device_class", "Device class", "Which class of medical device is it?", DEVICE_CLASSES),
    _choice(
        "ai_act_route",
        "Route under the EU AI Act",
        "Is it a high-risk system under the EU AI Act, and by which route?",
        AI_ACT_ROUTES,
    ),
    yes_no("has_certificate", "Certified", "Has a notified body issued a certificate for it?"),
    yes_no("third_party", "Tool of another maker", "Does another organisation make or run it?"),
    yes_no("in_house_device", "In-house device", "Is it a medical device that our institution made for its own use?"),
    yes_no(
        "role_change", "Tool changed by us", "Did we put our name on it, change it in substance, or change its purpose?"
    ),
    yes_no(
        "evidence_based_dsi",
        "Follows a guideline, not data",
        "Does it only follow published evidence, without learning from data?",
    ),
    yes_no("continual_learning", "Keeps learning in use", "Does it go on learning while it is in use?"),
    yes_no("controls_input", "We control the inputs", "Do we decide which data go into it?"),
    yes_no("automated_only", "Decides without a person", "Does its answer take effect without a person's decision?"),
    yes_no("patient_facing", "Meets patients directly", "Do patients deal with it directly?"),
    yes_no("treats_minors", "Used for children", "Is it used for patients under 18?"),
    yes_no("public_body", "Public body", "Are we a public body, or do we provide a public service?"),
    yes_no(
        "special_category_for_bias",
        "Sensitive data used against bias",
        "Are sensitive personal data used only to find bias?",
    ),
    yes_no("research_use", "Used for research", "Is it used for research, beside or instead of care?"),
    yes_no(
        "clinical_investigation", "Clinical investigation", "Is it under investigation as a device in a clinical study?"
    ),
    yes_no("sud_records", "Uses substance use records", "Does it use records of treatment for substance use?"),
    yes_no("genetic_data", "Uses genetic data", "Does it use genetic data?"),
    yes_no("transfers_outside", "Data leave the EEA", "Do patients' data leave the European Economic Area?"),
    yes_no(
        "joint_controllers",
        "Shared responsibility for the data",
        "Do we decide about the data together with another organisation?",
    ),
    yes_no("open_system", "Open system", "Can people outside our control get into the system that holds its records?"),
    yes_no(
        "pccp_wanted", "Changes planned ahead", "Do we want changes approved by the regulator before they are made?"
    ),
    yes_no(
        "part11_records",
        "Records under Part 11",
        "Do we keep its electronic records by 21 CFR Part 11, also where we need not?",
    ),
    yes_no(
        "further_use",
        "Further use of the data",
        "Does it use personal data for another purpose than they were collected for?",
    ),
    yes_no(
        "high_privacy_risk_left",
        "High privacy risk left",
        "After all measures, is the risk to people's rights still high?",
    ),
    _choice("tool_kind", "Kind of tool", "What kind of tool is it?", TOOL_KINDS),
    _choice("report_covers", "What the study report covers", "What does the published report cover?", REPORT_SCOPES),
    _choice(
        "lawful_basis",
        "Lawful basis",
        "On which lawful basis of the GDPR are personal data processed?",
        LAWFUL_BASES,
        Kind.CHOICES,
    ),
    _choice(
        "health_data_condition",
        "Condition for health data",
        "Which condition of Article 9 of the GDPR allows the use of health or genetic data?",
        HEALTH_DATA_CONDITIONS,
        Kind.CHOICES,
    ),
    _choice(
        "health_data_purpose",
        "Purpose of the data",
        "For what are health data used here?",
        HEALTH_DATA_PURPOSES,
        Kind.CHOICES,
    ),
    _choice(
        "identifiability", "Identifiable data", "Can patients be identified in the data that it gets?", IDENTIFIABILITY
    ),
)
REGULATION: Final = (
    Field(
        "route_reason",
        "Reason for the EU AI Act route",
        "Why is it, or is it not, a high-risk system under the EU AI Act?",
        "regulation",
    ),
    Field(
        "device_reason",
        "Reason for the device class",
        "Why is it, or is it not, a device, and of this class?",
        "regulation",
    ),
    line("udi", "Device identifier", "What is its unique device identifier (UDI)?"),
    line("ce_mark", "CE mark", "Where is its CE mark, and which notified body's number follows it?"),
    line("notified_body", "Notified body", "Which notified body assessed it, and under which certificate?"),
    line(
        "eu_db_id",
        "Number in the EU AI database",
        "Under which number is it in the EU database of high-risk AI systems?",
    ),
    line("eudamed_id", "EUDAMED number", "Under which number is it in EUDAMED?"),
    line("fda_number", "FDA number", "Under which number did the FDA clear or approve it?"),
    Field(
        "cds_reason",
        "Reason why it is decision support",
        "If it is not a device in the US: how can a user check its reasons alone?",
        "regulation",
    ),
    line(
        "risk_summary_address",
        "Public address of the risk summary",
        "At which public address is the summary of its risk management?",
    ),
    line("accountable_person", "Accountable person", "Which person answers for its use?", explained="Name and office."),
    line(
        "oversight_person",
        "Person who oversees it",
        "Which person oversees it in daily use?",
        explained="Name and office.",
    ),
    line(
        "regulatory_person", "Person for regulatory affairs", "Which person is responsible for regulatory compliance?"
    ),
    line("data_protection_officer", "Data protection officer", "Who is the data protection officer?"),
    line("equity_coordinator", "Civil rights coordinator", "Who coordinates compliance with non-discrimination rules?"),
    line("health_data_law", "Law for health data", "Which law, and which article of it, stands behind that condition?"),
    Field(
        "national_conditions",
        "National conditions",
        "Which national rules on genetic or health data hold as well?",
        "regulation",
    ),
    Field(
        "contract",
        "Contract with the maker",
        "Which contract with its supplier is in force, and whom does one call?",
        "regulation",
    ),
)
