"""Does a count of 1 to 10 patients of any audit get past the veil, as a number, in words, or by subtraction?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audits.core.catalog import CATALOG
from audits.core.values import (
    Column,
    DecisionRange,
    Kind,
    Measurement,
    OperatingPoint,
    PlanSpec,
    Population,
    Rate,
    Result,
    Target,
    Variable,
)
from audits.engines.connection import Limits
from audits.models.measurement import MeasurementRow
from audits.suites.registry import SUITES
from governance.reports import evidence as e
from governance.reports.gather_audits import measured
from governance.reports.veil import Veil, veil_of
from governance.reports.veiled_facts import facts_behind
from tests.audits import tables

ROWS = 700
ROLES = (
    Column("pid", "subject", "text"),
    Column("y", "outcome", "number"),
    Column("p", "score", "number"),
    Column("old", "comparator", "number"),
    Column("ward", "site", "text"),
    Column("day", "date", "date"),
    Column("known", "outcome_date", "date"),
    Column("race", "subgroup", "text"),
    Column("sex", "subgroup", "text"),
    Column("lab", "feature", "number", minimum=0, maximum=200),
    Column("kind", "feature", "text"),
)
GROUPINGS = (("race",), ("sex",), ("race", "sex"))
#: Keys of facts under which an integer is a number of patients.
COUNTS = {
    "n", "events", "nonevents", "rows", "pairs", "without_comparator", "comparator_outside", "comparator_rows",
    "missing", "undated_rows", "before_prediction", "waiting", "people", "unknown_people", "without_subject",
    "invalid_outcomes", "invalid_scores", "rows_without_site",
}  # fmt: skip
#: Measures whose n counts columns.
OF_COLUMNS = {"drifted_columns", "drifted_share"}
#: Measures whose n counts the rows of each level that was compared, or people.
OF_PAIRS = {"missing_share_gap", "population_smd"}
SMALL_IN_WORDS = re.compile(
    r"(?<![\d.,])(?:10|[1-9]) (?:flagged |groups of )?"
    r"(?:patients?|subjects?|people|rows?(?! per)|(?:non-)?events?|outcomes?|values?|scores?|observed)\b"
)
PARTS = re.compile(r"(?<![\d.,])(?<!to )(\d+) of (\d+)\b(?! replicates)")
AGAINST = re.compile(r"(\d+) against (\d+)")


def few(count: int | str | None) -> bool:
    return isinstance(count, int) and 0 < count < 11


def columns(seed: int) -> dict[str, Any]:
    """Made-up patients, among whom a little of everything is rare."""
    rng = np.random.default_rng(seed)
    score = rng.beta(2, 4, ROWS).round(3)
    outcome = list((rng.random(ROWS) < score).astype(int))
    old = list(np.clip(score + rng.normal(0, 0.12, ROWS), 0, 1).round(3))
    old[:7] = [None] * 3 + [1.4] * 4
    start = date(2026, 1, 5)
    weeks = rng.choice(12, ROWS, p=[0.2, 0.2, 0.2, 0.2, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.04, 0.04])
    days: list[date | None] = [start + timedelta(days=int(7 * week + rng.integers(7))) for week in weeks]
    days[100:104] = [None] * 4
    known = [None if day is None else day + timedelta(days=int(rng.integers(28))) for day in days]
    for place, day in enumerate(known):
        if day is not None and day > date(2026, 3, 25):
            known[place], outcome[place] = None, None
    known[:5] = [(day or start) - timedelta(days=3) for day in days[:5]]
    ward = rng.choice(["north", "south", "east", "west"], ROWS, p=[0.4, 0.3, 0.2, 0.1]).astype(object)
    ward[:25], ward[200:203] = "tiny", None
    race = rng.choice(["white", "black", "asian"], ROWS, p=[0.7, 0.24, 0.06]).astype(object)
    race[300:306] = "other"
    lab = list(rng.normal(90, 20, ROWS).round(0))
    lab[::130] = [None] * len(lab[::130])
    lab[5], lab[6] = 900.0, -3.0
    kind = rng.choice(["a", "b"], ROWS, p=[0.9, 0.1]).astype(object)
    kind[:4] = f"z{seed}"
    return {
        "pid": [f"s{seed}-{place // 2 if place < 60 else place}" for place in range(ROWS)],
        "y": pa.array([None if each is None else int(each) for each in outcome], pa.int8()),
        "p": score,
        "old": pa.array(old, pa.float64()),
        "ward": pa.array(list(ward)),
        "day": pa.array(days, pa.date32()),
        "known": pa.array(known, pa.date32()),
        "race": pa.array(list(race)),
        "sex": rng.choice(["f", "m"], ROWS),
        "lab": pa.array(lab, pa.float64()),
        "kind": pa.array(list(kind)),
    }


def plan() -> PlanSpec:
    return tables.plan(
        operating_points=(OperatingPoint("alert", 0.3), OperatingPoint("urgent", 0.75)),
        targets=(Target("aim", Rate.SENSITIVITY, 0.9),),
        decision_range=DecisionRange(0.1, 0.5),
        subgroups=("race", "sex"),
        intersections=(("race", "sex"),),
        scan_depth=2,
        population=Population(
            "census",
            (
                Variable("race", shares=(("white", 0.6), ("black", 0.3), ("asian", 0.08), ("none", 0.02))),
                Variable("lab", mean=90.0, sd=20.0),
            ),
        ),
    )


@dataclass(frozen=True)
class Shown:
    """What a report would say of all four audits of one table."""

    veil: Veil
    results: Mapping[Kind, Result]
    rows: tuple[tuple[Measurement, e.Measured], ...]
    facts: Mapping[Kind, dict[str, Any]]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("tables")
    now, before = (tables.write(folder, columns(seed), ROLES, name=str(seed)) for seed in (1, 2))
    results = {
        kind: run(source=now, reference=before, plan=plan(), progress=tables.quiet, limits=Limits())
        for kind, run in SUITES.items()
    }
    found = [each for result in results.values() for each in result.measurements]
    veil = veil_of(found, GROUPINGS)
    facts = {kind: facts_behind(result.facts, veil, ROWS, ROWS) for kind, result in results.items()}
    return Shown(veil, results, tuple((each, measured(row_of(each), veil, ROWS)) for each in found), facts)


def row_of(found: Measurement) -> MeasurementRow:
    told = found.estimate
    return MeasurementRow(
        measure=found.measure, slice=found.slice, across=found.across, operating_point=found.operating_point,
        column=found.column, value=told.value, low=told.low, high=told.high, n=told.n, events=told.events,
        method=told.method, reason=told.reason,
    )  # fmt: skip


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from texts(each)


def counts(value: Any, path: str = "", *, inside: bool = False) -> Iterator[tuple[str, int]]:
    """Every integer under a key that counts patients, however deep."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from counts(each, f"{path}.{key}", inside=inside or key in COUNTS)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from counts(each, path, inside=inside)
    elif inside and isinstance(value, int) and not isinstance(value, bool):
        yield path, value


