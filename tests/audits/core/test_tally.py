"""Does a tally add, travel and refuse as its specification says?"""

from __future__ import annotations

from pathlib import Path

import pytest

from audits.core import tally as tallies
from audits.core.tally import Tally
from audits.core.tally_spec import Attribute, Resolution, Spec
from audits.engines import duckdb
from audits.engines.connection import Limits
from tests.audits import tables


def _spec(**changes: object) -> Spec:
    base: dict[str, object] = {
        "cuts": (0.3,), "attributes": (Attribute("race"),), "groupings": ((), ("race",)),
        "resolution": Resolution.EXACT,
    }  # fmt: skip
    return Spec(**{**base, **changes})  # type: ignore[arg-type]


@pytest.fixture
def counted(tmp_path: Path) -> Tally:
    source = tables.write(tmp_path, tables.dirty())
    return duckdb.tally(
        source, duckdb.specify(source, tables.plan(), limits=Limits()), progress=tables.quiet, limits=Limits()
    )


def test_bytes_are_read_back_to_the_same_tally(counted: Tally) -> None:
    again = tallies.parse(counted.to_bytes())
    assert again == counted
    assert again.spec == counted.spec
    assert again.slices == counted.slices


def test_a_changed_byte_changes_the_digest_or_is_refused(counted: Tally) -> None:
    data = bytearray(counted.to_bytes())
    data[-1] ^= 1
    assert tallies.parse(bytes(data)).digest != counted.digest


@pytest.mark.parametrize("spoil", [lambda d: d[:-1], lambda d: d + b"\0" * 8, lambda d: b"x" + d])
def test_malformed_bytes_are_refused(counted: Tally, spoil: object) -> None:
    with pytest.raises(ValueError):
        tallies.parse(spoil(counted.to_bytes()))  # type: ignore[operator]


def test_bytes_out_of_order_are_refused(counted: Tally) -> None:
    flipped = Tally(
        counted.spec,
        counted.slices,
        counted.place[::-1],
        counted.outcome[::-1],
        counted.key[::-1],
        counted.n[::-1],
        counted.s1[::-1],
        counted.s2[::-1],
    )
    with pytest.raises(ValueError, match="canonical"):
        tallies.parse(flipped.to_bytes())


def test_adding_nothing_changes_nothing(counted: Tally) -> None:
    assert counted + tallies.empty(counted.spec) == counted
    assert (counted + counted).rows == 2 * counted.rows


def test_tallies_of_different_questions_do_not_add(counted: Tally) -> None:
    with pytest.raises(ValueError, match="same thing"):
        counted + tallies.empty(_spec())


@pytest.mark.parametrize(
    "changes",
    [
        {"cuts": (0.5, 0.3)},
        {"cuts": (0.3, 0.3)},
        {"cuts": (1.2,)},
        {"cuts": (float("nan"),)},
        {"bins": 1000},
        {"groupings": (("race",),)},
        {"groupings": ((), ("race",), ("race",))},
        {"groupings": ((), ("gender",))},
    ],
)
def test_a_specification_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        _spec(**changes)
