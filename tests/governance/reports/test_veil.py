"""Which measurements of a table stay hidden?"""

from __future__ import annotations

from audits.core.values import Estimate, Measurement
from governance.core.suppression import mask
from governance.reports.veil import Veil, shown_counts, veil_of
from governance.reports.veiled_facts import facts_behind, pooled

GROUPINGS = (("race",), ("sex",), ("race", "sex"))


def auroc(name: str, n: int, events: int) -> Measurement:
    return Measurement("auroc", Estimate(0.7, 0.6, 0.8, n, events), name)


def flags(name: str, n: int, events: int, share: float) -> list[Measurement]:
    found = Estimate(share, 0.0, 1.0, n, events)
    return [Measurement(measure, found, name, operating_point="alert") for measure in ("flag_rate", "ppv", "npv")]


def test_a_group_with_few_events_is_hidden_with_the_neighbour_that_would_reveal_it() -> None:
    rows = [auroc("", 1000, 300), auroc("race=a", 800, 250), auroc("race=b", 150, 46), auroc("race=c", 50, 4)]
    veil = veil_of(rows, GROUPINGS)
    assert veil.slices() == ("race=b", "race=c")
    assert not veil.hides(rows[0])
    assert not veil.hides(rows[1])


def test_an_intersection_is_not_given_away_by_its_margins() -> None:
    cells = {("a", "f"): (400, 120), ("a", "m"): (400, 130), ("b", "f"): (30, 5), ("b", "m"): (170, 45)}
    rows = [auroc(f"race={race} & sex={sex}", *counts) for (race, sex), counts in cells.items()]
    rows += [auroc("", 1000, 300), auroc("race=a", 800, 250), auroc("race=b", 200, 50)]
    rows += [auroc("sex=f", 430, 125), auroc("sex=m", 570, 175)]
    veil = veil_of(rows, GROUPINGS)
    assert {"race=b & sex=f", "race=b & sex=m", "race=a & sex=f", "race=a & sex=m"} == set(veil.slices())


def test_few_flagged_patients_hide_everything_at_their_operating_point_and_nothing_else() -> None:
    whole = Estimate(0.8, 0.7, 0.9, 500, 100)
    other = Measurement("sensitivity", whole, operating_point="another")
    rows = [auroc("", 500, 100), *flags("", 500, 100, 0.01), Measurement("sensitivity", whole, operating_point="alert")]
    hidden = [row.measure for row in [*rows, other] if veil_of(rows, ()).hides(row)]
    assert hidden == ["flag_rate", "ppv", "npv", "sensitivity"]


def test_a_small_site_is_hidden_with_another_that_would_reveal_it() -> None:
    counts = {"site=a": (500, 200), "site=b": (300, 100), "site=c": (25, 6)}
    rows = [auroc("", 825, 306)]
    rows += [Measurement("site_auroc", Estimate(0.7, 0.6, 0.8, *each), name) for name, each in counts.items()]
    assert [row.slice for row in rows if veil_of(rows, ()).hides(row)] == ["site=b", "site=c"]


def test_a_small_combination_that_a_scan_found_is_not_named() -> None:
    rows = [auroc("", 1000, 300)]
    few = Measurement("worst_subgroup_oe_ratio", Estimate(2.0, 1.0, 3.0, 40, 6))
    many = Measurement("worst_subgroup_oe_ratio", Estimate(2.0, 1.0, 3.0, 400, 60))
    assert veil_of(rows, ()).hides(few)
    assert not veil_of(rows, ()).hides(many)


def test_the_share_of_a_group_among_the_people_is_shown_only_where_its_count_may_be() -> None:
    rows = [auroc("", 1000, 300), auroc("sex=f", 600, 200), auroc("sex=m", 400, 100)]
    known, unknown = (Measurement("participation_to_prevalence", Estimate(1.1), name) for name in ("sex=f", "age=90"))
    assert not veil_of(rows, GROUPINGS).hides(known)
    assert veil_of(rows, GROUPINGS).hides(unknown)


def test_a_gap_that_rests_on_a_small_group_is_hidden() -> None:
    rows = [auroc("", 120, 60), auroc("sex=f", 100, 50), auroc("sex=m", 20, 10)]
    veil = veil_of(rows, GROUPINGS)
    assert veil.hides(Measurement("auroc_difference", Estimate(0.1), across="sex"))
    assert not veil.hides(Measurement("auroc_difference", Estimate(0.1), across="race"))


def test_a_small_group_says_not_even_that_nobody_had_the_outcome() -> None:
    assert shown_counts(4, 0) == ("<11", "<11")
    assert shown_counts(40, 4) == ("withheld", "<11")
    assert shown_counts(40, 20) == ("withheld", "withheld")


def test_sentences_lose_their_small_counts_and_keep_the_rest() -> None:
    assert (
        mask("3 events, and at least 10 are needed; 1,003 rows") == "<11 events, and at least 10 are needed; 1,003 rows"
    )


def test_thin_tenths_of_the_calibration_are_pooled() -> None:
    tenths = [
        {"n": 50, "events": events, "mean_score": score, "observed": events / 50, "low": 0.0, "high": 1.0}
        for events, score in ((3, 0.1), (9, 0.2), (20, 0.4), (45, 0.8))
    ]
    found = pooled(tenths)
    assert [(group["n"], group["events"]) for group in found] == [(100, 12), (100, 65)]


def test_facts_without_the_known_keys_pass_through() -> None:
    assert facts_behind({"other": 1}, Veil(frozenset(), frozenset()), 10, 0) == {"other": 1}
