"""Which measures look at sites one by one and together, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Needs, Spread
from audits.core.values import Kind

_UP, _DOWN, _AT, _NEITHER = Direction.HIGHER, Direction.LOWER, Direction.TARGET, Direction.NEITHER
_OVER = "Above 1 more happened at the site than the scores said, which is under-prediction."
_SLOPE = "Below 1 the scores are too extreme for the site; above 1 they are too timid."
_OTHERS = (
    "It is what a new site could hope for after a recalibration on those before it, not what the model does there as "
    "it is; the uncertainty of the recalibration itself is not in the interval."
)
_MEAN = "It says how the average site does. A new site is not the average one: gate on the prediction interval."
_NEW = (
    "With few sites the interval is wide because so little is known of how sites differ; it takes them for a sample of "
    "the sites to come. Where it is wide the average is no promise."
)
_INTERNAL = "Steyerberg & Harrell 2016, J Clin Epidemiol 69:245 (internal-external validation)"
_HARTUNG = "Hartung & Knapp 2001, Stat Med 20:3875; Snell 2018, Stat Methods Med Res 27:3505"
_HIGGINS = (
    "Higgins 2009, J R Stat Soc A 172:137; Riley 2011, BMJ 342:d549; Nagashima 2019, Stat Methods Med Res 28:1689"
)
_PROFILE = "Viechtbauer 2007, Stat Med 26:37 (interval); Viechtbauer 2005, J Educ Behav Stat 30:261 (REML)"
_SHARE = "Higgins & Thompson 2002, Stat Med 21:1539"

#: A measure's label, unit, range, direction and target, at a site or of all of them.
_AUROC = ("AUROC", "probability", 0.0, 1.0, _UP, None)
_RATIO = ("observed to expected", "ratio", 0.0, None, _AT, 1.0)
_STEEP = ("calibration slope", "slope", None, None, _AT, 1.0)
_BRIER = ("Brier score", "squared probability", 0.0, 1.0, _DOWN, None)
_LARGE = ("calibration-in-the-large", "log odds", None, None, _AT, 0.0)
_Kind = tuple[str, str, float | None, float | None, Direction, float | None]


def _entry(
    key: str,
    label: str,
    of: _Kind,
    meaning: str,
    misread: str,
    citation: str,
    *,
    spread: Spread = Spread.TABLE,
    gated: bool = True,
) -> Entry:
    """A measure that needs the table to name sites. label: may hold {} for the measure's own label."""
    name, unit, low, high, direction, target = of
    made = label.format(name)
    return Entry(
        key,
        made[0].upper() + made[1:],
        Kind.VALIDATION,
        spread,
        unit,
        low,
        high,
        direction,
        meaning,
        misread,
        citation,
        target=target,
        needs=Needs.SITE,
        gated=gated,
    )


def _site(key: str, of: _Kind, meaning: str, misread: str, citation: str) -> Entry:
    """A measure of each site."""
    label = "recalibrated {} of a site" if "recalibrated" in key else "{} of a site"
    return _entry(key, label, of, meaning, misread, citation, spread=Spread.SITES)


def _together(key: str, of: _Kind, what: str) -> tuple[Entry, ...]:
    """The four measures of all sites together."""
    return (
        _entry(f"pooled_{key}", "pooled {}", of, f"The {what} of the average site.", _MEAN, _HARTUNG),
        _entry(
            f"predicted_{key}",
            "{} of a new site",
            of,
            f"The {what} that a new site may see: the interval is where it lies, the value the average site's.",
            _NEW,
            _HIGGINS,
        ),
        _entry(
            f"{key}_tau2",
            "variance between sites, {}",
            (of[0], "squared pooled scale", 0.0, None, _DOWN, None),
            f"How much the true {what} varies between sites, beyond chance, on the scale that it is pooled on.",
            "With few sites its interval is wide, and 0 does not show that sites are alike. Where they agree better "
            "than chance alone lets them there is no interval, and a criterion on it cannot be evaluated: gate on the "
            "prediction interval.",
            _PROFILE,
        ),
        _entry(
            f"{key}_i2",
            "share of variance between sites, {}",
            (of[0], "share", 0.0, 1.0, _NEITHER, None),
            f"Of all the variation in the sites' {what}, the share that chance does not explain.",
            "It grows with the size of the sites at the same true differences, so it is no measure of how much they "
            "differ: read the prediction interval.",
            _SHARE,
            gated=False,
        ),
    )


ENTRIES: tuple[Entry, ...] = (
    _site(
        "site_auroc",
        _AUROC,
        "The chance that at this site a random patient with the outcome scores above one without it.",
        "Sites whose patients are more alike have a lower AUROC even under a perfect model.",
        "Hanley & McNeil 1982, Radiology 143:29; DeLong 1988, Biometrics 44:837 (interval)",
    ),
    _site(
        "site_oe_ratio",
        _RATIO,
        "Events observed at this site over the events that the scores add up to.",
        _OVER,
        "Debray 2017, BMJ 356:i6460",
    ),
    _site(
        "site_calibration_intercept",
        _LARGE,
        "How far the log odds of the scores must be moved for their mean to fit this site.",
        "Above 0 the site's patients fare worse than the scores say.",
        "Cox 1958, Biometrika 45:562",
    ),
    _site(
        "site_calibration_slope",
        _STEEP,
        "By how much the log odds of the scores must be stretched to fit this site.",
        _SLOPE,
        "Cox 1958, Biometrika 45:562",
    ),
    _site(
        "site_brier",
        _BRIER,
        "The mean squared distance between score and outcome at this site.",
        "A site where the outcome is rarer has a smaller Brier score under any model.",
        "Brier 1950, Mon Weather Rev 78:1",
    ),
    _site(
        "site_recalibrated_oe_ratio",
        _RATIO,
        "Observed over expected events at this site after the scores were recalibrated on all the other sites.",
        f"{_OVER} {_OTHERS}",
        _INTERNAL,
    ),
    _site(
        "site_recalibrated_slope",
        _STEEP,
        "The calibration slope at this site after the scores were recalibrated on all the other sites.",
        f"{_SLOPE} {_OTHERS}",
        _INTERNAL,
    ),
    _site(
        "site_recalibrated_brier",
        _BRIER,
        "The Brier score at this site after the scores were recalibrated on all the other sites.",
        _OTHERS,
        _INTERNAL,
    ),
    *_together("auroc", _AUROC, "AUROC"),
    *_together("oe_ratio", _RATIO, "ratio of observed to expected events"),
    *_together("calibration_slope", _STEEP, "calibration slope"),
)
