"""What should the tally be? The specification read again with pyarrow and numpy.bincount, sharing no engine code."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from audits.core import tally as tallies
from audits.core.tally import Tally
from audits.core.tally_spec import Resolution, Slice, Spec


def count(path: str, spec: Spec, *, outcome: str = "y", score: str = "p", batch: int = 700) -> Tally:
    """The tally of a file, one batch at a time, added up."""
    parts = [
        _batch(piece, spec, outcome, score)
        for piece in pq.ParquetFile(path).iter_batches(batch_size=batch)
        if piece.num_rows
    ]
    return tallies.merge(spec, parts)


def _batch(piece: pa.RecordBatch, spec: Spec, outcome: str, score: str) -> Tally:
    y = np.array([-1.0 if v is None else float(v) for v in piece[outcome].to_pylist()])
    p = np.array([np.nan if v is None else float(v) for v in piece[score].to_pylist()])
    good_y = (y == 0) | (y == 1)
    with np.errstate(invalid="ignore"):
        valid = good_y & (p >= 0) & (p <= 1)
    safe = np.where(valid, p, 0.0)
    if spec.resolution is Resolution.EXACT:
        key = np.where(valid, np.abs(safe), -1.0)
    else:
        bins = np.minimum(np.floor(safe * spec.bins), spec.bins - 1)
        above = np.sum([safe >= cut for cut in spec.cuts], axis=0) if spec.cuts else 0
        key = np.where(valid, bins * (len(spec.cuts) + 1) + above, -1.0)
    half = 0.5
    first = np.where(valid, np.floor(safe * 2**30 + half), 0).astype(np.int64)
    second = np.where(valid, np.floor(safe * safe * 2**30 + half), 0).astype(np.int64)
    outcomes = np.where(good_y, y, -1).astype(np.int64)
    levels = {a.name: _levels(piece[a.name].to_pylist(), a.levels) for a in spec.attributes}
    parts = []
    for index, names in enumerate(spec.groupings):
        labels: list[tuple[str, ...]] = (
            list(zip(*(levels[name] for name in names), strict=True)) if names else [()] * len(y)
        )
        parts.append(_grouping(spec, index, labels, outcomes, key, first, second))
    return tallies.merge(spec, parts)


def _levels(values: list[str | None], kept: tuple[str, ...] | None) -> list[str]:
    return ["(missing)" if v is None else v if kept is None or v in kept else "(other)" for v in values]


def _grouping(
    spec: Spec,
    index: int,
    labels: list[tuple[str, ...]],
    outcome: np.ndarray,
    key: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> Tally:
    names = sorted(set(labels))
    place = np.array([names.index(label) for label in labels], dtype=np.int64)
    cells, inverse = np.unique(np.stack([place, outcome, key], axis=1), axis=0, return_inverse=True)
    inverse = inverse.ravel()
    n = np.bincount(inverse, minlength=len(cells)).astype(np.int64)
    sums = []
    for values in (first, second):
        # bincount adds in float64, exact only to 2^53: halves of 15 bits keep every partial sum below it.
        high, low = values >> 15, values & 0x7FFF
        parts = [np.bincount(inverse, weights=part, minlength=len(cells)).astype(np.int64) for part in (high, low)]
        sums.append(parts[0] * 2**15 + parts[1])
    slices = tuple(Slice(index, label) for label in names)
    return tallies.build(
        spec, slices, cells[:, 0].astype(np.int64), cells[:, 1].astype(np.int64), cells[:, 2], n, *sums
    )
