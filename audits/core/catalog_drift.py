"""Which measures does a drift audit make, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Spread
from audits.core.values import Kind

_D, _C, _DOWN = Kind.DRIFT, Spread.COLUMNS, Direction.LOWER

ENTRIES = (
    Entry(
        "psi", "Population stability index", _D, _C, "index", 0.0, None, _DOWN,
        "How far the shares of patients in the reference's tenths have moved.",
        "0.10 and 0.25 are credit-scoring folklore, and small tables exceed them by chance: compare with the noise floor.",
        "Siddiqi 2006, Credit Risk Scorecards; Yurdakul & Naranjo 2020, J Risk Model Valid 14(4)",
    ),
    Entry(
        "psi_noise_floor", "PSI noise floor", _D, _C, "index", 0.0, None, Direction.NEITHER,
        "The PSI to expect from chance alone with these two sample sizes.",
        "It is no measure of drift: a PSI at or below it is no evidence of any.",
        "Yurdakul & Naranjo 2020, J Risk Model Valid 14(4)",
    ),
    Entry(
        "jensen_shannon", "Jensen-Shannon distance", _D, _C, "distance", 0.0, 0.8326, _DOWN,
        "A symmetric distance between the two sets of shares, 0 when alike and 0.83 when nothing overlaps.",
        "It ignores order: moving to the next tenth counts as much as moving across the range.",
        "Lin 1991, IEEE Trans Inf Theory 37:145; Endres & Schindelin 2003, IEEE Trans Inf Theory 49:1858",
    ),
    Entry(
        "ks", "Kolmogorov-Smirnov statistic", _D, _C, "share", 0.0, 1.0, _DOWN,
        "The largest difference between the two cumulative shares.",
        "It is an effect size here; a p-value would call any difference drift once tables are large.",
        "Smirnov 1948, Ann Math Stat 19:279", numeric_only=True,
    ),
    Entry(
        "wasserstein", "Normalised Wasserstein distance", _D, _C, "reference standard deviations", 0.0, None, _DOWN,
        "How far values moved on average, in standard deviations of the reference.",
        "One extreme value can move it a lot; look at the shares too.",
        "Ramdas, Garcia & Cuturi 2017, Entropy 19:47", numeric_only=True,
    ),
    Entry(
        "missing_share_difference", "Change in missing share", _D, _C, "difference", -1.0, 1.0, Direction.TARGET,
        "The share of missing values now, minus the share in the reference.",
        "The other drift measures look at present values only, so a feed that stops shows here and nowhere else.",
        "Newcombe 1998, Stat Med 17:873, method 10 (interval)", target=0.0,
    ),
)
