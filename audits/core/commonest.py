"""How much of a column is its commonest value, when only the values that a sample suggests were counted?"""

from __future__ import annotations

import math
from dataclasses import replace

from scipy.optimize import bisect
from scipy.stats import binom

from audits.core.operating import proportion
from audits.core.values import Estimate


def estimate(hits: int, present: int, sampled: int, copies: int, confidence: float) -> Estimate:
    """The share of the commonest value, 0 to 1, with limits.

    hits: rows with the commonest value that was counted, out of `present`. sampled: rows of the sample that said which
    values to count, 0 when every value was counted. copies: rows of that sample, at most, with any value that was not
    counted. Without a counted value hits is 1, the least that there can be.
    """
    found = proportion(hits, present, confidence, n=present, events=None, nothing="every value is missing")
    if found.value is None or found.high is None or not sampled:
        return found
    hidden = unnoticed(sampled, copies, confidence)
    sample = f"a random sample of {sampled:,} rows"
    if hits <= 1:
        words = f"no value stands twice in {sample}: the least and the most that the commonest can be"
        return replace(found, low=found.value, high=max(found.value, hidden), method=words)
    words = f"{found.method}; counted in all rows, of the values that stand most often in {sample}"
    return replace(found, high=max(found.high, hidden), method=f"{words}, where one above {hidden:.2g} would show")


def unnoticed(sampled: int, copies: int, confidence: float) -> float:
    """The largest share, 0 to 1, that a value may have and yet stand at most `copies` times in `sampled` rows.

    At most 1/s values have a share of s, so the chance that any one of them hides is at most 1/s times that of one: the
    limit is where this is 1 - confidence. For 65,536 rows, 1 copy and 0.95 it is 0.0002, and the chance that a value
    with a share of 0.01 hides is below 1e-280.
    """

    def surplus(share: float) -> float:
        return float(binom.logcdf(copies, sampled, share)) - math.log(share) - math.log1p(-confidence)

    least, most = (copies + 1) / (sampled + 1), 1 - 1e-12
    if least >= most or surplus(most) >= 0:
        return 1.0
    return float(bisect(surplus, min(least, most), most, xtol=1e-9))
