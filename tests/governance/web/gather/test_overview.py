"""Do an audit's first sentences say what its facts say, and nothing that they do not?"""

from __future__ import annotations

from typing import Any

from audits.core.values import Kind, Verdict
from audits.models.audit import Audit
from audits.models.measurement import MeasurementRow
from audits.models.plan import ValidationPlan
from governance.web.gather.checks import Filter
from governance.web.gather.overview import day, sentences

MET, FAILED, OPEN = (Verdict.MET, Verdict.NOT_MET, Verdict.NOT_EVALUABLE)


def audit(kind: Kind, **facts: Any) -> Audit:
    return Audit(kind=kind, facts=facts, plan=ValidationPlan(document={"confidence": 0.95}))


def row(measure: str, value: float | None, **more: Any) -> MeasurementRow:
    return MeasurementRow(measure=measure, value=value, n=100, **more)


def filters(met: int = 0, failed: int = 0, open_: int = 0) -> list[Filter]:
    counts = {MET: met, FAILED: failed, OPEN: open_, "all": met + failed + open_}
    return [Filter(str(value), "", count, chosen=False) for value, count in counts.items()]


def said(found: Audit, *rows: MeasurementRow, checks: list[Filter] | None = None) -> str:
    return " ".join(sentences(found, rows, checks or filters()))


def test_an_audit_without_a_result_says_nothing() -> None:
    assert sentences(audit(Kind.VALIDATION), [], filters(met=3)) == []


def test_the_checks_come_first_and_add_up() -> None:
    first = sentences(audit(Kind.QUALITY), [row("missing_share", 0.0, column="age")], filters(14, 1, 9))[0]
    assert first == "14 of 24 checks of the plan are met, 1 failed, 9 cannot be decided on these data."
    assert "All 19 checks" in said(audit(Kind.QUALITY), row("missing_share", 0.0, column="a"), checks=filters(met=19))
    assert "No criterion" in said(audit(Kind.QUALITY), row("missing_share", 0.0, column="a"))


def test_validation_says_ranking_calibration_comparison_and_repeats() -> None:
    found = audit(
        Kind.VALIDATION,
        calibration_curve={"words": "The model under-predicts."},
        comparison={"comparator": "old score", "auroc_vs_comparator": {"words": "superior"}},
        repeated_patients={"rows_per_subject": 2.0, "median_ratio": 1.4},
        sites={"words": "Three sites."},
    )
    text = said(
        found,
        row("auroc", 0.72, low=0.68, high=0.76),
        row("auroc", 0.5, low=0.4, high=0.6, slice="sex=f"),
        row("auroc_vs_comparator", 0.07, low=0.03, high=0.11),
    )
    assert "AUROC 0.72 (0.68 to 0.76)" in text
    assert "The model under-predicts." in text
    assert "Against “old score”, the AUROC differs by 0.07 (0.03 to 0.11): superior." in text
    assert "Patients come 2.0 times on average" in text
    assert "1.40 times as wide" in text
    assert "Three sites." in text


def test_a_refused_curve_says_why() -> None:
    assert "too few events" in said(
        audit(Kind.VALIDATION, calibration_curve={"refused": "too few events"}), row("x", 1)
    )


def test_bias_names_the_groups_that_differ_after_adjustment() -> None:
    rows = [row("auroc_vs_rest_p", 0.01, slice="sex=f & race=b"), row("auroc_vs_rest_p", 0.5, slice="sex=m")]
    text = said(audit(Kind.BIAS), *rows)
    assert "2 comparisons of a group with everyone else" in text
    assert "sex: f, race: b differs (p < 0.05)" in text
    assert "no group differs" in said(audit(Kind.BIAS), rows[1])


def test_bias_says_how_many_combinations_were_searched_and_how_the_table_differs() -> None:
    smd = [{"variable": name, "source": "the trial", "smd": {"value": v}} for name, v in (("age", 0.3), ("sex", -0.4))]
    found = audit(Kind.BIAS, scan={"scanned": 49, "depth": 2, "left_out": 15}, representativeness=smd)
    text = said(found, row("x", 1))
    assert "49 combinations of up to 2 attributes" in text
    assert "15 more were too small" in text
    assert "most in sex: standardised difference 0.40, above the usual flag" in text


def test_drift_says_what_moved_when_and_what_cannot_be_judged_yet() -> None:
    found = audit(
        Kind.DRIFT,
        windows={"window": "week", "starts": ["2026-03-02", "2026-03-09"]},
        cusum={"points": [{}], "alarm": "2026-03-09"},
        label_delay={"blind_from": "2026-03-16"},
    )
    rows = [row("drifted", 1.0, column="age"), row("drifted", 0.0, column="sex"), row("drifted", None, column="note")]
    text = said(found, *rows)
    assert "1 of 2 columns drifted, by effect and by test together: age." in text
    assert "Seen by week: 2 windows from 2 March 2026 to 9 March 2026." in text
    assert "first alarm in the window from 9 March 2026" in text
    assert "From 16 March 2026 on, most outcomes are still unknown" in text
    waiting = audit(
        Kind.DRIFT,
        label_delay={"blind_from": "2026-03-16", "not_judged": ["2026-03-02", "2026-03-09", "2026-03-16"]},
    )
    assert "so not in the one from 2 March 2026 and 2 others. From 16 March 2026 on" in said(waiting, rows[0])
    assert "None of 1 columns drifted" in said(audit(Kind.DRIFT), rows[1])
    assert "no alarm" in said(audit(Kind.DRIFT, cusum={"points": [{}], "alarm": None}), rows[1])


def test_quality_names_the_columns_with_most_missing_first() -> None:
    rows = [row("missing_share", share, column=f"c{place}") for place, share in enumerate((0.0, 0.1, 0.2, 0.3, 0.4))]
    text = said(audit(Kind.QUALITY), *rows, row("subject_overlap_share", 0.02))
    assert "4 of 5 columns have missing values: c4 (40.0%); c3 (30.0%); c2 (20.0%) and 1 more." in text
    assert "Subjects seen in training: 2.0%." in text
    assert "Nothing is missing in any of 1 columns." in said(audit(Kind.QUALITY), rows[0])


def test_what_is_no_date_stays_as_it_is() -> None:
    assert day("2026-W12-x") == "2026-W12-x"
