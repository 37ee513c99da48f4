"""Are boards of patients the same counts as the tally's, and do their functionals equal the measures?"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from audits.core.calibration import calibration_intercept, calibration_slope, oe_ratio
from audits.core.cells import Cells, cells_of
from audits.core.discrimination import auroc, average_precision
from audits.core.functionals_operating import FORMULAS, at_cut
from audits.core.jackknife import limits
from audits.core.operating import SHARES, confusion, share
from audits.core.people import GROUPS, Board, Repeats, boards, cluster_draws, design_factor
from audits.core.ratios import RATIOS
from audits.core.replicable import WHOLE
from audits.core.scales import Scale, from_error, widened
from audits.core.tally_spec import Attribute, Resolution, Slice, Spec
from audits.core.values import Estimate
from audits.engines import duckdb
from audits.engines.connection import Limits
from tests.audits import tables
from tests.audits.core.score_cells import cells

GROUPINGS = ((), ("race",))


def _boards(folder: Path, who: list[str | None], bins: int = 4096) -> tuple[dict[Slice, Board], dict[Slice, Cells]]:
    data = {**tables.clean(len(who)), "who": who}
    source = tables.write(folder, data, tables.COLUMNS)
    cuts, race = (0.3, 0.75), Attribute("race")
    plain = Spec(cuts, (race,), GROUPINGS, Resolution.EXACT)
    by_people = Spec(
        cuts, (race, Attribute("who", people=GROUPS)), ((), ("who",), ("race", "who")), Resolution.BINS, bins
    )
    counted, again = (duckdb.tally(source, spec, progress=tables.quiet, limits=Limits()) for spec in (plain, by_people))
    found = boards(again, GROUPINGS, np.random.default_rng(1))
    return found, {where: cells_of(counted, where) for where in counted.slices}


def test_a_board_holds_the_rows_of_its_slice_and_the_cuts_stay_exact(tmp_path: Path) -> None:
    found, plain = _boards(tmp_path, [str(i // 3) for i in range(2000)])
    assert set(found) == set(plain)
    for where, board in found.items():
        expected = plain[where]
        assert board.by_group.sum(axis=0) == pytest.approx(board.cells.n)
        assert (board.cells.rows, board.cells.events) == (expected.rows, expected.events)
        for cut in (0, 1):
            assert confusion(board.cells, cut) == confusion(expected, cut)
        assert float(board.cells.n @ board.cells.score) == pytest.approx(float(expected.n @ expected.score), abs=1e-4)


def test_rows_are_in_the_group_that_their_subject_hashes_into(tmp_path: Path) -> None:
    who = [f"patient {i % 700}" for i in range(2000)]
    found, _ = _boards(tmp_path, list(who))
    groups = [int(hashlib.md5(name.encode()).hexdigest()[:7], 16) % GROUPS for name in who]
    assert list(found[Slice(0, ())].by_group.sum(axis=1)) == list(np.bincount(groups, minlength=GROUPS))


def test_rows_without_a_subject_are_patients_of_their_own(tmp_path: Path) -> None:
    found, _ = _boards(tmp_path, [None] * 2000)
    board = found[Slice(0, ())]
    assert board.by_group.sum() == 2000
    assert board.groups == GROUPS
    assert board.by_group.sum(axis=1).max() < 50
    mixed, _ = _boards(tmp_path, ["one"] * 1000 + [None] * 1000)
    assert mixed[Slice(0, ())].by_group.sum(axis=1).max() > 1000


def test_draws_and_left_out_weights_keep_their_sums(tmp_path: Path) -> None:
    found, _ = _boards(tmp_path, [str(i // 3) for i in range(2000)])
    board = found[Slice(0, ())]
    draws = cluster_draws(50, np.random.default_rng(2))
    assert draws.shape == (50, GROUPS)
    assert set(draws.sum(axis=1)) == {float(GROUPS)}
    assert board.left_out().sum(axis=1) == pytest.approx(2000 - board.by_group.sum(axis=1))
    assert board.resampled(np.ones((1, GROUPS)))[0] == pytest.approx(board.cells.n)


def test_on_the_observed_counts_a_functional_is_the_measure() -> None:
    rng = np.random.default_rng(3)
    sample = cells(rng.beta(3, 3, 80).round(2), rng.beta(2, 4, 200).round(2))
    above = (sample.score >= 0.4).astype(np.int64)
    sample = Cells(sample.outcome, sample.rank, sample.score, sample.square, sample.n, above, sample.least, True)
    weights = np.stack([sample.n, 2 * sample.n]).astype(np.float64)
    made = {"auroc": auroc, "average_precision": average_precision, "oe_ratio": oe_ratio,
            "calibration_intercept": calibration_intercept, "calibration_slope": calibration_slope}  # fmt: skip
    for measure, estimate in made.items():
        assert WHOLE[measure][0](sample, weights) == pytest.approx(estimate(sample, 0.95).value, rel=1e-7), measure
    counts = confusion(sample, 0)
    for measure in FORMULAS:
        found = RATIOS[measure](counts, 0.95) if measure in RATIOS else share(measure, counts, 0.95)
        assert at_cut(measure, 0)(sample, weights) == pytest.approx(found.value, rel=1e-12), measure
    assert set(FORMULAS) == {*SHARES, *RATIOS}


def test_a_slope_on_other_weights_is_the_slope_of_those_rows() -> None:
    rng = np.random.default_rng(4)
    sample = cells(rng.beta(3, 3, 60), rng.beta(2, 4, 150))
    weights = rng.multinomial(210, np.full(210, 1 / 210), size=20).astype(np.float64)
    for measure, estimate in (
        ("calibration_slope", calibration_slope),
        ("calibration_intercept", calibration_intercept),
    ):
        found = WHOLE[measure][0](sample, weights)
        for row, value in zip(weights, found, strict=True):
            events = np.repeat(sample.score, (row * sample.outcome).astype(int))
            others = np.repeat(sample.score, (row * (1 - sample.outcome)).astype(int))
            assert value == pytest.approx(estimate(cells(events, others), 0.95).value, abs=1e-7)


def test_separated_or_constant_scores_have_no_slope_on_any_weights() -> None:
    separated, constant = cells([0.8, 0.9], [0.1, 0.2]), cells([0.4] * 3, [0.4] * 5)
    for sample in (separated, constant):
        assert np.isnan(WHOLE["calibration_slope"][0](sample, np.ones((3, len(sample.n))))).all()


def test_one_group_of_patients_or_a_measure_that_does_not_vary_has_no_jackknife() -> None:
    sample = cells([0.9, 0.8], [0.1, 0.2])
    for groups in (1, 2):
        by_group = np.zeros((GROUPS, 4))
        by_group[0] = 1.0 if groups == 1 else [1, 0, 1, 0]
        by_group[1] = 0.0 if groups == 1 else [0, 1, 0, 1]
        board = Board(sample, by_group)
        assert limits(board, board.left_out(), *WHOLE["auroc"], 1.0, 0.95) is None


@pytest.mark.parametrize(
    ("scale", "value", "low", "high"),
    [
        (Scale.SHARE, 1.0, 0.7, 1.0), (Scale.SHARE, 0.0, 0.0, 0.3), (Scale.SHARE, 0.5, 0.4, 0.6),
        (Scale.LOG, 2.0, 1.0, 4.0), (Scale.LOG, 0.0, 0.0, 4.0), (Scale.INVERSE, 1.0, 1.0, 2.0),
        (Scale.FISHER, 0.3, 0.1, 0.5), (Scale.PLAIN, -1.0, -2.0, 0.0), (Scale.HARMONIC, 1.0, 0.5, 1.0),
    ],
)  # fmt: skip
def test_fewer_patients_than_rows_widen_and_keep_the_value_inside(
    scale: Scale, value: float, low: float, high: float
) -> None:
    found = widened(Estimate(value, low, high), scale, 4.0)
    assert found.low <= value <= found.high
    assert found.high - found.low > 1.3 * (high - low)
    same = widened(Estimate(value, low, high), scale, 1.0)
    assert (same.low, same.high) == pytest.approx((low, high))


def test_no_error_and_values_at_the_end_of_a_scale_have_no_interval() -> None:
    assert from_error(0.5, 0.0, Scale.SHARE, 1.96, 0.95) is None
    assert from_error(0.5, float("nan"), Scale.PLAIN, 1.96, 0.95) is None
    assert from_error(1.0, 0.1, Scale.LOGIT, 1.96, 0.95) is None
    assert from_error(0.0, 0.1, Scale.LOG, 1.96, 0.95) is None


def test_no_cell_of_a_board_lies_on_both_sides_of_an_edge_and_only_declared_cuts_count(tmp_path: Path) -> None:
    who, score = [str(i // 3) for i in range(20_000)], tables.clean(20_000)["p"]
    source = tables.write(tmp_path, {**tables.clean(20_000), "who": who}, tables.COLUMNS)
    points, more = np.arange(100, 256) / 256, (0.3, 0.7001, 0.75, 1.0)
    spec = Spec(more, (Attribute("who", people=GROUPS),), ((), ("who",)), Resolution.BINS, 256)
    counted = duckdb.tally(source, spec, progress=tables.quiet, limits=Limits())
    board = boards(counted, ((),), np.random.default_rng(1), cuts=(0.3, 0.75), edges=points.tolist())[Slice(0, ())]
    for edge in (*points, *more):
        assert board.cells.n[board.cells.least >= edge].sum() == (score >= edge).sum(), edge
    for cut, at in enumerate((0.3, 0.75)):
        assert board.cells.n[board.cells.flagged(cut)].sum() == (score >= at).sum()
    assert board.cells.above.max() == 2


def test_the_design_factor_of_a_slice_is_found_from_its_groups_alone() -> None:
    rng = np.random.default_rng(5)
    each = np.concatenate([np.full(60, 100), np.ones(2940)])
    known = Repeats(int(each.sum()), 3000, int((each**2).sum()))
    assert known.design_factor(known.rows) == pytest.approx(67, abs=0.5)
    assert known.per_patient(known.rows) == pytest.approx(2.98)
    found = [
        design_factor(np.bincount(rng.integers(0, GROUPS, 3000), each, GROUPS).astype(np.float64)) for _ in range(400)
    ]
    assert np.mean(found) == pytest.approx(known.design_factor(known.rows), rel=0.03)
    assert np.std(found) / np.mean(found) < 0.2
    alone = np.zeros(GROUPS)
    alone[3] = 50
    assert design_factor(alone) == pytest.approx(50)
    assert design_factor(np.zeros(GROUPS)) == 1.0
    assert Repeats(10, 10, 10).design_factor(12) == 1.0
    assert Repeats(6, 3, 14).design_factor(8) == 16 / 8
