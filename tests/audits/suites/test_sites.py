"""Does the part about sites list every site, count what belongs to none, and recalibrate on the others only?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from audits.core.recalibration import Recalibration
from audits.core.values import Column, Estimate
from audits.engines.connection import Limits
from audits.suites import scored, sites
from audits.suites.part import Part
from tests.audits import tables
from tests.audits.core.score_cells import cells

ROLES = (*tables.COLUMNS, Column("ward", "site", "text"))


def _part(folder: Path, ward: Any, *, roles: tuple[Column, ...] = ROLES, n: int = 3000, **changes: Any) -> Part:
    source = tables.write(folder, {**tables.clean(n, decimals=2), "ward": ward, **changes}, roles)
    given = scored.gather(source, None, tables.plan(), progress=tables.quiet, limits=Limits())
    return sites.part(given)


def _found(part: Part) -> dict[tuple[str, str], Estimate]:
    return {(m.measure, m.slice): m.estimate for m in part.measurements}


def test_without_a_site_column_nothing_is_made(tmp_path: Path) -> None:
    part = _part(tmp_path, ["a"] * 3000, roles=tables.COLUMNS)
    assert (part.measurements, part.facts) == ([], {})


def test_rows_without_a_site_and_sites_beyond_the_limit_are_counted_and_are_no_sites(tmp_path: Path) -> None:
    ward: list[str | None] = [f"w{index % 60:02d}" if index >= 1500 else "big" for index in range(3000)]
    ward[:100] = [None] * 100
    part = _part(tmp_path, ward)
    told: Any = part.facts["sites"]
    assert told["rows_without_site"]["(missing)"] == 100
    assert told["rows_without_site"]["(other)"] == 11 * 25
    assert len(told["sites"]) == 50
    assert not [m for m in part.measurements if "(" in m.slice]
    assert sum(site["n"] for site in told["sites"]) + 375 == 3000
    json.dumps(told, allow_nan=False)


def test_a_site_whose_scores_are_off_is_seen_and_a_recalibration_on_it_harms_the_others(tmp_path: Path) -> None:
    """Outcomes follow the scores everywhere but at one ward, where scores say twice the odds and too much spread."""
    rng = np.random.default_rng(9)
    n = 12_000
    ward = np.array(["a", "b", "c", "d"], dtype=object)[rng.integers(4, size=n)]
    truth = rng.normal(-0.5, 1.0, n)
    p = expit(np.where(ward == "d", 0.7 + 2 * truth, truth))
    y = (rng.random(n) < expit(truth)).astype(np.int8)
    found = _found(_part(tmp_path, ward, n=n, p=p, y=y))
    assert found["site_calibration_slope", "ward=d"].value == pytest.approx(0.5, abs=0.07)
    # On the other wards the scores were right, so recalibrating on them leaves the odd one as it was.
    again, raw = found["site_recalibrated_slope", "ward=d"].value, found["site_calibration_slope", "ward=d"].value
    assert again == pytest.approx(raw, abs=0.06)
    assert found["site_recalibrated_slope", "ward=a"].value != pytest.approx(1.0, abs=0.05)
    slope = found["calibration_slope_tau2", ""]
    assert slope.low is not None
    assert slope.low > 0.0
    new, mean = found["predicted_calibration_slope", ""], found["pooled_calibration_slope", ""]
    assert new.value == mean.value
    assert (new.low or 0) < (mean.low or 0) < 1.0


def test_a_recalibration_moves_the_log_odds_and_keeps_the_rows() -> None:
    before = cells([0.2, 0.9], [0.1, 0.5])
    after = Recalibration(0.3, 0.5).applied(before)
    assert logit(after.score) == pytest.approx(0.3 + 0.5 * logit(before.score))
    assert (after.rows, after.events) == (before.rows, before.events)


@pytest.mark.parametrize(
    ("count", "enough", "words"),
    [
        (0, 0, "Not externally validated: no row names its site."),
        (1, 1, "Not externally validated: every row comes from one site."),
        (4, 2, "4 sites, 2 of them with enough patients of both outcomes; too few to pool"),
        (5, 4, "5 sites, 4 of them with enough patients of both outcomes."),
    ],
)
def test_how_many_sites_there_are_is_said_in_words(count: int, enough: int, words: str) -> None:
    assert sites.words(count, enough).startswith(words)
