"""Is "no" only said where it is certain, and "yes" only where the interval is narrow enough?"""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy.stats import binom, binomtest

from audits.core import sample_size
from audits.core.calibration_curve import LEAST
from audits.core.calibration_distance import KEYS
from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Needs, Spread
from audits.core.feasibility import Counts, Possible, Statement, statements
from audits.core.values import Kind, On
from tests.audits.tables import criterion, plan

COUNTS = Counts(2000, 400, 1600, frozenset({"outcome", "score"}), {"race": {"white": 1900, "black": 100}})
ROLES = {Needs.COMPARATOR, Needs.SITE, Needs.DATE, Needs.SUBJECT}


def said(counts: Counts = COUNTS, values: dict[str, float] | None = None, **changes: Any) -> list[Statement]:
    found = statements(plan(criteria=(criterion(**changes),)), counts, values)
    return [each for each in found if each.criterion]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"minimum_n": 2001}, "2,000 rows where at least 2,001"),
        ({"minimum_events": 401}, "400 events where at least 401"),
        ({"minimum_nonevents": 1601}, "1,600 non-events where at least 1,601"),
    ],
)
def test_a_minimum_that_is_not_reached_is_a_certain_no(change: dict[str, Any], words: str) -> None:
    (found,) = said(**change)
    assert found.possible is Possible.NO
    assert words in found.sentence


def test_one_event_short_of_what_may_be_shown_is_a_no() -> None:
    (found,) = said(Counts(2000, 9, 1991))
    assert found.possible is Possible.NO


def test_a_wide_margin_is_a_yes_and_a_narrow_one_names_the_events_that_would_do() -> None:
    (wide,) = said(values={"c": 0.9})
    (narrow,) = said(values={"c": 0.705})
    assert wide.possible is Possible.YES
    assert narrow.possible is Possible.UNKNOWN
    assert narrow.needed_rows is not None
    assert narrow.needed_events == math.ceil(narrow.needed_rows * 0.2)
    assert f"{narrow.needed_rows:,} rows" in narrow.sentence


@pytest.mark.parametrize("value", [0.72, 0.75, 0.8, 0.9])
def test_the_rows_that_are_needed_are_enough_and_a_tenth_less_are_not(value: float) -> None:
    (asked,) = said(values={"c": value})
    assert asked.needed_rows is not None
    for rows, expected in ((asked.needed_rows, True), (int(asked.needed_rows * 0.9), False)):
        half = sample_size.quantile(0.95) * sample_size.auroc_error(value, rows * 0.2, rows * 0.8)
        assert (half <= (value - 0.7) / 2) is expected
        events = round(rows * 0.2)
        extra = 5 if expected else 0  # events are whole; without a few more the share would be a little off
        (found,) = said(Counts(rows + 2 * extra, events + extra, rows - events + extra), {"c": value})
        assert (found.possible is Possible.YES) is expected


def test_the_anticipated_value_is_midway_to_the_best_or_the_ideal() -> None:
    assert said()[0].anticipated == 0.85
    assert said(measure="oe_ratio", minimum=0.8, maximum=1.2)[0].anticipated == 1.0
    assert said(measure="flag_rate", minimum=None, maximum=0.3, operating_point="alert")[0].anticipated is not None


def test_a_ratio_faces_the_bound_that_is_nearer_by_factors() -> None:
    (found,) = said(measure="oe_ratio", minimum=0.8, maximum=1.2)
    assert found.half_width == pytest.approx(math.exp(1.959964 * sample_size.log_oe_error(400, 2000)) - 1)


def test_on_the_bound_itself_no_number_of_rows_decides() -> None:
    (found,) = said(values={"c": 0.7})
    assert (found.possible, found.needed_rows) == (Possible.UNKNOWN, None)


def test_an_estimate_alone_is_always_decided_once_there_are_rows() -> None:
    assert said(on=On.ESTIMATE, values={"c": 0.7})[0].possible is Possible.YES


def test_every_level_of_every_subgroup_is_looked_at_and_one_too_small_is_a_no() -> None:
    counts = Counts(2000, 400, 1600, COUNTS.roles, {"race": {"white": 1985, "black": 15}})
    found = {each.slice: each.possible for each in said(counts, {"c": 0.95}, slice="each")}
    assert found == {
        "": Possible.YES,
        "race=white": Possible.YES,
        "race=black": Possible.NO,
        "race & gender": Possible.UNKNOWN,
    }


