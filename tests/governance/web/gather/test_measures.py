"""Are measurements ready to be read: under headings, in words, with what decides nothing marked?"""

from __future__ import annotations

from typing import Any

from audits.core.values import Kind
from audits.models.measurement import MeasurementRow
from governance.web.gather.measures import Section, groups, sections


def row(measure: str, value: float | None = 0.5, **more: Any) -> MeasurementRow:
    given = {"low": 0.4, "high": 0.6} | more
    return MeasurementRow(measure=measure, value=value, n=100, **given)


def made(*rows: MeasurementRow, kind: Kind = Kind.VALIDATION) -> list[Section]:
    return sections(groups(rows, kind))


def test_sections_stand_in_reading_order_whatever_the_rows_order() -> None:
    found = made(row("idi"), row("net_benefit", operating_point="a"), row("oe_ratio"), row("auroc"))
    assert [section.title for section in found] == [
        "Ranking and overall accuracy", "Calibration", "Usefulness", "Against the existing method",
    ]  # fmt: skip


def test_a_measure_is_one_fold_with_a_part_per_operating_point() -> None:
    (section,) = made(*(row("sensitivity", operating_point=point) for point in ("late", "early")))
    (fold,) = section.folds
    assert fold.label == "Sensitivity"
    assert [part.point for part in fold.parts] == ["early", "late"]
    assert fold.parts[0].label == "Sensitivity at “early”"


def test_what_decides_nothing_is_told_apart() -> None:
    (section,) = made(row("auroc_vs_comparator"), row("idi"))
    assert {fold.label: fold.decides for fold in section.folds} == {
        "AUROC against the existing method": True,
        "Integrated discrimination improvement": False,
    }


def test_slices_sites_and_windows_are_said_in_words() -> None:
    def place(found: MeasurementRow, kind: Kind) -> tuple[str, str]:
        (group,) = groups([found], kind)
        return group.rows_are, group.lines[0].place

    assert place(row("auroc", slice="race=white & sex=f"), Kind.VALIDATION) == ("Group", "race: white, sex: f")
    assert place(row("site_auroc", slice="north"), Kind.VALIDATION) == ("Site", "north")
    assert place(row("window_auroc", slice="2026-03-02"), Kind.DRIFT) == ("Window from", "2 March 2026")
    assert place(row("auroc_difference", across="race & sex"), Kind.BIAS) == ("Between the groups of", "race, sex")
    assert place(row("psi", column="age"), Kind.DRIFT) == ("Column", "age")
    assert place(row("duplicate_row_share"), Kind.QUALITY) == ("Of", "The whole table")


def test_a_number_without_width_has_no_interval() -> None:
    (group,) = groups([row("psi_noise_floor", 0.0175, low=0.0175, high=0.0175, column="age")], Kind.DRIFT)
    assert (group.lines[0].figure.value, group.lines[0].figure.interval) == ("0.0175", "")
