"""Could chance alone have moved this column? One test per column, then the false discovery rate over all of them.

A p-value says how surely a column moved, never how far: in a large table every difference is significant. It is shown
beside the effect sizes and decides nothing by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, chi2_contingency, false_discovery_control, fisher_exact, ks_2samp, kstwo, kstwobign
from scipy.stats.contingency import association

from audits.core.arrays import Floats
from audits.core.drift import Pair, resampled, root_of_square
from audits.core.values import Estimate

#: Below this expected count the chi-squared distribution is no guide (Cochran 1954, Biometrics 10:417).
_LEAST_EXPECTED = 5.0
#: Values per table up to which the KS test is made exactly; beyond, its limiting distribution is as good.
_EXACT_KS = 1000
#: Rows of one sample above which the limiting distribution is taken, with Stephens' correction.
_MANY = 2000


@dataclass(frozen=True, slots=True)
class Chance:
    """One column's test. p: [0, 1], before any adjustment. n: present values now."""

    p: float
    n: int
    method: str


def ks_test(both: Pair, least: float, most: float) -> Chance:
    """Two-sided Kolmogorov-Smirnov test of a number column with present values in both tables.

    least, most: what the statistic is known to lie between. Where they differ the larger p is taken: the smaller
    statistic is certain. Ties make the test conservative.
    """
    n, m = both.effective
    size = both.sizes[1]
    if least == most and max(both.sizes) <= _EXACT_KS and not both.dependence:
        rows = [np.repeat(both.key, side.astype(np.int64)) for side in (both.reference, both.current)]
        return Chance(float(ks_2samp(*rows, method="exact").pvalue), size, "Kolmogorov-Smirnov, exact")
    rows_of_one = max(1, round(n * m / (n + m)))
    surely, perhaps = (_kolmogorov(distance, rows_of_one) for distance in (least, most))
    within = "" if least == most else f"; binned, p of the rows is between {perhaps:.3g} and {surely:.3g}"
    return Chance(surely, size, f"Kolmogorov-Smirnov, limiting distribution{within}{both.dependence}")


def _kolmogorov(distance: float, n: int) -> float:
    """The chance of such a distance or a larger one without drift.

    kstwo takes time in proportion to n; from 2,000 rows on its limit is within 0.003 of it, and within a hundredth of
    a p below 0.05, with the correction of Stephens 1970 (J R Stat Soc B 32:115).
    """
    if n <= _MANY:
        return float(kstwo.sf(distance, n))
    root = math.sqrt(n)
    return float(kstwobign.sf((root + 0.12 + 0.11 / root) * distance))


def chi_squared(both: Pair) -> Chance:
    """Pearson's chi-squared test of a category's levels against the two tables, or Fisher's exact one where small."""
    table = _pooled(both)
    levels = f"{table.shape[1]} levels{'' if table.shape[1] == len(both.key) else ' after pooling rare ones'}"
    size = both.sizes[1]
    if table.shape[1] < 2:
        # Every way to deal the rows out to the two tables gives the same counts: the permutation p-value is 1.
        return Chance(1.0, size, "every value is the same in both tables")
    if table.shape[1] == 2 and _least_expected(table.sum(axis=0), both).min() < _LEAST_EXPECTED:
        counts = np.rint(table * np.array(both.independent)[:, None]).astype(np.int64)
        return Chance(float(fisher_exact(counts).pvalue), size, f"Fisher's exact test, {levels}{both.dependence}")
    found = chi2_contingency(table, correction=False)
    (n, m), (rows, others) = both.effective, both.sizes
    scale = (n * m / (n + m)) / (rows * others / (rows + others))
    p = float(found.pvalue) if scale == 1.0 else float(chi2.sf(found.statistic * scale, found.dof))
    return Chance(p, size, f"chi-squared, {levels}{both.dependence}")


def cramers_v(both: Pair, confidence: float, replicates: int, rng: np.random.Generator) -> Estimate:
    """Cramér's V between the levels and which table a row is in: 0 when alike, 1 when no level is shared."""
    reference, current = both.reference, both.current
    n, m = both.sizes
    if len(both.key) < 2:
        return Estimate(0.0, 0.0, 0.0, m, None, "every value is the same in both tables")
    value = float(association(np.array([reference, current]).astype(np.int64), method="cramer"))
    before, now = (
        resampled(side, share, replicates, rng)
        for side, share in zip((reference, current), both.independent, strict=True)
    )
    method = f"reflected bootstrap, {replicates:,} replicates; {len(both.key)} levels; reference n = {n}"
    return root_of_square(value, association_of(before, now), confidence, m, method + both.dependence, 1.0)


def association_of(reference: Floats, current: Floats) -> Floats:
    """Cramér's V of many pairs of counts at once, over the last axis; levels that neither has are no levels."""
    n, m = reference.sum(axis=-1, keepdims=True), current.sum(axis=-1, keepdims=True)
    both = reference + current
    apart = n * m * (reference / n - current / m) ** 2
    squared = np.divide(apart, (n + m) * both, out=np.zeros_like(both), where=both > 0)
    return np.asarray(np.sqrt(squared.sum(axis=-1)))


def adjusted(tested: Mapping[str, Chance]) -> dict[str, Estimate]:
    """Each column's p, raised so that those below q hold at most a share q of false alarms on average.

    Benjamini & Hochberg 1995, J R Stat Soc B 57:289; over all the columns that could be tested.
    """
    if not tested:
        return {}
    raised = false_discovery_control([each.p for each in tested.values()], method="bh")
    family = f"Benjamini-Hochberg over {len(tested)} columns" if len(tested) > 1 else "the only column"
    return {
        name: Estimate(min(1.0, float(p)), None, None, each.n, None, f"{each.method}; p = {each.p:.3g}; {family}")
        for (name, each), p in zip(tested.items(), raised, strict=True)
    }


def _pooled(both: Pair) -> Floats:
    """float64[2, k]: counts by level, those too rare for the chi-squared distribution counted as one; k >= 1."""
    total = both.reference + both.current
    order = np.argsort(-total, kind="stable")
    enough = _least_expected(total[order], both) >= _LEAST_EXPECTED
    kept = max(1, int(enough.sum()))
    while 1 < kept < len(order) and _least_expected(total[order[kept:]].sum(), both) < _LEAST_EXPECTED:
        kept -= 1
    columns = [np.array([both.reference[i], both.current[i]]) for i in order[:kept]]
    if kept < len(order):
        rest = order[kept:]
        columns.append(np.array([both.reference[rest].sum(), both.current[rest].sum()]))
    return np.column_stack(columns)


def _least_expected(total: Floats | np.float64, both: Pair) -> Floats:
    """The smaller of the two expected counts of levels with these totals, in independent rows."""
    rows, others = both.sizes
    (n, m) = both.effective
    return np.asarray(total) / (rows + others) * min(n, m)
