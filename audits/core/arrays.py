"""What do arrays look like in the arithmetic: their types, and the one sum that everything is made of?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def totals(place: Ints, weights: Floats | Ints, size: int | None = None) -> Floats:
    """float64[size]: the sum of the weights that share a place; exact for counts below 2^53."""
    length = size if size is not None else (int(place.max()) + 1 if len(place) else 0)
    return np.asarray(np.bincount(place, weights=weights, minlength=length), dtype=np.float64)
