"""Can each criterion of a plan be decided on a table of this size at all? Said before anything runs.

Only counts are looked at: rows, rows with the outcome, rows per group. The rest is anticipated. Where the caller
anticipates nothing, a ratio or slope is taken to be 1, and every other measure to lie midway between its bound and the
best value that it can take. A check on an interval is called decidable when the interval is expected to reach at most
half of the way from the anticipated value to the nearer bound. If the anticipation is right, an interval at confidence
c then lies on its side of that bound in about (1 + c) / 2 of all tables (97 or 98 of 100 at 95%); midway between two
bounds it respects both in somewhat fewer than c. Where patients repeat, each is counted once: rows of one patient may
tell no more than one row does, and patients who repeat far more often than others make an interval wider still. Nothing
here is a result, and no verdict depends on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from audits.core import sample_size
from audits.core.anticipated import Formula, Size, anticipated_value, formula_of, nearer_bound
from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Entry, Needs, Spread
from audits.core.slices import EACH, across_name, attributes_of, slice_name
from audits.core.values import Criterion, Kind, On, PlanSpec

_WITH_OUTCOME = frozenset({Kind.VALIDATION, Kind.BIAS})
_ROLES = {Needs.COMPARATOR: "comparator", Needs.SITE: "site", Needs.DATE: "date", Needs.SUBJECT: "subject"}
#: What is read off the calibration curve, which needs `sample_size.CURVE` of either outcome to be fitted.
_OF_CURVE = frozenset({"ici", "e50", "e90", "emax"})
_COLLINS = "Collins 2016, Stat Med 35:214"
_CURVE = "Van Calster 2016, J Clin Epidemiol 74:167"


class Possible(StrEnum):
    """Whether a check can be decided: yes as anticipated, certainly not, or not to be told beforehand."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Counts:
    """What is known of a table before any audit. events, nonevents: None for a table without outcomes.

    roles: of its columns. groups: rows per level of each subgroup, also of levels without rows that are reported all
    the same (`expected_levels`); how many of them have the outcome is not known. subjects: how many patients there
    are; None where the table does not tell.
    """

    rows: int
    events: int | None
    nonevents: int | None
    roles: frozenset[str] = frozenset()
    groups: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    subjects: int | None = None

    @property
    def rows_per_patient(self) -> float:
        return max(1.0, self.rows / self.subjects) if self.subjects else 1.0


@dataclass(frozen=True, slots=True)
class Statement:
    """One criterion on one slice; criterion is "" for what holds of the whole table.

    anticipated: the value that the sentence supposes. half_width: the expected distance from it to the end of the
    interval that faces the bound. needed_rows, needed_events: for the interval to reach half of the way to the bound,
    at this table's share of events. None where there is no formula.
    """

    criterion: str
    measure: str
    slice: str
    possible: Possible
    sentence: str
    anticipated: float | None = None
    half_width: float | None = None
    needed_rows: int | None = None
    needed_events: int | None = None
    method: str = ""
    citation: str = ""


def statements(plan: PlanSpec, counts: Counts, anticipated: Mapping[str, float] | None = None) -> list[Statement]:
    """What can be said of the table and of every criterion. anticipated: values by criterion id."""
    values = anticipated or {}
    made = list(_of_table(counts))
    for criterion in plan.criteria:
        made.extend(_of_criterion(criterion, plan, counts, values))
    return made


def _of_table(counts: Counts) -> Iterator[Statement]:
    if counts.events is None or counts.nonevents is None:
        return
    fewest = min(counts.events, counts.nonevents)
    found = f"The table has {counts.events:,} events and {counts.nonevents:,} non-events"
    for least, what, citation in (
        (sample_size.FLOOR, "figures of discrimination and calibration", _COLLINS),
        (sample_size.CURVE, "a calibration curve", _CURVE),
    ):
        enough = fewest >= least
        sentence = f"{found}; {what} should rest on at least {least} of each, and {'do' if enough else 'would not'}."
        possible = Possible.YES if enough else Possible.UNKNOWN
        yield Statement("", "", "", possible, sentence, needed_events=least, method="rule of thumb", citation=citation)


def _of_criterion(
    criterion: Criterion, plan: PlanSpec, counts: Counts, values: Mapping[str, float]
) -> Iterator[Statement]:
    entry = CATALOG[criterion.measure]
    role = _ROLES.get(entry.needs) if entry.needs else None
    if role is not None and role not in counts.roles:
        sentence = f"The table has no {role} column, so {entry.label} is not measured and the check is not evaluable."
        yield Statement(criterion.id, criterion.measure, criterion.slice, Possible.NO, sentence)
        return
    for name, size in _sizes(criterion, entry, plan, counts):
        yield _decide(criterion, entry, plan, name, size, values)


