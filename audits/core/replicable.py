"""Which measures can be made on other weights, and on which scale does the interval of each one bend?

A measure that is here gets an interval from groups of patients when patients repeat. To add one: its functional and
scale under its key in the catalogue, in WHOLE when it is about the scores, in AT_CUT when it holds at an operating
point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from audits.core import calibration_bins, calibration_distance, functionals, utility
from audits.core.functionals import Functional
from audits.core.functionals_operating import FORMULAS, at_cut
from audits.core.functionals_recalibration import calibration_intercept, calibration_slope
from audits.core.scales import Scale

#: measure -> (functional, scale)
WHOLE: Mapping[str, tuple[Functional, Scale]] = MappingProxyType(
    {
        "auroc": (functionals.auroc, Scale.LOGIT),
        "average_precision": (functionals.average_precision, Scale.LOGIT),
        "prevalence": (functionals.prevalence, Scale.SHARE),
        "brier": (functionals.brier, Scale.PLAIN),
        "scaled_brier": (functionals.scaled_brier, Scale.PLAIN),
        "oe_ratio": (functionals.oe_ratio, Scale.LOG),
        "calibration_intercept": (calibration_intercept, Scale.PLAIN),
        "calibration_slope": (calibration_slope, Scale.PLAIN),
    }
)

#: Distances that noise can only raise, and their scale: an interval around the value would leave their truth out when
#: it is near 0. What they have is widened instead, by the most that repeated patients
#: can (`people.Repeats.design_factor`).
WIDENED: Mapping[str, Scale] = MappingProxyType(
    dict.fromkeys((*calibration_distance.FUNCTIONALS, calibration_bins.KEY), Scale.PLAIN)
)

#: (index of the cut, its score) -> the functional there
AtCut = Callable[[int, float], Functional]


def _plain(measure: str) -> AtCut:
    """A measure of the confusion counts, which does not ask for the cut's score."""
    return lambda cut, _: at_cut(measure, cut)


#: measure -> (how its functional is made, scale)
AT_CUT: Mapping[str, tuple[AtCut, Scale]] = MappingProxyType(
    {
        **{measure: (_plain(measure), scale) for measure, (_, scale) in FORMULAS.items()},
        **{measure: (make, Scale.PLAIN) for measure, make in utility.FUNCTIONALS.items()},
    }
)
