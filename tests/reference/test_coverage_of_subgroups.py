"""Do limits against the rest hold the truth as often as they say, and those of the worst combination too, after looking
at all of them? And does Holm's adjustment keep false claims rare? Small seeded simulations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.special import expit

from audits.core import holm, replicable, scan
from audits.core.accuracy import brier
from audits.core.arrays import Floats
from audits.core.calibration import calibration_slope, oe_ratio
from audits.core.cells import Cells
from audits.core.discrimination import auroc
from audits.core.functionals_operating import at_cut
from audits.core.operating import confusion, share
from audits.core.people import GROUPS, Board
from audits.core.people_groups import roster
from audits.core.representativeness import smd_of_levels
from audits.core.scales import student
from audits.core.scan import Combinations
from audits.core.subgroup_differences import Between, difference, log_ratio, share_difference, share_ratio
from audits.core.tally_spec import Slice
from audits.core.utility import at_point
from tests.audits.core.score_cells import cells

CUT = 0.3
TRIALS = 300
#: Four standard errors of a simulated coverage of 0.95 with 300 trials.
SLACK = 0.05
#: (rows, intercept and slope of the truth's log odds in those of the score, mean log odds of the score)
Truth = tuple[int, float, float, float]
CALIBRATED: Truth = (2000, 0.0, 1.0, -1.0)


def _drawn(truth: Truth, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Outcomes and scores."""
    n, intercept, slope, mean = truth
    line = rng.normal(mean, 1, n)
    return (rng.random(n) < expit(intercept + slope * line)).astype(float), expit(line)


def _sample(truth: Truth, rng: np.random.Generator) -> Cells:
    y, p = _drawn(truth, rng)
    found = cells(p[y == 1], p[y == 0])
    return replace(found, above=(found.score >= CUT).astype(np.int64))


def _known(truth: Truth) -> dict[str, float]:
    """The measures of a very large sample."""
    y, p = _drawn((1_000_000, *truth[1:]), np.random.default_rng(0))
    flag, event = p >= CUT, y == 1
    rank = np.empty(len(p))
    rank[np.argsort(p)] = np.arange(1, len(p) + 1)
    events = event.sum()
    area = (rank[event].sum() - events * (events + 1) / 2) / events / (len(p) - events)
    worth = (flag & event).mean() - (flag & ~event).mean() * CUT / (1 - CUT)
    return {
        "oe_ratio": y.mean() / p.mean(), "calibration_slope": truth[2], "auroc": float(area),
        "brier": float(((p - y) ** 2).mean()), "sensitivity": flag[event].mean(),
        "specificity": 1 - flag[~event].mean(), "ppv": y[flag].mean(), "npv": 1 - y[~flag].mean(),
        "flag_rate": flag.mean(), "net_benefit": worth,
    }  # fmt: skip


def _all(one: Cells, two: Cells) -> dict[str, Between]:
    """Everything between two samples; ratios end in "ratio"."""
    made = {"oe_ratio": log_ratio(oe_ratio(one, 0.95), oe_ratio(two, 0.95), 0.95)}
    for measure, make in (("calibration_slope", calibration_slope), ("auroc", auroc), ("brier", brier)):
        made[measure] = difference(make(one, 0.95), make(two, 0.95), 0.95, low=-np.inf, high=np.inf)
    pair = confusion(one, 0), confusion(two, 0)
    for measure in ("sensitivity", "specificity", "ppv", "npv", "flag_rate"):
        its, other = (share(measure, each, 0.95) for each in pair)
        made[measure] = share_difference(measure, *pair, its, other, 0.95)
        made[f"{measure} ratio"] = share_ratio(its, other)
    its, other = (at_point(each, CUT, 0.95)["net_benefit"] for each in pair)
    made["net_benefit"] = difference(its, other, 0.95, low=-np.inf, high=np.inf)
    return made