def test_events_of_a_group_are_not_known_and_so_no_certain_no() -> None:
    found = {each.slice: each for each in said(slice="race=black", minimum_events=30)}
    assert found["race=black"].possible is not Possible.NO


def test_an_intersection_is_not_known_before_the_run() -> None:
    (found,) = said(slice="race=black & gender=male")
    assert found.possible is Possible.UNKNOWN


def test_the_slope_asks_for_an_auroc_to_go_by() -> None:
    slope = criterion(id="s", measure="calibration_slope", minimum=0.8, maximum=1.2)
    (alone,) = [each for each in statements(plan(criteria=(slope,)), COUNTS) if each.criterion]
    assert "anticipate an AUROC" in alone.sentence
    both = statements(plan(criteria=(slope, criterion())), COUNTS, {"c": 0.8})
    (found,) = [each for each in both if each.criterion == "s"]
    assert found.half_width == pytest.approx(1.959964 * sample_size.slope_error(0.8, 0.2, 2000))


@pytest.mark.parametrize("key", [key for key, entry in CATALOG.items() if entry.needs in ROLES and entry.gated])
def test_a_measure_of_a_column_that_the_table_lacks_is_a_certain_no(key: str) -> None:
    (found,) = said(measure=key, kind=CATALOG[key].kind)
    assert found.possible is Possible.NO
    assert "column" in found.sentence


@pytest.mark.parametrize("key", [key for key, entry in CATALOG.items() if entry.gated and entry.needs is None])
@pytest.mark.parametrize(
    "counts", [COUNTS, Counts(0, 0, 0), Counts(5, None, None), Counts(50, 50, 0), Counts(50, 0, 50)]
)
def test_every_measure_has_an_answer_on_every_table(key: str, counts: Counts) -> None:
    entry = CATALOG[key]
    places: dict[str, Any] = {"slice": "each"} if entry.spread in {Spread.SLICES, Spread.SITES, Spread.WINDOWS} else {}
    for bounds in ({"minimum": 0.5}, {"minimum": None, "maximum": 0.5}, {"minimum": 0.0, "maximum": 0.0}):
        made = said(counts, measure=key, kind=entry.kind, **places, **bounds)
        assert made
        for each in made:
            assert each.sentence.endswith(".")
            assert each.half_width is None or math.isfinite(each.half_width)


def test_the_table_is_held_to_the_rules_of_thumb() -> None:
    found = [each for each in statements(plan(), Counts(500, 150, 350)) if not each.criterion]
    assert [(each.needed_events, each.possible) for each in found] == [(100, Possible.YES), (200, Possible.UNKNOWN)]


@pytest.mark.parametrize(
    ("low", "high", "value"), [(1.1, 1.5, 1.3), (0.5, 0.9, 0.7), (0.8, 1.2, 1.0), (None, 0.8, 0.4)]
)
def test_the_ideal_is_anticipated_only_inside_the_bounds(low: float | None, high: float, value: float) -> None:
    (found,) = said(measure="oe_ratio", minimum=low, maximum=high)
    assert found.anticipated == pytest.approx(value)


def test_an_ideal_outside_the_only_bound_anticipates_nothing() -> None:
    (found,) = said(measure="oe_ratio", minimum=1.1)
    assert (found.possible, found.anticipated) == (Possible.UNKNOWN, None)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("events", "nonevents", "words"), [(199, 900, "199 events"), (900, 199, "199 non-events")])
def test_too_few_outcomes_for_a_calibration_curve_are_a_certain_no(
    key: str, events: int, nonevents: int, words: str
) -> None:
    (found,) = said(Counts(1099, events, nonevents), measure=key, minimum=None, maximum=0.05)
    assert found.possible is Possible.NO
    assert f"{words} where at least {LEAST} are asked for" in found.sentence
    (enough,) = said(Counts(1100, 200, 900), measure=key, minimum=None, maximum=0.05)
    assert enough.possible is not Possible.NO


def test_a_group_that_cannot_hold_two_hundred_of_each_has_no_curve() -> None:
    counts = Counts(2000, 900, 1100, COUNTS.roles, {"race": {"white": 1601, "black": 399, "asian": 400}})
    found = {e.slice: e.possible for e in said(counts, measure="ici", minimum=None, maximum=0.05, slice="each")}
    assert found["race=black"] is Possible.NO
    assert found["race=asian"] is not Possible.NO


