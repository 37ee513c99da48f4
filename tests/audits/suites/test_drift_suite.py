"""Does the drift audit see what moved, when it moved, and what it cannot judge yet?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.special import expit, logit
from scipy.stats import geom

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Needs, Spread
from audits.core.values import Column, Estimate, Kind, Rate, Result, Source, Target, Verdict
from audits.suites import drift
from tests.audits import tables
from tests.audits.tables import criterion

ROLES = (
    *tables.COLUMNS,
    Column("age", "feature", "number"),
    Column("day", "date", "date"),
    Column("known", "outcome_date", "date"),
    Column("who", "subject", "text"),
)
START, DAYS = np.datetime64("2025-01-06"), 140


def table(folder: Path, name: str, *, n: int = 6000, seed: int = 1, later: float = 0.0, worse: float = 0.0) -> Source:
    """20 weeks. later: how far ages move in the second half. worse: by how much risks rise there, beyond the scores."""
    rng = np.random.default_rng(seed)
    data: dict[str, Any] = tables.clean(n, seed=seed)
    day = rng.integers(0, DAYS, n)
    second = day >= DAYS // 2
    data["age"] = (rng.normal(60, 10, n) + later * second).round()
    event = (rng.random(n) < np.clip(data["p"] * (1 + worse * second), 0, 1)).astype(np.int8)
    known = day + rng.geometric(0.1, n)
    data["y"] = pa.array(event, mask=known >= DAYS)
    data["day"] = pa.array([(START + int(d)).item() for d in day], pa.date32())
    data["known"] = pa.array([(START + int(d)).item() if d < DAYS else None for d in known], pa.date32())
    data["who"] = [f"{name}-{place}" for place in range(n)]
    return tables.write(folder, data, ROLES, name=name)


def audit(source: Source, reference: Source | None, **plan: Any) -> Result:
    return drift.run(source=source, reference=reference, plan=tables.plan(**plan), progress=tables.quiet)


def found(result: Result) -> dict[tuple[str, str, str], Estimate]:
    return {(m.measure, m.slice, m.column): m.estimate for m in result.measurements if not m.operating_point}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return table(tmp_path_factory.mktemp("reference"), "before")


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory, reference: Source) -> Result:
    return audit(table(tmp_path_factory.mktemp("steady"), "steady", seed=2), reference)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory, reference: Source) -> Result:
    return audit(table(tmp_path_factory.mktemp("moved"), "moved", seed=2, later=8.0, worse=0.4), reference)


def test_every_measure_of_a_drift_audit_is_made_where_there_are_dates(moved: Result) -> None:
    assert {m.measure for m in moved.measurements} == {e.key for e in CATALOG.values() if e.kind is Kind.DRIFT}
    assert len({m.key for m in moved.measurements}) == len(moved.measurements)
    for m in moved.measurements:
        entry = CATALOG[m.measure]
        assert bool(m.column) == (entry.spread is Spread.COLUMNS)
        assert bool(m.slice) == (entry.spread is Spread.WINDOWS)
        assert bool(m.operating_point) == entry.per_operating_point


def test_without_dates_nothing_follows_time(reference: Source) -> None:
    bare = replace(reference, columns=tuple(c for c in ROLES if "date" not in c.role))
    result = audit(bare, reference)
    assert not {m.measure for m in result.measurements} & {e.key for e in CATALOG.values() if e.needs is Needs.DATE}
    assert set(result.facts) == {"columns", "independent_rows"}


def test_dates_and_subjects_do_not_drift_and_score_and_outcome_do(moved: Result) -> None:
    columns: Any = moved.facts["columns"]
    assert {each["column"]: each["role"] for each in columns} == {
        "y": "outcome", "p": "score", "race": "subgroup", "gender": "subgroup", "age": "feature",
    }  # fmt: skip


def test_what_moved_is_called_drifted_and_counted(steady: Result, moved: Result) -> None:
    before, after = found(steady), found(moved)
    assert before["drifted_columns", "", ""].value == 0.0
    assert after["drifted", "", "age"].value == 1.0
    assert after["drift_p", "", "age"].value < 1e-6  # type: ignore[operator]
    assert after["drifted_columns", "", ""].value == 1.0
    assert after["drifted_share", "", ""].value == pytest.approx(1 / 5)
    # More events by a fifth: proven, and small.
    assert after["drift_p", "", "y"].value < 1e-6  # type: ignore[operator]
    assert after["drifted", "", "y"].value == 0.0


def test_a_bound_in_the_plan_decides_what_is_large(reference: Source, tmp_path: Path) -> None:
    source = table(tmp_path, "now", seed=2, worse=0.4)
    tight = criterion(kind=Kind.DRIFT, measure="psi", minimum=None, maximum=0.002, column="each")
    told = found(audit(source, reference, criteria=(tight,)))["drifted", "", "y"]
    assert told.value == 1.0
    assert "declared in the plan" in told.method


def test_the_alarm_comes_after_the_change_and_not_without_one(steady: Result, moved: Result) -> None:
    quiet: Any = steady.facts["cusum"]
    loud: Any = moved.facts["cusum"]
    assert quiet["alarm"] is None
    assert str(START + DAYS // 2) <= loud["alarm"] <= str(START + DAYS // 2 + 28)
    assert loud["arl0"] == pytest.approx(465.4, abs=0.1)
    measured = found(moved)
    assert measured["cusum_alarm", "", ""].value == 1.0
    assert measured["cusum_high", "", ""].value == max(point["high"] for point in loud["points"])
    assert measured["cusum_high", "", ""].value > 5.0  # type: ignore[operator]
    assert found(steady)["cusum_alarm", "", ""].value == 0.0


def test_the_heat_map_shows_when_a_column_moved(moved: Result) -> None:
    windows: Any = moved.facts["windows"]
    assert (windows["window"], len(windows["starts"]), windows["starts"][0]) == ("week", 20, "2025-01-06")
    assert sum(windows["rows"]) + moved.facts["label_delay"]["waiting"] == 6000  # type: ignore[index]
    ages = windows["psi"]["age"]
    assert max(ages[:10]) < 0.2 < min(ages[10:])
    assert all(len(windows[name]) == 20 for name in ("rows", "auroc", "oe_ratio"))
    worst = found(moved)["worst_window_psi", "", "age"]
    assert worst.value == pytest.approx(max(ages), abs=1e-6)


def test_recent_windows_whose_outcomes_are_awaited_are_not_judged(moved: Result) -> None:
    delay: Any = moved.facts["label_delay"]
    windows: Any = moved.facts["windows"]
    cusum: Any = moved.facts["cusum"]
    assert delay["median"] == pytest.approx(7, abs=1)
    assert delay["labelled_share"][0] == 1.0
    assert delay["blind_from"] == windows["starts"][-1]
    # Delays are geometric with p = 0.1: of the last four weeks fewer than 95% are known by then, of the fifth more.
    assert [week for week in range(20) if _known_share(week) < 0.95] == [16, 17, 18, 19]
    assert set(windows["starts"][16:]) <= set(delay["not_judged"]) <= set(windows["starts"][15:])
    assert cusum["blind"] == delay["not_judged"]
    assert cusum["points"][-1]["start"] < delay["not_judged"][0]
    for start, area in zip(windows["starts"], windows["auroc"], strict=True):
        assert (area is None) == (start in delay["not_judged"])
    last = found(moved)["window_auroc", windows["starts"][-1], ""]
    assert last.reason == "fewer than 95% of this window's outcomes are known yet"


def _known_share(week: int) -> float:
    """Of the outcomes of a week, those known by the table's last day."""
    return float(np.mean([geom.cdf(DAYS - 1 - day, 0.1) for day in range(7 * week, 7 * week + 7)]))


