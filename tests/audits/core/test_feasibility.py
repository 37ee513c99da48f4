"""Is "no" only said where it is certain, and "yes" only where the interval is narrow enough?"""

from __future__ import annotations

import math
from typing import Any

import pytest

from audits.core import sample_size
from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Needs, Spread
from audits.core.feasibility import Counts, Possible, Statement, statements
from audits.core.values import On
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
    assert found == {"": Possible.YES, "race=white": Possible.YES, "race=black": Possible.NO}


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
        for each in said(counts, measure=key, kind=entry.kind, **places, **bounds):
            assert each.sentence.endswith(".")
            assert each.half_width is None or math.isfinite(each.half_width)


def test_the_table_is_held_to_the_rules_of_thumb() -> None:
    found = [each for each in statements(plan(), Counts(500, 150, 350)) if not each.criterion]
    assert [(each.needed_events, each.possible) for each in found] == [(100, Possible.YES), (200, Possible.UNKNOWN)]
