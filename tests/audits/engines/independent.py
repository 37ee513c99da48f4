"""What should the tally be? docs/tally.md read again with pyarrow and numpy.bincount, sharing no code that counts.

The canonical bytes are written here too, so that an engine that agrees with these agrees with the document.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from audits.core import tally as tallies
from audits.core.tally import Tally
from audits.core.tally_spec import Attribute, Resolution, Spec
from audits.core.values import Window

#: One cell: (grouping, levels, outcome, key), and what it holds: [n, s1, s2].
Cell = tuple[int, tuple[str, ...], int, float]
Cells = dict[Cell, list[int]]


def count(path: str, spec: Spec, *, outcome: str = "y", score: str = "p", batch: int = 700) -> Tally:
    """The tally of a file, one batch at a time, added up."""
    return tallies.parse(as_bytes(path, spec, outcome=outcome, score=score, batch=batch))


def as_bytes(path: str, spec: Spec, *, outcome: str = "y", score: str = "p", batch: int = 700) -> bytes:
    """The canonical bytes of a file's tally."""
    cells: Cells = {}
    for piece in pq.ParquetFile(path).iter_batches(batch_size=batch):
        if piece.num_rows:
            _add(cells, piece, spec, outcome, score)
    return _written(cells, spec)


def _add(cells: Cells, piece: pa.RecordBatch, spec: Spec, outcome: str, score: str) -> None:
    y, p = (np.array([np.nan if v is None else float(v) for v in piece[name].to_pylist()]) for name in (outcome, score))
    good_y = np.isin(y, (0.0, 1.0))
    valid = good_y & (np.nan_to_num(p, nan=-1.0) >= 0) & (np.nan_to_num(p, nan=-1.0) <= 1)
    safe = np.where(valid, p, 0.0)
    if spec.resolution is Resolution.EXACT:
        key = np.where(valid, np.abs(safe), -1.0)
    else:
        bins = np.minimum(np.floor(safe * spec.bins), spec.bins - 1)
        above = np.searchsorted(np.array(spec.cuts), safe, side="right")
        key = np.where(valid, bins * (len(spec.cuts) + 1) + above, -1.0)
    outcomes = np.where(good_y, np.nan_to_num(y), -1).astype(np.int64)
    first, second = (np.where(valid, np.floor(x * 2**30 + 0.5), 0).astype(np.int64) for x in (safe, safe * safe))
    levels = {a.name: [_level(a, value) for value in piece[a.name].to_pylist()] for a in spec.attributes}
    for index, names in enumerate(spec.groupings):
        labels = list(zip(*(levels[name] for name in names), strict=True)) if names else [()] * len(y)
        known = sorted(set(labels))
        place = np.array([known.index(label) for label in labels])
        found, inverse = np.unique(np.stack([place, outcomes, key], axis=1), axis=0, return_inverse=True)
        sums = [_summed(inverse.ravel(), values, len(found)) for values in (np.ones_like(first), first, second)]
        for row, *held in zip(found.tolist(), *(column.tolist() for column in sums), strict=True):
            total = cells.setdefault((index, known[int(row[0])], int(row[1]), row[2] + 0.0), [0, 0, 0])
            total[:] = [a + b for a, b in zip(total, held, strict=True)]


def _summed(place: Any, values: Any, size: int) -> Any:
    """int64[size]. bincount adds in float64, exact only to 2^53: halves of 15 bits keep every sum far below it."""
    high, low = (np.bincount(place, weights=part, minlength=size) for part in (values >> 15, values & 0x7FFF))
    return high.astype(np.int64) * 2**15 + low.astype(np.int64)


def _level(attribute: Attribute, value: Any) -> str:
    if value is None:
        return "(missing)"
    if attribute.people:
        return str(int(hashlib.md5(str(value).encode()).hexdigest()[:7], 16) % attribute.people)
    if attribute.window is not None:
        day: date = value.date() if isinstance(value, datetime) else value
        return (day if attribute.window is Window.DAY else day - timedelta(days=day.weekday())).isoformat()
    return str(value) if attribute.levels is None or value in attribute.levels else "(other)"


def _written(cells: Cells, spec: Spec) -> bytes:
    order = sorted(cells)
    slices = sorted({(grouping, levels) for grouping, levels, _, _ in order})
    place = {where: index for index, where in enumerate(slices)}
    attributes = [
        {"levels": a.levels, "name": a.name, "people": a.people, "window": a.window and a.window.value}
        for a in spec.attributes
    ]
    header = {
        "attributes": attributes,
        "bins": spec.bins,
        "cuts": [cut.hex() for cut in spec.cuts],
        "entries": len(order),
        "groupings": spec.groupings,
        "resolution": str(spec.resolution),
        "slices": [{"grouping": grouping, "levels": levels} for grouping, levels in slices],
    }
    line = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    integers: Sequence[list[int]] = [
        [place[cell[:2]] for cell in order],
        [cell[2] for cell in order],
        *([cells[cell][index] for cell in order] for index in range(3)),
    ]
    columns = [np.array(values, dtype="<i8").tobytes() for values in integers]
    columns.insert(2, np.array([cell[3] for cell in order], dtype="<f8").tobytes())
    return b"formulary tally 2\n" + line.encode() + b"\n" + b"".join(columns)
