"""How does a smooth curve become columns of a regression? Restricted cubic splines, made orthonormal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audits.core.arrays import Floats, Ints

#: Where knots go: quantiles of the scores, most knots first (Harrell 2015, Regression Modeling Strategies, table 2.3).
PLACES: tuple[tuple[float, ...], ...] = (
    (0.05, 0.275, 0.5, 0.725, 0.95),
    (0.05, 0.35, 0.65, 0.95),
    (0.10, 0.50, 0.90),
)
#: Beyond this the columns are one another's shadow.
_CONDITION = 1e8


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """knots: float64[k], increasing; () for a straight line. mixing: float64[c, c], what makes the raw columns
    orthonormal on the rows that the basis was made from."""

    knots: Floats
    mixing: Floats

    def columns(self, line: Floats) -> Floats:
        """float64[m, c]: the design at these places; c is the number of knots, or 2 for a straight line."""
        return np.asarray(_raw(line, self.knots) @ self.mixing)

    @property
    def diagonal(self) -> Floats:
        """float64[c]: the coefficients that give every place back, which are those of a perfect model."""
        return np.asarray(np.linalg.inv(self.mixing)[:, 1])


def basis_of(line: Floats, n: Ints) -> Basis | None:
    """The basis with the most knots that these places can carry; None when they are all the same.

    Five knots, and fewer only where quantiles of the places coincide: what is lost by too few is the shape, what is
    lost by too many is a little precision, and the curve is only drawn where there are hundreds of events.
    """
    if len(line) == 0 or line.min() == line.max():
        return None
    for places in PLACES:
        knots = weighted_quantiles(line, n.astype(np.float64), places)
        if np.all(np.diff(knots) > 0) and (found := _orthonormal(line, n, knots)) is not None:
            return found
    return _orthonormal(line, n, np.zeros(0))


def weighted_quantiles(values: Floats, weight: Floats, shares: tuple[float, ...]) -> Floats:
    """The lowest value that has at least this share of the weight at or below it (inverse of the distribution)."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    # A share that is met exactly must not be missed by the last bit of the product.
    wanted = np.asarray(shares) * reached[-1] * (1 - 1e-12)
    return np.asarray(values[order][np.minimum(np.searchsorted(reached, wanted), len(values) - 1)])


def _orthonormal(line: Floats, n: Ints, knots: Floats) -> Basis | None:
    share = np.sqrt(n / n.sum())
    triangle = np.asarray(np.linalg.qr(_raw(line, knots) * share[:, None], mode="r"))
    if len(triangle) < triangle.shape[1] or np.linalg.cond(triangle) > _CONDITION:
        return None
    return Basis(knots, np.asarray(np.linalg.inv(triangle), dtype=np.float64))


def _raw(line: Floats, knots: Floats) -> Floats:
    """1, x, and k - 2 cubics that are straight lines beyond the outer knots (Stone & Koo 1985; Harrell 2015, 2.4.5)."""
    columns = [np.ones(len(line)), line]
    if len(knots) > 2:
        first, before, last = knots[0], knots[-2], knots[-1]
        tail, end = _cubed(line - before), _cubed(line - last)
        columns += [
            (_cubed(line - knot) - (tail * (last - knot) - end * (before - knot)) / (last - before))
            / (last - first) ** 2
            for knot in knots[:-2]
        ]
    return np.column_stack(columns)


def _cubed(distance: Floats) -> Floats:
    return np.asarray(np.maximum(distance, 0.0) ** 3)
