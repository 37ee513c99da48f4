"""Which measures compare the model with the existing method, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Needs, Spread
from audits.core.values import Kind

_UP, _DOWN, _NEITHER = Direction.HIGHER, Direction.LOWER, Direction.NEITHER
_MARGIN = (
    "A criterion on the interval, with minus a margin as its minimum, is the test of non-inferiority: what may be "
    "lost is fixed in the plan, and “met” means that the whole interval lies above it. An interval across 0 never "
    "shows that two methods are equal."
)
_NESTED = (
    "Where model and existing method were fitted on these very rows, one inside the other, the interval is not valid "
    "(Demler 2012, Stat Med 31:2577)."
)
_NRI = (
    "It rewards a badly calibrated model and can be positive for a marker that is only noise (Kerr 2014, Epidemiology "
    "25:114; Hilden & Gerds 2014, Stat Med 33:3405): read it beside net benefit; it decides nothing."
)
_CHOSEN = (
    "At a target both cut-offs are chosen on the very rows that are judged: the interval then spans what given "
    "cut-offs would have and what replicates give that choose both anew."
)
_P = "A small p says that the two differ, not that the difference matters; a large one does not make them equal."
_PENCINA = "Pencina 2008, Stat Med 27:157"
_TANGO = "Tango 1998, Stat Med 17:891 (interval)"


def _entry(
    key: str,
    label: str,
    meaning: str,
    misread: str,
    citation: str,
    *,
    unit: str = "difference",
    low: float | None = -1.0,
    high: float | None = 1.0,
    direction: Direction = _UP,
    at_point: bool = True,
    gated: bool = True,
) -> Entry:
    """A measure of every slice that needs the existing method's answers."""
    return Entry(
        key,
        label,
        Kind.VALIDATION,
        Spread.SLICES,
        unit,
        low,
        high,
        direction,
        meaning,
        misread,
        citation,
        per_operating_point=at_point,
        needs=Needs.COMPARATOR,
        gated=gated,
    )


ENTRIES: tuple[Entry, ...] = (
    _entry(
        "comparator_auroc",
        "AUROC of the existing method",
        "The chance that the existing method ranks a random patient with the outcome above one without it.",
        "It rests on the rows that have the existing method's answer; a yes-or-no decision ranks in one step only.",
        "Hanley & McNeil 1982, Radiology 143:29; DeLong 1988, Biometrics 44:837 (interval)",
        unit="probability",
        low=0.0,
        at_point=False,
    ),
    _entry(
        "auroc_vs_comparator",
        "AUROC against the existing method",
        "The model's AUROC minus the existing method's, on the same patients; above 0 the model ranks better.",
        f"{_MARGIN} {_NESTED}",
        "DeLong 1988, Biometrics 44:837; Piaggio 2012, JAMA 308:2594 (margin)",
        at_point=False,
    ),
    _entry(
        "brier_vs_comparator",
        "Brier score against the existing method",
        "The model's Brier score minus the existing method's, on the same patients; below 0 the model is closer.",
        f"Less is better, so a margin is a maximum here. A yes-or-no decision has no Brier score. {_NESTED}",
        "Brier 1950, Mon Weather Rev 78:1",
        direction=_DOWN,
        at_point=False,
    ),
    _entry(
        "sensitivity_vs_comparator",
        "Sensitivity against the existing method",
        "The model's sensitivity minus the existing method's, on the same patients, each at its own cut-off.",
        f"A gain here is easily bought with specificity: read both. At a target sensitivity it is about 0 by "
        f"construction and shows nothing. {_CHOSEN} {_MARGIN}",
        _TANGO,
    ),
    _entry(
        "specificity_vs_comparator",
        "Specificity against the existing method",
        "The model's specificity minus the existing method's, on the same patients, each at its own cut-off.",
        f"A gain here is easily bought with sensitivity: read both. At a target specificity it is about 0 by "
        f"construction and shows nothing. {_CHOSEN} {_MARGIN}",
        _TANGO,
    ),
    _entry(
        "mcnemar_sensitivity_p",
        "McNemar's p, patients with the outcome",
        "The chance of so uneven a disagreement among patients with the outcome if both methods caught equally many.",
        _P,
        "McNemar 1947, Psychometrika 12:153",
        unit="probability",
        low=0.0,
        direction=_NEITHER,
        gated=False,
    ),
    _entry(
        "mcnemar_specificity_p",
        "McNemar's p, patients without the outcome",
        "The chance of so uneven a disagreement among patients without the outcome if both spared equally many.",
        _P,
        "McNemar 1947, Psychometrika 12:153",
        unit="probability",
        low=0.0,
        direction=_NEITHER,
        gated=False,
    ),
    _entry(
        "net_benefit_vs_comparator",
        "Net benefit against the existing method",
        "The model's net benefit at the operating point minus the existing method's, on the same patients.",
        f"False alarms are weighed by the operating point of the model, taken as a risk, for both methods; at a "
        f"target that risk is redrawn with the cut-offs. {_CHOSEN} {_MARGIN}",
        "Vickers & Elkin 2006, Med Decis Making 26:565; Zou & Donner 2008, Stat Med 27:1693 (interval)",
        unit="true positives per patient",
        low=None,
        high=None,
    ),
    _entry(
        "nri_events",
        "Net reclassification, patients with the outcome",
        "Of patients with the outcome, the share newly flagged by the model minus the share that it no longer flags.",
        f"With one cut-off it is the difference of sensitivity. {_NRI}",
        _PENCINA,
        gated=False,
    ),
    _entry(
        "nri_nonevents",
        "Net reclassification, patients without the outcome",
        "Of patients without the outcome, the share no longer flagged by the model minus the share newly flagged.",
        f"With one cut-off it is the difference of specificity. {_NRI}",
        _PENCINA,
        gated=False,
    ),
    _entry(
        "idi",
        "Integrated discrimination improvement",
        "How much further apart the model puts the mean scores of both outcomes than the existing method does.",
        f"Scores that are too extreme raise it. {_NRI}",
        _PENCINA,
        low=-2.0,
        high=2.0,
        at_point=False,
        gated=False,
    ),
)
