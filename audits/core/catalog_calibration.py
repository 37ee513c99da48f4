"""Which measures look at the whole calibration curve, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Spread
from audits.core.values import Kind

_CURVE = (
    "Austin & Steyerberg 2019, Stat Med 38:4051; Austin & Steyerberg 2014, Stat Med 33:517 and Van Calster 2016, "
    "J Clin Epidemiol 74:167 (curve)"
)
_NOISE = "Noise alone makes it larger than 0, more so in small samples. No value suits every use: declare yours."


def _entry(key: str, label: str, meaning: str, misread: str, citation: str = _CURVE) -> Entry:
    """A distance from perfect calibration, on the scale of probabilities."""
    return Entry(
        key, label, Kind.VALIDATION, Spread.SLICES, "probability", 0.0, 1.0, Direction.LOWER, meaning, misread, citation
    )


ENTRIES: tuple[Entry, ...] = (
    _entry(
        "ici",
        "Integrated calibration index",
        "How far, on average over the patients, the score is from what happens at that score.",
        f"It does not say in which direction: read the curve's caption beside it. {_NOISE}",
    ),
    _entry(
        "e50",
        "Median calibration distance (E50)",
        "Half of the patients have a score that is at most this far from what happens at that score.",
        f"The other half may be much farther off: read E90 beside it. {_NOISE}",
    ),
    _entry(
        "e90",
        "90th percentile of calibration distance (E90)",
        "Nine in ten patients have a score that is at most this far from what happens at that score.",
        f"It rests on the ends of the curve, where rows are few. {_NOISE}",
    ),
    _entry(
        "emax",
        "Largest calibration distance (Emax)",
        "The farthest that any patient's score is from what happens at that score.",
        f"A single extreme score sets it, and the curve is least sure there: the interval is wide. {_NOISE}",
    ),
    _entry(
        "ece",
        "Expected calibration error",
        "How far, on average over ten bins of about equal rows, the mean score is from the event rate.",
        "It depends on the bins and on n, so never compare it between tables or tools; the ICI needs no bins.",
        "Naeini, Cooper & Hauskrecht 2015, AAAI; Guo 2017, ICML",
    ),
)
