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


def test_a_windows_few_events_hide_it_though_only_drift_was_audited() -> None:
    thin = Measurement("window_auroc", Estimate.undefined("3 events", n=15, events=3), "2026-01-05")
    others = [Measurement("window_auroc", Estimate(0.7, 0.6, 0.8, 200, n), f"2026-02-0{n % 7}") for n in (40, 50, 60)]
    hidden = [row.slice for row in [thin, *others] if veil_of([thin, *others], ()).hides(row)]
    assert hidden == [thin.slice, others[0].slice]


def test_a_window_without_known_outcomes_is_small_by_its_rows() -> None:
    blind = Measurement("window_auroc", Estimate.undefined("most outcomes are not known yet", n=6), "2026-01-05")
    assert veil_of([blind], ()).hides(blind)


def test_few_flagged_in_a_window_hide_its_flag_rate() -> None:
    found = [
        Measurement("window_flag_rate", Estimate(share, 0, 1, 500, 90), day, operating_point="alert")
        for day, share in (("2026-01-05", 0.01), ("2026-01-12", 0.3))
    ]
    assert [veil_of(found, ()).hides(row) for row in found] == [True, False]


def test_few_of_those_with_the_outcome_left_alone_hide_the_operating_point() -> None:
    whole = Estimate(0.4, 0.3, 0.5, 500, 100)
    rows = [auroc("", 500, 100), Measurement("flag_rate", whole, operating_point="alert")]
    missed, caught = (
        Measurement("sensitivity", Estimate(share, 0.5, 1.0, 500, 100), operating_point="alert")
        for share in (0.95, 0.8)
    )
    assert veil_of([*rows, missed], ()).hides(missed)
    assert not veil_of([*rows, caught], ()).hides(caught)


def test_few_pairs_hide_the_comparison_and_so_do_few_without_one() -> None:
    def against(name: str, n: int, events: int) -> Measurement:
        return Measurement("auroc_vs_comparator", Estimate(0.01, 0.0, 0.02, n, events), name)

    wholes = [auroc("", 1000, 300), auroc("race=a", 600, 180), auroc("race=b", 400, 120)]
    few = [against("", 616, 194), against("race=a", 600, 180), against("race=b", 16, 4)]
    lacking = [against("", 997, 299), against("race=a", 597, 179), against("race=b", 400, 120)]
    enough = [against("", 900, 270), against("race=a", 550, 165), against("race=b", 350, 105)]
    for found, hidden in ((few, [False, True, True]), (lacking, [True, True, False]), (enough, [False] * 3)):
        veil = veil_of([*wholes, *found], GROUPINGS)
        assert [veil.hides(row) for row in found] == hidden
        assert not any(map(veil.hides, wholes))


def test_the_existing_methods_few_misses_hide_the_comparison_at_their_point_alone() -> None:
    rows = [auroc("", 1000, 300)]
    rows += [Measurement("sensitivity", Estimate(0.8, 0.7, 0.9, 1000, 300), operating_point=at) for at in ("a", "b")]
    against = [
        Measurement("sensitivity_vs_comparator", Estimate(gap, -1, 1, 1000, 300), operating_point=at)
        for at, gap in (("a", -0.18), ("b", 0.1))
    ]
    veil = veil_of([*rows, *against], ())
    assert [veil.hides(row) for row in against] == [True, False]
    assert not any(map(veil.hides, rows))


def test_the_pooled_sites_do_not_count_a_hidden_one_away() -> None:
    counts = {"site=a": (500, 200), "site=b": (300, 100), "site=d": (400, 100), "site=c": (25, 6)}
    rows = [auroc("", 1225, 406)]
    rows += [Measurement("site_auroc", Estimate(0.7, 0.6, 0.8, *each), name) for name, each in counts.items()]
    pool = Measurement("pooled_auroc", Estimate(0.7, 0.6, 0.8, 1200, 400))
    assert veil_of([*rows, pool], ()).hides_counts(pool)
    assert not veil_of([*rows, pool], ()).hides(pool)
    assert not veil_of([*rows[:-1], pool], ()).hides_counts(Measurement("auroc", Estimate(0.7, 0.6, 0.8, 1225, 406)))


def test_rows_that_name_no_site_are_not_left_over() -> None:
    counts = {"site=a": (500, 200), "site=b": (300, 100)}
    rows = [auroc("", 803, 301)]
    rows += [Measurement("site_auroc", Estimate(0.7, 0.6, 0.8, *each), name) for name, each in counts.items()]
    assert veil_of(rows, ()).slices() == ("site=b",)


def test_a_slice_of_many_rows_of_few_patients_is_hidden() -> None:
    rows = [auroc("", 900, 300), auroc("sex=f", 500, 200)]
    told = Estimate(0.7, 0.6, 0.8, 400, 100, "jackknife over 4 groups of patients, logit scale")
    few = Measurement("auroc", told, "sex=m")
    assert veil_of([*rows, few], GROUPINGS).hides(few)