def told_small(text: str) -> bool:
    parts = [(int(a), int(b)) for a, b in PARTS.findall(text)]
    sides = [int(each) for found in AGAINST.findall(text) for each in found]
    few_part = any(few(part) or few(whole - part) or few(whole) for part, whole in parts)
    return bool(SMALL_IN_WORDS.search(text)) or few_part or ("disagreements" in text and any(map(few, sides)))


def test_the_table_is_as_dirty_as_it_should_be(shown: Shown) -> None:
    raw = [each.estimate for result in shown.results.values() for each in result.measurements]
    small = {path for kind in SUITES for path, count in counts(shown.results[kind].facts) if few(count)}
    assert {".undated_rows", ".rows_without_site.(missing)"} <= {path[path.index(".", 1) :] for path in small}
    assert sum(told_small(each.method) for each in raw) > 30
    assert {".comparison.without_comparator", ".label_delay.before_prediction", ".columns.missing"} <= small


def test_no_small_count_stands_under_n_or_events(shown: Shown) -> None:
    found = [
        (raw.measure, raw.slice, count)
        for raw, told in shown.rows
        if not raw.across and raw.measure not in OF_COLUMNS
        for count in (
            told.n,
            told.events,
            told.n - told.events if isinstance(told.n, int) and isinstance(told.events, int) else 0,
        )
        if isinstance(count, int) and few(count)
    ]
    assert found == []


def test_no_method_and_no_reason_tells_a_small_count(shown: Shown) -> None:
    said = {text for _, told in shown.rows for text in (told.method, told.reason or "")}
    assert sorted(filter(told_small, said)) == []


def test_no_share_is_that_of_a_few_rows(shown: Shown) -> None:
    found = []
    for raw, told in shown.rows:
        parts = [(int(a), int(b)) for a, b in PARTS.findall(raw.estimate.method)]
        if told.value is not None and any(few(part) or few(whole - part) for part, whole in parts):
            found.append((raw.measure, raw.slice, raw.operating_point, raw.column, raw.estimate.method))
    assert found == []


@pytest.mark.parametrize("kind", list(Kind))
def test_the_facts_hold_no_small_count(kind: Kind, shown: Shown) -> None:
    assert [(path, count) for path, count in counts(shown.facts[kind]) if few(count)] == []
    assert sorted(filter(told_small, texts(shown.facts[kind]))) == []


def test_rows_of_one_slice_do_not_differ_by_a_few(shown: Shown) -> None:
    """Rows of the table are shown, and so are those that were measured: data quality of the whole table is apart."""
    sizes: dict[tuple[str, str], set[int]] = {}
    for raw, told in shown.rows:
        whole = not raw.column and CATALOG[raw.measure].kind is Kind.QUALITY
        if isinstance(told.n, int) and not raw.across and not whole and raw.measure not in {*OF_COLUMNS, *OF_PAIRS}:
            sizes.setdefault((raw.slice, raw.column), set()).add(told.n)
    for column in (each.name for each in ROLES):
        sizes.setdefault(("", column), set()).add(ROWS)
    pairs = [(place, a, b) for place, each in sizes.items() for a in each for b in each if few(a - b)]
    assert pairs == []


def test_what_is_shown_of_sites_windows_and_pairs_leaves_no_few_over(shown: Shown) -> None:
    size = {(raw.measure, raw.slice): told.n for raw, told in shown.rows if isinstance(told.n, int)}
    everyone = size["prevalence", ""]
    for measure in ("site_auroc", "window_auroc"):
        parts = [n for (name, place), n in size.items() if name == measure and place]
        assert parts
        assert not few(everyone - sum(parts))
    pooled = [told for raw, told in shown.rows if raw.measure.startswith(("pooled_", "predicted_"))]
    assert {told.n for told in pooled} == {"withheld"}
    assert any(told.value is not None for told in pooled)
    assert not few(everyone - sum(n for n in shown.facts[Kind.DRIFT]["windows"]["rows"] if n is not None))


def test_most_of_what_was_measured_is_still_shown(shown: Shown) -> None:
    whole = {raw.measure: told for raw, told in shown.rows if not raw.slice and not raw.across and not raw.column}
    for measure in ("auroc", "oe_ratio", "calibration_slope", "prevalence"):
        assert whole[measure].value is not None
        assert isinstance(whole[measure].n, int)
    assert any(told.value is not None for raw, told in shown.rows if raw.measure == "window_auroc")
    assert any(told.value is not None for raw, told in shown.rows if raw.measure == "site_auroc")