def readmissions(folder: Path, name: str, *, seed: int, closed: int = DAYS, dated: str = "all") -> Source:
    """A stable model of an event within 30 days: events are known when they happen, non-events on day 30.

    closed: the day on which the table was drawn. dated: "all" outcomes that are known, or "events" alone.
    """
    rng, n = np.random.default_rng(seed), 40_000
    data: dict[str, Any] = tables.clean(n, seed=seed)
    data["p"] = rng.beta(2, 14, n)
    day, event = rng.integers(0, DAYS, n), rng.random(n) < data["p"]
    known = day + np.where(event, rng.integers(1, 30, n), 30)
    seen = known < closed
    data["y"] = pa.array(event.astype(np.int8), mask=~seen)
    data["age"] = rng.normal(60, 10, n).round()
    data["day"] = pa.array(START + day)
    data["known"] = pa.array(START + known, mask=~(seen & event) if dated == "events" else ~seen)
    data["who"] = [str(place) for place in range(n)]
    return tables.write(folder, data, ROLES, name=name)


@pytest.fixture(scope="module")
def followed_up(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return readmissions(tmp_path_factory.mktemp("followed"), "followed", seed=40, closed=10_000)


@pytest.mark.parametrize("seed", [41, 42])
def test_events_that_are_known_early_do_not_look_like_too_many(followed_up: Source, seed: int, tmp_path: Path) -> None:
    result = audit(readmissions(tmp_path, "now", seed=seed), followed_up, operating_points=())
    windows: Any = result.facts["windows"]
    cusum: Any = result.facts["cusum"]
    assert cusum["alarm"] is None
    ratios = [each for each in windows["oe_ratio"] if each is not None]
    assert len(ratios) == 15
    # Each at 99.9%, so that fifteen weeks are all inside: none is a third too high.
    assert all(0.75 < each["value"] < 1.25 for each in ratios)


def test_outcomes_of_which_only_events_have_a_date_are_judged(followed_up: Source, tmp_path: Path) -> None:
    result = audit(
        readmissions(tmp_path, "now", seed=43, closed=10_000, dated="events"), followed_up, operating_points=()
    )
    delay: Any = result.facts["label_delay"]
    assert (delay["blind_from"], delay["not_judged"], set(delay["labelled_share"])) == (None, [], {1.0})
    assert found(result)["cusum_alarm", "", ""].value == 0.0
    assert 13 <= delay["median"] <= 17
    assert "without a date are left out" in found(result)["label_delay_median", "", ""].method


def test_a_chart_that_has_to_wait_says_so(followed_up: Source, tmp_path: Path) -> None:
    result = audit(readmissions(tmp_path, "now", seed=44, closed=20), followed_up, operating_points=())
    told = found(result)["cusum_alarm", "", ""]
    assert told.reason == "no window with rows has 95% of its outcomes known yet"


def test_the_chart_says_how_sure_its_standard_is(moved: Result) -> None:
    method = found(moved)["cusum_high", "", ""].method
    assert "(standard error 0.0" in method
    assert "which each window refines once it is judged" in method


def test_a_criterion_on_each_window_makes_one_check_per_window(reference: Source, tmp_path: Path) -> None:
    wanted = criterion(kind=Kind.DRIFT, measure="window_auroc", slice="each", minimum=0.5)
    checks = audit(table(tmp_path, "now", seed=2), reference, criteria=(wanted,)).checks
    assert len(checks) == 20
    assert {check.verdict for check in checks} == {Verdict.MET, Verdict.NOT_EVALUABLE}


def test_the_cusum_is_held_to_how_the_model_was_calibrated(tmp_path: Path) -> None:
    """Outcomes that are twice as frequent as the scores say, before and now, are no news."""
    odd, again = (table(tmp_path, name, seed=seed, worse=0.0) for name, seed in (("a", 3), ("b", 4)))
    for source in (odd, again):
        rng = np.random.default_rng(len(source.path))
        data = pq.read_table(source.path)
        score = data["p"].to_numpy()
        outcome = (rng.random(len(score)) < expit(logit(score) + 0.7)).astype(np.int8)
        pq.write_table(data.set_column(data.schema.get_field_index("y"), "y", pa.array(outcome)), source.path)
    held: Any = audit(again, odd).facts["cusum"]
    assert held["intercept"] == pytest.approx(0.7, abs=0.1)
    assert held["alarm"] is None
    bare: Any = audit(again, replace(odd, columns=(Column("age", "feature", "number"),))).facts["cusum"]
    assert bare["alarm"] is not None
    assert bare["target"].startswith("the scores as they are")


def test_facts_are_small_and_name_no_patient(moved: Result) -> None:
    text = json.dumps(moved.facts, allow_nan=False)
    assert len(text) < 60_000
    assert "moved-17" not in text


def test_repeated_patients_widen_and_are_said(reference: Source, tmp_path: Path) -> None:
    source = table(tmp_path, "now", seed=2, later=3.0)
    data = pq.read_table(source.path)
    people = pa.array([f"p{place // 4}" for place in range(source.rows)])
    pq.write_table(data.set_column(data.schema.get_field_index("who"), "who", people), source.path)
    repeated = audit(source, reference)
    alone = found(audit(replace(source, columns=ROLES[:-1]), replace(reference, columns=ROLES[:-1])))
    assert repeated.facts["independent_rows"] == {"reference": 1.0, "current": 0.25}
    for key in (("psi", "", "age"), ("ks", "", "age"), ("wasserstein", "", "age")):
        wide, narrow = found(repeated)[key], alone[key]
        assert wide.high is not None
        assert narrow.high is not None
        assert wide.low is not None
        assert narrow.low is not None
        assert wide.high - wide.low > 1.2 * (narrow.high - narrow.low)
        assert "patients repeat" in wide.method
    assert found(repeated)["drift_p", "", "age"].value >= alone["drift_p", "", "age"].value  # type: ignore[operator]


def test_a_table_without_rows_has_no_windows_and_says_why(reference: Source, tmp_path: Path) -> None:
    empty = table(tmp_path, "empty", n=0)
    result = audit(empty, reference)
    for key in (("cusum_alarm", "", ""), ("worst_window_psi", "", "age"), ("label_delay_median", "", "")):
        assert found(result)[key].value is None
        assert found(result)[key].reason


def test_a_targets_cut_off_is_fixed_on_the_reference(reference: Source, tmp_path: Path) -> None:
    target = Target("alert", Rate.FLAG_RATE, 0.2)
    source = table(tmp_path, "now", seed=2)
    result = audit(source, reference, operating_points=(), targets=(target,))
    rates = [m.estimate.value for m in result.measurements if m.measure == "window_flag_rate"]
    assert len(rates) == 20
    assert np.mean([rate for rate in rates if rate is not None]) == pytest.approx(0.2, abs=0.02)
    bare = replace(reference, columns=(Column("age", "feature", "number"),))
    told = [m for m in audit(source, bare, targets=(target,), operating_points=()).measurements if m.operating_point]
    assert {m.operating_point for m in told} == {"alert"}
    assert all("no outcome and score" in (m.estimate.reason or "") for m in told)
