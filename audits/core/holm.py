"""Which of many tests still speak once it is counted how many were made? Holm's adjustment of a family of p-values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def adjusted(raw: Sequence[float]) -> list[float]:
    """Adjusted p-values in the order given, [0, 1]; raw: float64[m] in [0, 1], m >= 0.

    Rejecting where the adjusted value is at most alpha makes one false claim or more in the family with probability at
    most alpha, however the tests depend on each other (Holm 1979, Scand J Stat 6:65).
    """
    values = np.asarray(raw, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    found = np.empty_like(values)
    found[order] = np.minimum(1.0, stepped)
    return [float(value) for value in found]
