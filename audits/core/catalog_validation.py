"""Which measures does a validation audit make, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Spread
from audits.core.values import Kind

_V, _S = Kind.VALIDATION, Spread.SLICES
_UP, _DOWN, _AT, _NEITHER = Direction.HIGHER, Direction.LOWER, Direction.TARGET, Direction.NEITHER
_WILSON = "Wilson 1927, J Am Stat Assoc 22:209 (interval)"

ENTRIES = (
    Entry(
        "auroc", "AUROC", _V, _S, "probability", 0.0, 1.0, _UP,
        "The chance that a random patient with the outcome scores higher than a random patient without it.",
        "It says nothing about whether a risk of 20% means 20%, nor about any one cut-off; 0.5 is a coin toss, not zero.",
        "Hanley & McNeil 1982, Radiology 143:29; DeLong 1988, Biometrics 44:837 (interval)",
    ),
    Entry(
        "average_precision", "Average precision", _V, _S, "probability", 0.0, 1.0, _UP,
        "The mean share of true cases among those flagged, as the cut-off walks down the scores.",
        "A useless score gets the prevalence, not 0.5, so never compare it between sites with different prevalence.",
        "Boyd, Eng & Page 2013, ECML PKDD (interval)",
    ),
    Entry(
        "brier", "Brier score", _V, _S, "squared probability", 0.0, 1.0, _DOWN,
        "The mean squared distance between the score and what happened.",
        "Rare outcomes give a small Brier score to any model: read the scaled one beside it.",
        "Brier 1950, Mon Weather Rev 78:1",
    ),
    Entry(
        "scaled_brier", "Scaled Brier score", _V, _S, "share", None, 1.0, _UP,
        "How much of the Brier score of always predicting the prevalence is removed by the model.",
        "Below 0 the model is worse than telling every patient the same prevalence.",
        "Steyerberg 2010, Epidemiology 21:128",
    ),
    Entry(
        "oe_ratio", "Observed to expected ratio", _V, _S, "ratio", 0.0, None, _AT,
        "Events that happened, divided by the events that the scores add up to.",
        "Above 1 the model under-predicts (more events than expected); below 1 it over-predicts.",
        "Debray 2017, BMJ 356:i6460; Riley 2021, Stat Med 40:4230 (standard error)",
        target=1.0,
    ),
    Entry(
        "calibration_intercept", "Calibration-in-the-large", _V, _S, "log odds", None, None, _AT,
        "The shift in log odds that would make the scores right on average.",
        "Above 0 the model under-predicts on average; it can be 0 while high and low risks are both wrong.",
        "Cox 1958, Biometrika 45:562",
        target=0.0,
    ),
    Entry(
        "calibration_slope", "Calibration slope", _V, _S, "ratio", None, None, _AT,
        "How far the spread of the scores matches the spread of the real risks.",
        "Below 1 the scores are too extreme (often over-fitting); above 1 they are too timid.",
        "Cox 1958, Biometrika 45:562; Van Calster 2019, BMC Med 17:230",
        target=1.0,
    ),
    Entry(
        "prevalence", "Prevalence", _V, _S, "share", 0.0, 1.0, _NEITHER,
        "The share of rows with the outcome.",
        "It describes the patients, not the model; PPV and NPV move with it.",
        _WILSON,
    ),
    Entry(
        "sensitivity", "Sensitivity", _V, _S, "share", 0.0, 1.0, _UP,
        "Of the patients with the outcome, the share that is flagged.",
        "It can always be raised by flagging more: read it with specificity or the flag rate.",
        _WILSON,
        per_operating_point=True,
    ),
    Entry(
        "specificity", "Specificity", _V, _S, "share", 0.0, 1.0, _UP,
        "Of the patients without the outcome, the share that is left alone.",
        "With a rare outcome, 95% still means many more false alarms than true ones.",
        _WILSON,
        per_operating_point=True,
    ),
    Entry(
        "ppv", "Positive predictive value", _V, _S, "share", 0.0, 1.0, _UP,
        "Of the patients flagged, the share that has the outcome.",
        "It follows the prevalence: a value from one hospital does not carry to another.",
        _WILSON,
        per_operating_point=True,
    ),
    Entry(
        "npv", "Negative predictive value", _V, _S, "share", 0.0, 1.0, _UP,
        "Of the patients left alone, the share without the outcome.",
        "With a rare outcome it is high for any model, even one that flags nobody.",
        _WILSON,
        per_operating_point=True,
    ),
    Entry(
        "flag_rate", "Flag rate", _V, _S, "share", 0.0, 1.0, _NEITHER,
        "The share of patients flagged at the cut-off: the work that the model makes.",
        "Neither high nor low is good; compare it with the staff there is.",
        _WILSON,
        per_operating_point=True,
    ),
)
