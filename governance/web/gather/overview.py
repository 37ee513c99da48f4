"""What does an audit say in a few sentences? Its message before its tables, from its facts and checks alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from audits.core.catalog import CATALOG
from audits.core.figures import figure
from audits.core.slices import in_words
from audits.core.values import Kind, Verdict
from audits.models.audit import Audit
from audits.models.measurement import MeasurementRow
from governance.web.gather.checks import Filter

MOST_NAMED = 3
Facts = Mapping[str, Any]


def sentences(audit: Audit, rows: Sequence[MeasurementRow], filters: Iterable[Filter]) -> list[str]:
    """The checks first, then what a reader of this kind of audit asks first. [] while there is no result."""
    if not rows:
        return []
    whole = {(row.measure, row.operating_point): row for row in rows if not (row.slice or row.across or row.column)}
    told = {Kind.VALIDATION: _validation, Kind.BIAS: _bias, Kind.DRIFT: _drift, Kind.QUALITY: _quality}
    said = told[Kind(audit.kind)](audit, rows, whole)
    return [sentence for sentence in (_checks(filters), *said) if sentence]


def _checks(filters: Iterable[Filter]) -> str:
    count = {each.value: each.count for each in filters}
    total = count.get("all", 0)
    if not total:
        return "No criterion of the plan is about this audit."
    if count[Verdict.MET] == total:
        return f"All {total} checks of the plan are met." if total > 1 else "The plan's one check is met."
    parts = [f"{count[Verdict.MET]} of {total} checks of the plan are met"]
    parts += [f"{count[Verdict.NOT_MET]} failed"] if count[Verdict.NOT_MET] else []
    parts += [f"{n} cannot be decided on these data"] if (n := count[Verdict.NOT_EVALUABLE]) else []
    return f"{', '.join(parts)}."


Whole = Mapping[tuple[str, str], MeasurementRow]


def _validation(audit: Audit, rows: Sequence[MeasurementRow], whole: Whole) -> list[str]:
    facts: Facts = audit.facts
    comparison = facts.get("comparison") or {}
    against = comparison.get("auroc_vs_comparator") or {}
    said = []
    if (auroc := whole.get(("auroc", ""))) and auroc.value is not None:
        said.append(f"Ranking: AUROC {_with_interval(auroc)}; 0.5 is a coin toss, 1 is perfect.")
    curve = facts.get("calibration_curve") or {}
    said.append(str(curve.get("words") or curve.get("refused") or ""))
    if (gain := whole.get(("auroc_vs_comparator", ""))) and gain.value is not None:
        said.append(
            f"Against “{comparison.get('comparator')}”, the AUROC differs by {_with_interval(gain)}: "
            f"{against.get('words', '')}."
        )
    said.append(str((facts.get("sites") or {}).get("words", "")))
    return [*said, _repeats(facts)]


def _repeats(facts: Facts) -> str:
    found = facts.get("repeated_patients") or {}
    if found.get("median_ratio") is None:
        return ""
    return (
        f"Patients come {found['rows_per_subject']:.1f} times on average, so the intervals rest on patients, not rows: "
        f"they are {found['median_ratio']:.2f} times as wide as rows alone would make them."
    )


def _bias(audit: Audit, rows: Sequence[MeasurementRow], whole: Whole) -> list[str]:
    facts: Facts = audit.facts
    return [_apart(rows, audit.plan.document.get("confidence", 0.95)), _scan(facts), _population(facts)]


def _apart(rows: Sequence[MeasurementRow], confidence: float) -> str:
    """Which groups differ from everyone else, however many were looked at."""
    tests = [row for row in rows if row.measure.endswith("_vs_rest_p") and row.value is not None]
    if not tests:
        return ""
    level = 1 - confidence
    clear = dict.fromkeys(in_words(row.slice) for row in tests if row.value is not None and row.value < level)
    intro = f"{len(tests)} comparisons of a group with everyone else, adjusted for their number: "
    if not clear:
        return f"{intro}no group differs beyond what chance explains (p < {level:.2g})."
    return f"{intro}{_named(list(clear))} {'differs' if len(clear) == 1 else 'differ'} (p < {level:.2g})."


def _scan(facts: Facts) -> str:
    found = facts.get("scan") or {}
    if not found.get("scanned"):
        return ""
    few = found.get("left_out", 0)
    left = f"; {few:,} more were too small to judge" if few else ""
    return (
        f"{found['scanned']:,} combinations of up to {found['depth']} attributes were searched for the worst{left}. "
        "What stands out there is a question for new data, not an answer."
    )


def _population(facts: Facts) -> str:
    known = [each for each in facts.get("representativeness") or () if (each.get("smd") or {}).get("value") is not None]
    if not known:
        return ""
    worst = max(known, key=lambda each: abs(each["smd"]["value"]))
    size = abs(worst["smd"]["value"])
    return (
        f"Beside the population ({worst.get('source', '')}), the table differs most in {worst['variable']}: "
        f"standardised difference {size:.2f}, {'above' if size > 0.1 else 'not above'} the usual flag of 0.1."
    )


def _drift(audit: Audit, rows: Sequence[MeasurementRow], whole: Whole) -> list[str]:
    facts: Facts = audit.facts
    return [_moved(rows), _windows(facts), _cusum(facts), _late(facts)]


def _moved(rows: Sequence[MeasurementRow]) -> str:
    verdicts = [row for row in rows if row.measure == "drifted" and row.value is not None]
    if not verdicts:
        return ""
    moved = [row.column for row in verdicts if row.value]
    names = f": {_named(moved)}" if moved else ""
    return f"{len(moved) or 'None'} of {len(verdicts)} columns drifted, by effect and by test together{names}."


def _windows(facts: Facts) -> str:
    found = facts.get("windows") or {}
    starts = found.get("starts") or ()
    if not starts:
        return ""
    return f"Seen by {found.get('window', 'window')}: {len(starts)} windows from {day(starts[0])} to {day(starts[-1])}."


def _cusum(facts: Facts) -> str:
    found = facts.get("cusum") or {}
    if not found.get("points"):
        return ""
    if found.get("alarm"):
        return f"Events outran or fell behind the predictions: first alarm in the window from {day(found['alarm'])}."
    return "Events kept pace with the predictions: no alarm."


def _late(facts: Facts) -> str:
    found = facts.get("label_delay") or {}
    blind, waiting = found.get("blind_from"), found.get("not_judged") or ()
    mostly = f"From {day(blind)} on, most outcomes are still unknown; performance there is not judged." if blind else ""
    if not waiting or waiting[0] == blind:
        return mostly
    held_back = f"Performance is judged in windows with 95% of outcomes known, so not in the one from {day(waiting[0])}"
    return f"{held_back}{f' and {len(waiting) - 1} others' if len(waiting) > 1 else ''}. {mostly}".strip()


def _quality(audit: Audit, rows: Sequence[MeasurementRow], whole: Whole) -> list[str]:
    shares = [row for row in rows if row.measure == "missing_share" and row.value is not None]
    gaps = sorted((row for row in shares if row.value), key=lambda row: -(row.value or 0.0))
    said = []
    if shares and not gaps:
        said.append(f"Nothing is missing in any of {len(shares)} columns.")
    elif gaps:
        names = [f"{row.column} ({row.value:.1%})" for row in gaps]
        said.append(f"{len(gaps)} of {len(shares)} columns have missing values: {_named(names)}.")
    for measure in ("subject_overlap_share", "duplicate_row_share", "label_coverage"):
        row = whole.get((measure, ""))
        if row is not None and row.value is not None:
            said.append(f"{CATALOG[measure].label}: {row.value:.1%}.")
    return said


def day(written: str) -> str:
    """2 March 2026, from 2026-03-02; as it stands when it is no date."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return written
    return f"{found.day} {found:%B %Y}"


def _named(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - MOST_NAMED
    return "; ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _with_interval(row: MeasurementRow) -> str:
    made = figure(row.estimate)
    return f"{made.value} ({made.interval})" if made.interval else made.value
