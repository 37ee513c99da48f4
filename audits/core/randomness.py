"""Which random numbers does a measurement get? A stream of its own, fixed by the plan's seed and its name."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *names: str) -> np.random.Generator:
    """The generator for one measurement: the same whatever else is measured, and in whatever order."""
    digest = hashlib.sha256("\x00".join(names).encode("utf-8", "surrogatepass")).digest()
    words = np.frombuffer(digest, dtype="<u4")
    return np.random.default_rng(np.random.SeedSequence([seed, *(int(word) for word in words)]))