def _truth_of(name: str, one: Mapping[str, float], two: Mapping[str, float]) -> float:
    measure = name.partition(" ")[0]
    return one[measure] / two[measure] if name.endswith("ratio") else one[measure] - two[measure]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "rest"),
    [
        ((60, 0.0, 1.0, -1.0), (600, 0.0, 1.0, -1.0)),
        ((150, 0.5, 0.7, -1.0), CALIBRATED),
        ((400, -0.3, 1.2, -1.5), CALIBRATED),
        (CALIBRATED, CALIBRATED),
    ],
)
def test_limits_against_the_rest_hold_the_truth(group: Truth, rest: Truth) -> None:
    rng, known = np.random.default_rng(1), (_known(group), _known(rest))
    held: dict[str, list[bool]] = {}
    for _ in range(TRIALS):
        one, two = _sample(group, rng), _sample(rest, rng)
        if min(one.events, one.nonevents) < 10:
            continue
        for name, found in _all(one, two).items():
            low, high = found.estimate.low, found.estimate.high
            assert low is not None
            assert high is not None
            held.setdefault(name, []).append(low <= _truth_of(name, *known) <= high)
    assert all(np.mean(each) >= 0.95 - SLACK for each in held.values()), {k: np.mean(v) for k, v in held.items()}


@pytest.mark.slow
def test_holm_makes_a_false_claim_in_one_family_of_twenty_at_most() -> None:
    rng = np.random.default_rng(2)
    wrong: dict[str, list[bool]] = {}
    for _ in range(TRIALS):
        y, p = _drawn((3000, 0.0, 1.0, -1.0), rng)
        group = rng.choice(8, len(y), p=[0.4, 0.25, 0.1, 0.1, 0.05, 0.04, 0.03, 0.03])
        raw: dict[str, list[float]] = {}
        for index in range(8):
            sides = []
            for mask in (index == group, index != group):
                side = cells(p[mask & (y == 1)], p[mask & (y == 0)])
                sides.append(replace(side, above=(side.score >= CUT).astype(np.int64)))
            if min(sides[0].events, sides[0].nonevents) >= 10:
                for name, found in _all(*sides).items():
                    if found.p is not None:
                        raw.setdefault(name, []).append(found.p)
        for name, each in raw.items():
            wrong.setdefault(name, []).append(min(holm.adjusted(each)) <= 0.05)
    tested = ("oe_ratio", "calibration_slope", "auroc", "sensitivity", "specificity")
    assert all(np.mean(wrong[name]) <= 0.05 + SLACK for name in tested), {k: np.mean(v) for k, v in wrong.items()}


