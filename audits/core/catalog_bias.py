"""Which measures does a bias audit make, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Spread
from audits.core.values import Kind

_B, _G = Kind.BIAS, Spread.GROUPINGS
_DOWN, _AT = Direction.LOWER, Direction.TARGET
_GAP = (
    "A largest-minus-smallest gap is never below 0 and grows with the number of groups and their smallness, even when "
    "all are treated alike: read the interval, not the point. The limits hold for every pair of groups at once."
)
_SHARE = (
    "A ratio is low when rates are small and noisy; "
    "the four-fifths rule is an employment heuristic, not a clinical one."
)
_PARITY = "Agarwal 2018, ICML (fairlearn's definition)"
_HARDT = "Hardt, Price & Srebro 2016, NeurIPS (fairlearn's definition)"


def _gap(key: str, label: str, meaning: str, misread: str, citation: str, *, at_point: bool = True) -> Entry:
    """A largest-minus-smallest difference between groups."""
    return Entry(
        key, label, _B, _G, "difference", 0.0, 1.0, _DOWN, meaning, misread, citation, per_operating_point=at_point
    )


def _ratio(key: str, label: str, meaning: str, misread: str, citation: str, *, at_point: bool = True) -> Entry:
    """A smallest-over-largest ratio between groups; 1 when all are equal."""
    return Entry(
        key, label, _B, _G, "ratio", 0.0, 1.0, _AT, meaning, misread, citation, target=1.0, per_operating_point=at_point
    )


ENTRIES = (
    _gap(
        "demographic_parity_difference",
        "Demographic parity difference",
        "Largest minus smallest share of patients flagged, over the groups.",
        f"Groups with different true risk ought to differ here. {_GAP}",
        _PARITY,
    ),
    _ratio(
        "demographic_parity_ratio",
        "Demographic parity ratio",
        "Smallest over largest share of patients flagged, over the groups.",
        f"Groups with different true risk ought to differ here. {_SHARE}",
        _PARITY,
    ),
    _gap(
        "equal_opportunity_difference",
        "Equal opportunity difference",
        "Largest minus smallest sensitivity, over the groups.",
        _GAP,
        _HARDT,
    ),
    _ratio(
        "equal_opportunity_ratio",
        "Equal opportunity ratio",
        "Smallest over largest sensitivity, over the groups.",
        _SHARE,
        _HARDT,
    ),
    _gap(
        "false_positive_rate_difference",
        "False positive rate difference",
        "Largest minus smallest share of false alarms among patients without the outcome, over the groups.",
        _GAP,
        _HARDT,
    ),
    _ratio(
        "false_positive_rate_ratio",
        "False positive rate ratio",
        "Smallest over largest share of false alarms among patients without the outcome, over the groups.",
        _SHARE,
        _HARDT,
    ),
    _gap(
        "equalized_odds_difference",
        "Equalized odds difference",
        "The larger of the sensitivity gap and the false positive rate gap.",
        _GAP,
        _HARDT,
    ),
    _ratio(
        "equalized_odds_ratio",
        "Equalized odds ratio",
        "The smaller of the sensitivity ratio and the false positive rate ratio.",
        _SHARE,
        _HARDT,
    ),
    _gap(
        "equalized_odds_mean_difference",
        "Equalized odds difference, averaged",
        "The mean of the sensitivity gap and the false positive rate gap.",
        f"A large gap in one of them is halved by none in the other: read both. {_GAP}",
        _HARDT,
    ),
    _ratio(
        "false_negative_rate_ratio",
        "False negative rate ratio",
        "Smallest over largest share of missed cases among patients with the outcome, over the groups.",
        f"Where few cases are missed one more or less moves it far. {_SHARE}",
        _HARDT,
    ),
    _ratio(
        "true_negative_rate_ratio",
        "Specificity ratio",
        "Smallest over largest specificity, over the groups.",
        f"Near 1 a small shortfall can mean several times as many false alarms. {_SHARE}",
        _HARDT,
    ),
    _gap(
        "accuracy_difference",
        "Accuracy difference",
        "Largest minus smallest share of patients whose flag agrees with their outcome, over the groups.",
        f"Where the outcome is rare a model that flags nobody is accurate: never read it alone. {_GAP}",
        _PARITY,
    ),
    _ratio(
        "accuracy_ratio",
        "Accuracy ratio",
        "Smallest over largest share of patients whose flag agrees with their outcome, over the groups.",
        f"Where the outcome is rare a model that flags nobody is accurate: never read it alone. {_SHARE}",
        _PARITY,
    ),
    _gap(
        "predictive_parity_difference",
        "Predictive parity difference",
        "Largest minus smallest positive predictive value, over the groups.",
        f"It cannot be 0 together with the other gaps when prevalence differs between groups. {_GAP}",
        "Chouldechova 2017, Big Data 5:153",
    ),
    _ratio(
        "predictive_parity_ratio",
        "Predictive parity ratio",
        "Smallest over largest positive predictive value, over the groups.",
        f"It cannot be 1 together with equal error rates when prevalence differs between groups. {_SHARE}",
        "Chouldechova 2017, Big Data 5:153",
    ),
    _gap(
        "auroc_difference",
        "AUROC difference",
        "Largest minus smallest AUROC, over the groups.",
        f"Groups with a narrower spread of risk have a lower AUROC even under a perfect model. {_GAP}",
        "Hanley & McNeil 1982, Radiology 143:29 (AUROC)",
        at_point=False,
    ),
    _gap(
        "brier_difference",
        "Brier score difference",
        "Largest minus smallest Brier score, over the groups.",
        f"Groups with a rarer outcome have a smaller Brier score under any model. {_GAP}",
        "Brier 1950, Mon Weather Rev 78:1",
        at_point=False,
    ),
    _ratio(
        "oe_ratio_between_groups",
        "Calibration ratio between groups",
        "Smallest over largest observed-to-expected ratio, over the groups.",
        "1 means equally calibrated, which includes equally wrong: read each group's own ratio.",
        "Van Calster 2019, BMC Med 17:230",
        at_point=False,
    ),
)