def test_a_share_of_few_rows_is_hidden_and_what_is_present_is_not_counted() -> None:
    missing = Measurement("missing_share", Estimate(0.003, 0, 0.01, 1000, None, "Wilson, 3 of 1000"), column="lab")
    distinct = Measurement("distinct_count", Estimate(40.0, 40.0, 40.0, 997, None, "counted"), column="lab")
    veil = veil_of([missing, distinct], ())
    assert veil.hides(missing)
    assert not veil.hides(distinct)
    assert veil.hides_counts(distinct)


VEIL = veil_of([auroc("", 1000, 300), Measurement("auroc_vs_comparator", Estimate(0.1, 0, 0.2, 950, 280))], ())


def test_the_comparison_says_nothing_of_a_few_without_the_existing_method() -> None:
    point = {"name": "alert", "sensitivity": [0.8, 0.7], "specificity": [0.8, 0.9]}
    facts = {"comparator": "old", "without_comparator": 3, "comparator_outside": 47, "operating_points": [point]}
    shown = facts_behind({"comparison": {**facts, "pairs": 950}}, VEIL, 1000, 0)["comparison"]
    assert (shown["without_comparator"], shown["comparator_outside"], shown["pairs"]) == ("withheld", "withheld", 950)
    assert shown["operating_points"] == [point]
    told = {"value": 0.1, "words": "superior"}
    facts |= {"auroc_vs_comparator": told, "comparator_auroc": told}
    gone = facts_behind({"comparison": {**facts, "pairs": 997}}, VEIL, 1000, 0)["comparison"]
    assert gone["pairs"] == "withheld"
    assert gone["auroc_vs_comparator"] == {"words": "withheld"}
    assert "comparator_auroc" not in gone
    assert gone["operating_points"] == [{"name": "alert", "hidden": True}]


def test_a_point_at_which_the_existing_method_is_right_or_wrong_about_few_is_not_compared() -> None:
    def points(sensitivity: float, specificity: float) -> bool:
        point = {"name": "alert", "sensitivity": [0.8, sensitivity], "specificity": [0.8, specificity]}
        facts = {"comparison": {"pairs": 950, "operating_points": [point]}}
        return "hidden" in facts_behind(facts, VEIL, 1000, 0)["comparison"]["operating_points"][0]

    assert [points(0.8, 0.9), points(0.01, 0.9), points(0.99, 0.9), points(0.8, 0.995), points(0.8, 0.01)] == [
        False, True, True, True, True,
    ]  # fmt: skip


def test_the_decision_curve_of_the_existing_method_goes_when_few_lack_it() -> None:
    curve = {"model": [0.1], "comparator": [0.2], "comparator_low": [0.1], "comparator_high": [0.3]}
    shown, gone = (
        facts_behind({"decision_curve": {**curve, "comparator_rows": n}}, VEIL, 1000, 0)["decision_curve"]
        for n in (950, 996)
    )
    assert shown["comparator"] == [0.2]
    assert gone == {"model": [0.1], "comparator": None, "comparator_rows": "withheld"}


def test_rows_without_site_date_subject_or_usable_outcome_are_not_counted_when_few() -> None:
    series = {
        "sites": {"rows_without_site": {"(missing)": 3, "(other)": 40}, "sites": []},
        "windows": {"starts": ["2026-01-05"], "rows": [90], "undated_rows": 3},
        "repeated_patients": {"without_subject": 2},
        "label_delay": {"starts": [], "rows": [], "labelled_share": [], "before_prediction": 4, "waiting": 60},
        "invalid_outcomes": 5,
    }
    shown = facts_behind(series, VEIL, 1000, 0)
    assert set(shown["sites"]["rows_without_site"].values()) == {"withheld"}
    assert shown["windows"]["undated_rows"] == shown["repeated_patients"]["without_subject"] == "withheld"
    assert (shown["label_delay"]["before_prediction"], shown["label_delay"]["waiting"]) == ("withheld", 60)
    assert shown["invalid_outcomes"] == "withheld"


def test_nothing_is_drawn_of_a_hidden_window() -> None:
    value = {"value": 1.0, "low": 0.9, "high": 1.1}
    facts = {"starts": ["2026-01-05", "2026-01-12"], "rows": [15, 300], "auroc": [value] * 2, "psi": {"p": [0.1, 0.2]}}
    veil = Veil(frozenset({"2026-01-05"}), frozenset())
    shown = facts_behind({"windows": facts, "cusum": {"points": [{"start": "2026-01-05"}]}}, veil, 400, 0)
    assert shown["windows"]["auroc"] == [None, value]
    assert shown["windows"]["psi"] == {"p": [None, 0.2]}
    assert shown["cusum"]["points"] == []


def test_missing_values_of_a_level_do_not_follow_from_those_of_the_others() -> None:
    levels = [{"level": name, "rows": 200, "share": count / 200} for name, count in (("a", 50), ("b", 60), ("c", 4))]
    shown = facts_behind({"missing_by_group": [{"column": "lab", "across": "race", "levels": levels}]}, VEIL, 600, 0)
    assert [level["level"] for level in shown["missing_by_group"][0]["levels"]] == ["b"]
