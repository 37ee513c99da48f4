"""Does every measure stand under a heading that a reader expects, and none under "other"?"""

from __future__ import annotations

import pytest

from audits.core.catalog import CATALOG, ENTRIES
from audits.core.catalog_entry import Spread
from governance.web import topics


@pytest.mark.parametrize(
    ("measure", "title"),
    [
        ("auroc", "Ranking and overall accuracy"),
        ("brier", "Ranking and overall accuracy"),
        ("oe_ratio", "Calibration"),
        ("ici", "Calibration"),
        ("sensitivity", "At the operating points"),
        ("net_benefit", "Usefulness"),
        ("sensitivity_vs_comparator", "Against the existing method"),
        ("site_oe_ratio", "From site to site"),
        ("pooled_auroc", "From site to site"),
        ("sensitivity_vs_rest", "Each group against everyone else"),
        ("sensitivity_vs_rest_p", "Each group against everyone else"),
        ("equal_opportunity_difference", "Between groups"),
        ("worst_subgroup_auroc", "Worst combinations"),
        ("population_smd", "The population"),
        ("participation_to_prevalence", "The population"),
        ("psi", "Columns"),
        ("drifted_columns", "Columns"),
        ("window_auroc", "Over time"),
        ("cusum_alarm", "Over time"),
        ("label_delay_p90", "Outcomes that come late"),
        ("duplicate_row_share", "The whole table"),
        ("missing_share", "Columns"),
    ],
)
def test_a_measure_stands_where_a_reader_looks_for_it(measure: str, title: str) -> None:
    assert topics.title_of(CATALOG[measure]) == title


def test_no_measure_of_the_catalogue_is_left_over() -> None:
    assert [entry.key for entry in ENTRIES if topics.title_of(entry) == topics.OTHER] == []


def test_every_heading_has_its_place_in_the_order_once() -> None:
    titles = {topic.title for kind in topics.TOPICS.values() for topic in kind} | {topics.OTHER}
    assert titles == set(topics.ORDER)
    assert len(topics.ORDER) == len(titles)


def test_a_measure_that_the_catalogue_no_longer_knows_stands_at_the_end() -> None:
    assert topics.title_of(None) == topics.ORDER[-1]


def test_every_kind_of_row_has_a_title() -> None:
    assert set(topics.ROWS) == set(Spread)