def _sizes(criterion: Criterion, entry: Entry, plan: PlanSpec, counts: Counts) -> Iterator[tuple[str, Size | None]]:
    """The slices that the criterion is about, each with its size where that is known."""
    if entry.kind in _WITH_OUTCOME:
        events = counts.events or 0
        known = events + (counts.nonevents or 0)
        everyone = Size(known, float(events), counted=True, repeats=counts.rows_per_patient)
    else:
        everyone = Size(counts.rows, 0.0, counted=True)
    if entry.spread is not Spread.SLICES:
        # Gaps, columns, sites and windows rest on parts of the table whose sizes are not known here.
        yield criterion.slice, everyone if entry.spread in {Spread.TABLE, Spread.COLUMNS} else None
        return
    levels = dict(_levels(plan, counts, everyone))
    if criterion.slice in ("", EACH):
        yield "", everyone
    if criterion.slice == EACH:
        yield from levels.items()
        # Which combinations there are, and how many rows each has, is not counted before the run.
        yield from ((across_name(names), None) for names in plan.intersections)
    elif criterion.slice:
        named = attributes_of(criterion.slice, plan.subgroups) or ()
        absent = Size(0, 0.0, counted=False) if len(named) == 1 and named[0] in counts.groups else None
        yield criterion.slice, levels.get(criterion.slice, absent)


def _levels(plan: PlanSpec, counts: Counts, everyone: Size) -> Iterator[tuple[str, Size]]:
    """Every level of every subgroup by the name of its slice, in order, with everyone's share of events."""
    for attribute in plan.subgroups:
        for level, rows in sorted(counts.groups.get(attribute, {}).items()):
            size = Size(rows, rows * everyone.share, counted=False, repeats=everyone.repeats)
            yield slice_name((attribute,), (level,)), size


def _decide(
    criterion: Criterion, entry: Entry, plan: PlanSpec, name: str, size: Size | None, values: Mapping[str, float]
) -> Statement:
    def said(possible: Possible, sentence: str, **more: object) -> Statement:
        return Statement(criterion.id, criterion.measure, name, possible, sentence, **more)  # type: ignore[arg-type]

    if size is None:
        return said(Possible.UNKNOWN, "How many rows this rests on is not known before the run.")
    short = _short(criterion, entry, plan, size, shown=bool(name))
    if short:
        return said(Possible.NO, f"{short}: the check will not be evaluable.")
    if criterion.on is On.ESTIMATE:
        return said(Possible.YES, "The rows suffice; the bound is compared with the estimate alone, however uncertain.")
    value = values.get(criterion.id, anticipated_value(criterion, entry))
    bound = None if value is None else nearer_bound(criterion, value, ratio=entry.key == "oe_ratio")
    if value is None or bound is None:
        return said(Possible.UNKNOWN, "There is no way to anticipate this measure; only the least n was looked at.")
    if value == bound:
        return said(
            Possible.UNKNOWN, f"At {value:g}, on the bound itself, no number of rows decides.", anticipated=value
        )
    formula = formula_of(entry.key, value, bound, size, plan, values)
    if isinstance(formula, str):
        return said(Possible.UNKNOWN, formula, anticipated=value)
    possible, sentence, half, needed = _judged(value, bound, size, formula)
    return said(
        possible,
        sentence,
        anticipated=value,
        half_width=half,
        needed_rows=needed,
        needed_events=None if needed is None or not size.events else math.ceil(needed * size.share),
        method=formula.method,
        citation=formula.citation,
    )


def _judged(value: float, bound: float, size: Size, formula: Formula) -> tuple[Possible, str, float, int | None]:
    def reach(rows: float) -> float:
        return abs(value - formula.limit(rows / size.repeats))

    room, half = abs(value - bound), reach(size.rows)
    needed = sample_size.rows_needed(lambda n: reach(n) <= room / 2)
    rows = "more rows than can be had" if needed is None else f"about {needed:,} rows"
    if needed is not None and size.events:
        rows += f" ({math.ceil(needed * size.share):,} events)"
    each = f" ({size.repeats:.3g} to a patient, who is counted once)" if size.repeats > 1 else ""
    seen = f"If the value is {value:.3g}, the interval at {size.rows:,} rows{each} reaches about {half:.2g}"
    seen += " towards the bound"
    if half <= room / 2:
        return Possible.YES, f"{seen} of {bound:g}, {room:.2g} away: the check can be decided.", half, needed
    how = "may or may not be decided" if half < room else "will more likely than not be left open"
    return Possible.UNKNOWN, f"{seen} of {bound:g}, {room:.2g} away: the check {how}; {rows} would do.", half, needed


def _short(criterion: Criterion, entry: Entry, plan: PlanSpec, size: Size, *, shown: bool) -> str:
    """What is certainly too little, in one phrase; "" when nothing is. Events of a group are not counted, so only its
    rows can be."""
    rows = max(1, criterion.minimum_n)
    wanted: list[tuple[str, int, int]] = []
    if entry.kind in _WITH_OUTCOME:
        floor = (plan.show_events, plan.show_nonevents)
        curve = sample_size.CURVE if criterion.measure in _OF_CURVE else 0
        least = (max(criterion.minimum_events, floor[0], curve), max(criterion.minimum_nonevents, floor[1], curve))
        if size.counted:
            wanted = [("events", int(size.events), least[0]), ("non-events", size.rows - int(size.events), least[1])]
        elif shown:
            rows = max(rows, sum(least))
    lacking = [
        f"{found:,} {what} where at least {least:,} are asked for"
        for what, found, least in [("rows", size.rows, rows), *wanted]
        if found < least
    ]
    return "; ".join(lacking)