def test_a_criterion_on_each_slice_speaks_of_levels_without_rows_and_of_combinations() -> None:
    groups = {"race": {"white": 1990, "black": 0, "(missing)": 10}, "gender": {"female": 2000}}
    found = {each.slice: each.possible for each in said(Counts(2000, 400, 1600, groups=groups), slice="each")}
    assert set(found) == {"", "race=white", "race=black", "race=(missing)", "gender=female", "race & gender"}
    assert (found["race=black"], found["race=(missing)"]) == (Possible.NO, Possible.NO)
    assert found["race & gender"] is Possible.UNKNOWN


@pytest.mark.parametrize(("name", "possible"), [("race=green", "no"), ("gender=male", "unknown")])
def test_a_level_that_the_table_lacks_is_a_certain_no_where_its_levels_are_counted(name: str, possible: str) -> None:
    (found,) = said(slice=name)
    assert found.possible.value == possible


@pytest.mark.parametrize("measure", ["missing_share", "duplicate_row_share", "label_coverage"])
def test_measures_that_look_at_no_outcome_ask_for_no_events(measure: str) -> None:
    bounds: dict[str, Any] = {"minimum": 0.9} if measure == "label_coverage" else {"minimum": None, "maximum": 0.05}
    entry = CATALOG[measure]
    column: dict[str, Any] = {"column": "each"} if entry.spread is Spread.COLUMNS else {}
    for rows in (100, 2000):
        counts = Counts(rows, rows // 10, rows - rows // 10)
        (found,) = said(counts, measure=measure, kind=Kind.QUALITY, **bounds, **column)
        assert found.needed_rows is not None
        assert found.needed_events is None
        assert "events)" not in found.sentence


def test_rows_of_one_patient_are_counted_once() -> None:
    counts = Counts(2000, 400, 1600, COUNTS.roles, {"race": {"white": 1000}}, subjects=500)
    for where in ("", "race=white"):
        (alone,) = said(Counts(500, 100, 400, COUNTS.roles, {"race": {"white": 250}}), {"c": 0.8}, slice=where)
        (found,) = said(counts, {"c": 0.8}, slice=where)
        assert found.half_width == pytest.approx(alone.half_width)
        assert found.needed_rows == pytest.approx(4 * (alone.needed_rows or 0), abs=4)
        assert "4 to a patient, who is counted once" in found.sentence
        assert "patient" not in alone.sentence


def test_patients_who_do_not_repeat_change_nothing_and_quality_looks_at_rows() -> None:
    for subjects in (2000, None):
        assert said(Counts(2000, 400, 1600, subjects=subjects)) == said(Counts(2000, 400, 1600))
    share: dict[str, Any] = {"measure": "duplicate_row_share", "kind": Kind.QUALITY, "minimum": None, "maximum": 0.05}
    assert said(Counts(2000, 400, 1600, subjects=5), **share) == said(Counts(2000, 400, 1600), **share)


def test_a_handful_of_events_among_millions_of_rows_is_still_answered() -> None:
    (found,) = said(Counts(5_000_000, 12, 4_999_988, subjects=50_000), measure="oe_ratio", minimum=0.5, maximum=3.0)
    assert found.half_width is not None
    assert math.isfinite(found.half_width)


@pytest.mark.slow
@pytest.mark.parametrize(("low", "high", "about"), [(0.75, None, 0.975), (0.75, 0.85, 0.93)])
def test_a_check_that_is_called_decidable_is_decided_as_often_as_the_module_says(
    low: float, high: float | None, about: float
) -> None:
    """An interval that reaches exactly half of the way, of a share of 0.8 that is as anticipated: SciPy's Wilson."""
    bounds: dict[str, Any] = {"measure": "sensitivity", "operating_point": "alert", "minimum": low, "maximum": high}
    (asked,) = said(values={"c": 0.8}, **bounds)
    assert asked.needed_events is not None
    n = asked.needed_events
    decided = 0.0
    for hits in range(n + 1):
        ends = binomtest(hits, n).proportion_ci(0.95, method="wilson")
        if ends.low >= low and (high is None or ends.high <= high):
            decided += float(binom.pmf(hits, n, 0.8))
    assert decided == pytest.approx(about, abs=0.015)
