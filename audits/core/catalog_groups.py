"""Which measures compare each subgroup with everyone else, and how is each one read?

The clinical set comes first: is risk stated right, are cases found, is it worth using, in this group as in others?
"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Needs, Spread
from audits.core.values import Kind

_B = Kind.BIAS
_NEWCOMBE = "Newcombe 1998, Stat Med 17:873, method 10 (interval)"
_MOVER = "Zou & Donner 2008, Stat Med 27:1693 (interval)"
_QUOTIENT = "Donner & Zou 2012, Stat Methods Med Res 21:347 (interval)"
_CASE_MIX = "A group whose patients are sicker or more alike differs here under the same model"
_NOT_EQUAL = (
    "An adjusted p-value above 0.05 does not show that groups are treated alike; read the difference's interval."
)
_AT = Direction.TARGET


def _difference(key: str, label: str, meaning: str, misread: str, citation: str, *, at_point: bool = True) -> Entry:
    """A group's value minus that of everyone else."""
    return Entry(
        f"{key}_vs_rest", f"{label} against everyone else", _B, Spread.SLICES, "difference", -1.0, 1.0, _AT, meaning,
        misread, citation, target=0.0, per_operating_point=at_point,
    )  # fmt: skip


def _unbounded(key: str, label: str, meaning: str, misread: str, *, at_point: bool) -> Entry:
    """A difference that is not one of shares."""
    return Entry(
        f"{key}_vs_rest", f"{label} against everyone else", _B, Spread.SLICES, "difference", None, None, _AT, meaning,
        misread, _MOVER, target=0.0, per_operating_point=at_point,
    )  # fmt: skip


def _ratio(key: str, label: str, meaning: str, misread: str, citation: str, *, at_point: bool = True) -> Entry:
    """A group's value over that of everyone else."""
    return Entry(
        f"{key}_vs_rest_ratio", f"{label} over everyone else's", _B, Spread.SLICES, "ratio", 0.0, None, _AT, meaning,
        misread, citation, target=1.0, per_operating_point=at_point,
    )  # fmt: skip


def _p(key: str, label: str, test: str, *, at_point: bool = False) -> Entry:
    """The adjusted p-value of "no difference from the rest"."""
    return Entry(
        f"{key}_vs_rest_p",
        f"{label} against everyone else, adjusted p-value",
        _B,
        Spread.SLICES,
        "probability",
        0.0,
        1.0,
        Direction.NEITHER,
        f"How surprising the group's {test} would be if it did not differ from that of others, adjusted for the number "
        "of subgroups compared.",
        _NOT_EQUAL,
        "Holm 1979, Scand J Stat 6:65",
        per_operating_point=at_point,
        gated=False,
    )


def _worst(key: str, label: str, meaning: str, high: float | None, direction: Direction, *, at_point: bool) -> Entry:
    """The value in the worst of all combinations that were scanned."""
    return Entry(
        key, label, _B, Spread.TABLE, "share" if high else "ratio", 0.0, high, direction, meaning,
        "The worst of many looks bad by chance too: the limits hold for all scanned combinations at once, and a "
        "combination found here is a question to ask of new data, not an answer.",
        "Clopper & Pearson 1934, Biometrika 26:404; Dunn 1961, J Am Stat Assoc 56:52 (simultaneous limits)",
        target=1.0 if direction is _AT else None, per_operating_point=at_point, needs=Needs.SCAN,
    )  # fmt: skip


