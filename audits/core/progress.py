"""How long will this still take, as far as can be told?"""

from __future__ import annotations

import math

#: A pace taken from less time, or from less of the work, would be noise.
_LEAST_SECONDS, _LEAST_SHARE = 3.0, 0.05


def remaining(done: int, total: int, seconds: float) -> int | None:
    """Whole seconds for the rest at the pace so far, rounded up; None where there is no pace to go by.

    done, total: in any one unit; seconds: spent on what is done.
    """
    if total <= 0 or done >= total or done < total * _LEAST_SHARE or seconds < _LEAST_SECONDS:
        return None
    return math.ceil(seconds * (total - done) / done)
