"""Is every measure explained, and does every suite make exactly the measures that the catalogue lists?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from audits.core.catalog import CATALOG, ENTRIES, of_kind
from audits.core.catalog_entry import Direction, Entry, Spread
from audits.core.values import Column, Kind
from audits.suites.registry import SUITES
from tests.audits import tables


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_every_measure_is_explained(entry: Entry) -> None:
    assert all((entry.label, entry.unit, entry.meaning, entry.misread, entry.citation))
    assert entry.meaning.endswith(".")
    assert (entry.target is not None) == (entry.direction is Direction.TARGET)
    if entry.low is not None and entry.high is not None:
        assert entry.low < entry.high


def test_keys_are_unique() -> None:
    assert len(CATALOG) == len(ENTRIES)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_suite_makes_the_measures_of_its_kind_in_their_places(kind: Kind, tmp_path: Path) -> None:
    data = {**tables.clean(), "age": tables.clean(seed=3)["p"]}
    data["who"] = [str(index // 2) for index in range(2000)]
    roles = (*tables.COLUMNS, Column("age", "feature", "number", minimum=0.0), Column("who", "subject", "text"))
    source = tables.write(tmp_path, data, roles)
    result = SUITES[kind](source=source, reference=source, plan=tables.plan(), progress=tables.quiet)
    assert result.kind is kind
    made, listed = {m.measure for m in result.measurements}, of_kind(kind)
    assert {entry.key for entry in listed if entry.needs is None} <= made <= {entry.key for entry in listed}
    assert len({m.key for m in result.measurements}) == len(result.measurements)
    for m in result.measurements:
        entry = CATALOG[m.measure]
        assert bool(m.operating_point) == entry.per_operating_point
        assert bool(m.across) == (entry.spread is Spread.GROUPINGS)
        assert bool(m.column) == (entry.spread is Spread.COLUMNS)
        for number in (m.estimate.value, m.estimate.low, m.estimate.high):
            assert number is None or entry.low is None or number >= entry.low
            assert number is None or entry.high is None or number <= entry.high


def test_what_the_web_process_imports_is_light() -> None:
    code = (
        "import sys; import audits.core.plan, audits.core.catalog, audits.core.checks, audits.core.values;"
        "print([m for m in ('numpy', 'scipy', 'sklearn', 'fairlearn', 'duckdb', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("key", "inside", "outside", "words"),
    [
        ("auroc", (0.0, 0.5, 1.0), (-0.1, 1.1), "from 0 to 1"),
        ("oe_ratio", (0.0, 7.0), (-0.1,), "from 0 on"),
        ("calibration_intercept", (-9.0, 9.0), (), "anywhere"),
    ],
)
def test_a_measure_knows_which_values_it_can_have(
    key: str, inside: tuple[float, ...], outside: tuple[float, ...], words: str
) -> None:
    entry = CATALOG[key]
    assert all(entry.can_be(value) for value in inside)
    assert not any(entry.can_be(value) for value in outside)
    assert entry.range_in_words == words
