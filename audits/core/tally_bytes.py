"""How does a tally travel? One byte string per tally, whoever counted it: header line, then arrays, little-endian."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from audits.core.arrays import Floats, Ints
from audits.core.tally_spec import Attribute, Resolution, Slice, Spec
from audits.core.values import Window

_MAGIC = b"formulary tally 2\n"
_INTS, _FLOATS = np.dtype("<i8"), np.dtype("<f8")


def pack(spec: Spec, slices: Sequence[Slice], columns: Sequence[Ints | Floats]) -> bytes:
    """Bytes of canonical columns (place, outcome, key, n, s1, s2), all of one length."""
    header = {
        "attributes": [
            {"levels": a.levels, "name": a.name, "people": a.people, "window": a.window} for a in spec.attributes
        ],
        "bins": spec.bins,
        # Hexadecimal: the exact float64, with no reader's rounding in between.
        "cuts": [cut.hex() for cut in spec.cuts],
        "entries": len(columns[0]),
        "groupings": spec.groupings,
        "resolution": spec.resolution.value,
        "slices": [{"grouping": s.grouping, "levels": s.levels} for s in slices],
    }
    line = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
    body = b"".join(c.astype(_FLOATS if c.dtype.kind == "f" else _INTS).tobytes() for c in columns)
    return _MAGIC + line + b"\n" + body


def unpack(data: bytes) -> tuple[Spec, tuple[Slice, ...], list[Ints], Floats]:
    """Spec, slices, the integer columns (place, outcome, n, s1, s2) and the keys. Raises ValueError if malformed."""
    if not data.startswith(_MAGIC):
        raise ValueError("not a tally")
    line, _, body = data[len(_MAGIC) :].partition(b"\n")
    header = json.loads(line)
    entries = header["entries"]
    if len(body) != entries * 8 * 6:
        raise ValueError("a tally is cut short or too long")
    slices = tuple(Slice(item["grouping"], tuple(item["levels"])) for item in header["slices"])
    integers = [np.frombuffer(body, _INTS, entries, index * entries * 8).astype(np.int64) for index in (0, 1, 3, 4, 5)]
    key = np.frombuffer(body, _FLOATS, entries, 2 * entries * 8).astype(np.float64)
    return _spec(header), slices, integers, key


def _spec(header: Mapping[str, object]) -> Spec:
    attributes, cuts, groupings = header["attributes"], header["cuts"], header["groupings"]
    if not isinstance(attributes, list) or not isinstance(cuts, list) or not isinstance(groupings, list):
        raise ValueError("a tally's header is malformed")
    return Spec(
        cuts=tuple(float.fromhex(cut) for cut in cuts),
        attributes=tuple(
            Attribute(
                item["name"],
                None if item["levels"] is None else tuple(item["levels"]),
                item["people"],
                None if item["window"] is None else Window(item["window"]),
            )
            for item in attributes
        ),
        groupings=tuple(tuple(names) for names in groupings),
        resolution=Resolution(str(header["resolution"])),
        bins=int(str(header["bins"])),
    )