ENTRIES: tuple[Entry, ...] = (
    _ratio(
        "oe_ratio",
        "Observed-to-expected ratio",
        "A group's observed-to-expected ratio over that of all patients outside the group.",
        "1 means calibrated like the rest, which includes equally wrong: read the group's own ratio.",
        "Riley 2021, Stat Med 40:4230 (standard error)",
        at_point=False,
    ),
    _unbounded(
        "calibration_slope",
        "Calibration slope",
        "A group's calibration slope minus that of all patients outside the group.",
        "Below 0 the model is more over-confident in the group than elsewhere; either slope can still be off.",
        at_point=False,
    ),
    _difference(
        "sensitivity",
        "Sensitivity",
        "A group's sensitivity minus the sensitivity among all patients outside the group.",
        "Below 0 the group's cases are missed more often than others'.",
        _NEWCOMBE,
    ),
    _ratio(
        "sensitivity",
        "Sensitivity",
        "A group's sensitivity over the sensitivity among all patients outside the group.",
        "A ratio looks large where sensitivity is low in both.",
        _QUOTIENT,
    ),
    _difference(
        "specificity",
        "Specificity",
        "A group's specificity minus the specificity among all patients outside the group.",
        "Below 0 the group gets more false alarms than others.",
        _NEWCOMBE,
    ),
    _ratio(
        "specificity",
        "Specificity",
        "A group's specificity over the specificity among all patients outside the group.",
        "Near 1 a small shortfall can mean several times as many false alarms.",
        _QUOTIENT,
    ),
    _unbounded(
        "net_benefit",
        "Net benefit",
        "A group's net benefit at the operating point minus that among all patients outside the group.",
        f"{_CASE_MIX}: a group with a rarer outcome has less to gain.",
        at_point=True,
    ),
    _difference(
        "auroc",
        "AUROC",
        "A group's AUROC minus the AUROC among all patients outside the group.",
        f"{_CASE_MIX}: a narrower spread of risk lowers it.",
        _MOVER,
        at_point=False,
    ),
    _difference(
        "brier",
        "Brier score",
        "A group's Brier score minus the Brier score among all patients outside the group.",
        f"{_CASE_MIX}: a rarer outcome makes it smaller.",
        _MOVER,
        at_point=False,
    ),
    _difference(
        "ppv",
        "PPV",
        "A group's positive predictive value minus that among all patients outside the group.",
        f"{_CASE_MIX}: it follows the prevalence.",
        _NEWCOMBE,
    ),
    _ratio(
        "ppv",
        "PPV",
        "A group's positive predictive value over that among all patients outside the group.",
        f"{_CASE_MIX}: it follows the prevalence.",
        _QUOTIENT,
    ),
    _difference(
        "npv",
        "NPV",
        "A group's negative predictive value minus that among all patients outside the group.",
        f"{_CASE_MIX}: it follows the prevalence.",
        _NEWCOMBE,
    ),
    _ratio(
        "npv",
        "NPV",
        "A group's negative predictive value over that among all patients outside the group.",
        f"{_CASE_MIX}: it follows the prevalence.",
        _QUOTIENT,
    ),
    _difference(
        "flag_rate",
        "Flag rate",
        "A group's share of flagged patients minus that among all patients outside the group.",
        "Groups with different true risk ought to differ here.",
        _NEWCOMBE,
    ),
    _ratio(
        "flag_rate",
        "Flag rate",
        "A group's share of flagged patients over that among all patients outside the group.",
        "Groups with different true risk ought to differ here; the four-fifths rule is an employment heuristic.",
        _QUOTIENT,
    ),
    _p("oe_ratio", "Observed-to-expected ratio", "observed-to-expected ratio"),
    _p("calibration_slope", "Calibration slope", "calibration slope"),
    _p("auroc", "AUROC", "AUROC"),
    _p("sensitivity", "Sensitivity", "sensitivity", at_point=True),
    _p("specificity", "Specificity", "specificity", at_point=True),
    _worst(
        "worst_subgroup_sensitivity",
        "Sensitivity in the worst subgroup",
        "Sensitivity in the combination of attributes, declared or not, where it falls furthest below that of others.",
        1.0,
        Direction.HIGHER,
        at_point=True,
    ),
    _worst(
        "worst_subgroup_specificity",
        "Specificity in the worst subgroup",
        "Specificity in the combination of attributes, declared or not, where it falls furthest below that of others.",
        1.0,
        Direction.HIGHER,
        at_point=True,
    ),
    _worst(
        "worst_subgroup_oe_ratio",
        "Observed-to-expected ratio in the worst subgroup",
        "Observed-to-expected ratio in the combination of attributes, declared or not, that departs most from others.",
        None,
        _AT,
        at_point=False,
    ),
    _worst(
        "worst_subgroup_auroc",
        "AUROC in the worst subgroup",
        "AUROC in the combination of attributes, declared or not, where it falls furthest below that of others.",
        1.0,
        Direction.HIGHER,
        at_point=False,
    ),
)