def _counted(y: Floats, p: Floats, masks: list[np.ndarray]) -> Combinations:
    rung = (np.argsort(np.argsort(p)) * 64 // len(p)).astype(int)
    event, flag = y == 1, p >= CUT
    events, nonevents = (
        np.array([np.bincount(rung[m & side], minlength=64) for m in masks], float) for side in (event, ~event)
    )
    caught, cleared = (np.array([[(m & s).sum()] for m in masks], float) for s in (event & flag, ~event & ~flag))
    expected = np.array([p[m].sum() for m in masks])
    return Combinations(("",) * len(masks), events, nonevents, expected, caught, cleared)


def _scan_holds(truth: Truth, trials: int) -> dict[str, float]:
    """How often the limits hold the truth in the worst of some 170 combinations that all are alike."""
    rng, known = np.random.default_rng(3), _known(truth)
    asked = ("sensitivity", "specificity", "oe_ratio", "auroc")
    held: dict[str, list[bool]] = {measure: [] for measure in asked}
    for _ in range(trials):
        y, p = _drawn(truth, rng)
        level = rng.integers(0, 5, (4, len(y)))
        one = [level[i] == a for i in range(4) for a in range(5)]
        masks = one + [one[i] & one[j] for i, j in combinations(range(20), 2) if i // 5 != j // 5]
        found, whole = _counted(y, p, masks), _counted(y, p, [np.ones(len(y), dtype=bool)])
        kept = np.flatnonzero(scan.enough(found, whole, 10, 10))
        found = found.only(kept)
        rest = found.outside(whole)
        departures = (
            scan.sensitivity_departure(found, rest, 0), scan.specificity_departure(found, rest, 0),
            scan.oe_departure(found, rest), scan.auroc_departure(found, rest),
        )  # fmt: skip
        for measure, departure in zip(asked, departures, strict=True):
            mask = masks[kept[scan.worst(departure, 1)[0]]]
            inside = cells(p[mask & (y == 1)], p[mask & (y == 0)])
            inside = replace(inside, above=(inside.score >= CUT).astype(np.int64))
            made = scan.estimate(measure, inside, 0, scan.simultaneous(0.95, len(kept)))
            assert made.low is not None
            assert made.high is not None
            held[measure].append(made.low <= known[measure] <= made.high)
    return {measure: float(np.mean(each)) for measure, each in held.items()}


def test_the_worst_of_many_is_held_by_its_limits() -> None:
    assert min(_scan_holds((1500, 0.0, 1.0, -1.0), 25).values()) >= 0.88


@pytest.mark.slow
@pytest.mark.parametrize("truth", [(1500, 0.0, 1.0, -1.0), (4000, 0.0, 1.0, -3.0), (6000, 0.0, 1.0, -1.0)])
def test_the_worst_of_many_is_held_as_often_as_said(truth: Truth) -> None:
    held = _scan_holds(truth, 200)
    # Three standard errors of 0.95 with 200 trials; simultaneous limits may hold more often, not less.
    assert min(held.values()) >= 0.95 - 0.046, held


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["sensitivity", "auroc", "oe_ratio"])
def test_limits_hold_when_patients_repeat(measure: str) -> None:
    """Four rows a patient with one outcome and nearly one score; sex differs in truth by nothing."""
    rng = np.random.default_rng(4)
    functional = at_cut(measure, 0) if measure == "sensitivity" else replicable.WHOLE[measure][0]
    log, reached = measure == "oe_ratio", []
    for _ in range(TRIALS):
        y, p = _drawn((500, 0.0, 1.0, -1.0), rng)
        who = np.repeat(rng.integers(0, GROUPS, 500), 4)
        y, p, group = (
            np.repeat(y, 4),
            np.repeat(np.floor(p * 60) / 60 + 1 / 120, 4),
            np.repeat(rng.random(500) < 0.3, 4),
        )
        boards = {Slice(1, (str(int(side)),)): _board(y, p, who, group == side) for side in (False, True)}
        found = roster(boards)
        where = Slice(1, ("1",))
        values = [functional(found.cells, part.sum(axis=0)[None])[0] for part in
                  (found.group(where), found.everyone - found.group(where))]  # fmt: skip
        gap = np.log(values[0] / values[1]) if log else values[0] - values[1]
        error = found.against_rest(where, functional, log=log)
        reached.append(abs(gap) <= student(0.95, found.groups) * error)
    assert np.mean(reached) >= 0.95 - SLACK


def _board(y: Floats, p: Floats, who: np.ndarray, mask: np.ndarray) -> Board:
    codes, place = np.unique(
        np.round(p[mask] * 120).astype(np.int64) * 2 + y[mask].astype(np.int64), return_inverse=True
    )
    by_group = np.zeros((GROUPS, len(codes)))
    np.add.at(by_group, (who[mask], place), 1.0)
    score = codes // 2 / 120
    n = by_group.sum(axis=0).astype(np.int64)
    return Board(Cells(codes % 2, score, score, score**2, n, (score >= CUT).astype(np.int64), score, True), by_group)


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize(
    ("here", "there"),
    [
        ([0.5, 0.5], [0.5, 0.5]),
        ([0.3, 0.2, 0.25, 0.25], [0.25] * 4),
        ([0.4, 0.3, 0.2, 0.1], [0.6, 0.2, 0.1, 0.1]),
        ([0.1] * 10, [0.1] * 10),
        ([0.5, 0.5], [0.9, 0.1]),
    ],
)
def test_a_difference_from_the_population_is_held(here: list[float], there: list[float], n: int) -> None:
    rng = np.random.default_rng(5)
    one, two = np.array(here), np.array(there)
    spread = float((2 * (one - two) ** 2 / (one + two)).sum())
    truth = np.sqrt(spread / (1 - spread / 4))
    held = []
    for _ in range(TRIALS):
        counts = {str(index): int(count) for index, count in enumerate(rng.multinomial(n, here)) if count}
        found = smd_of_levels(counts, {str(index): share for index, share in enumerate(there)}, 0.95)
        assert found.low is not None
        assert found.high is not None
        held.append(found.low - 1e-9 <= truth <= found.high)
    assert np.mean(held) >= 0.95 - SLACK
