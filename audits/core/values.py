"""What does an audit say? The frozen values that every audit speaks in: estimates, measurements, criteria, checks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The four audits; each is one job with one result."""

    VALIDATION = "validation"
    BIAS = "bias"
    DRIFT = "drift"
    QUALITY = "quality"


class Verdict(StrEnum):
    """What a check can say. "Not evaluable" blocks like a failure; it is never hidden."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_EVALUABLE = "not_evaluable"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval and its n, or null with a reason; never a bare number.

    value, low, high: float64 in the measure's own unit, or None when undefined; low <= high.
    n: rows (or groups, for a measure across groups) that the number rests on, >= 0.
    events: rows with the outcome among n, or None where the measure does not look at outcomes.
    method: how the interval was made ("Wilson", "DeLong, logit scale", "bootstrap, 1,000 replicates", ...).
    reason: one sentence, present exactly when value is None.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    events: int | None = None
    method: str = ""
    reason: str | None = None

    def __post_init__(self) -> None:
        for number in (self.value, self.low, self.high):
            if number is not None and not math.isfinite(number):
                raise ValueError("an estimate is finite, or undefined with a reason")
        if (self.value is None) == (self.reason is None):
            raise ValueError("an estimate has a value or a reason, never both, never neither")

    @classmethod
    def undefined(cls, reason: str, *, n: int = 0, events: int | None = None) -> Estimate:
        """The value of a measure that cannot be computed: null, with the reason in one sentence."""
        return cls(value=None, n=n, events=events, reason=reason)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measure on one slice of the data.

    measure: a key of the catalogue (`audits.core.catalog`), e.g. "auroc", "sensitivity", "psi".
    slice: "" for everyone; otherwise levels joined in attribute order, e.g. "race=white" or "gender=male & race=white".
    across: for a measure *between* the groups of an attribute ("race" or "gender & race"); "" otherwise.
    operating_point: the name of the declared score cut-off it holds at; "" where it has none.
    column: the column that a drift or quality measure is about; "" otherwise.
    """

    measure: str
    estimate: Estimate
    slice: str = ""
    across: str = ""
    operating_point: str = ""
    column: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What identifies a measurement within one audit."""
        return (self.measure, self.slice, self.across, self.operating_point, self.column)


class On(StrEnum):
    """Which part of the estimate must respect the bound."""

    ESTIMATE = "estimate"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A measure, a bound and a minimum n, declared before the run.

    slice / across / column: one exact key, or "each" for every slice, attribute or column that the audit measured.
    on: "interval": met when the whole interval respects the bound, not met when none of it does, and not evaluable
    ("we cannot tell yet") when it straddles; "estimate" compares the point estimate alone.
    minimum_n, minimum_events, minimum_nonevents: below any of these the check is "not evaluable".
    """

    id: str
    kind: Kind
    measure: str
    minimum: float | None = None
    maximum: float | None = None
    on: On = On.INTERVAL
    slice: str = ""
    across: str = ""
    operating_point: str = ""
    column: str = ""
    minimum_n: int = 0
    minimum_events: int = 0
    minimum_nonevents: int = 0


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A declared score cut-off; a row is flagged when score >= this score. name: unique; score: [0, 1].

    comparator: the cut-off of the comparator column at the same point, [0, 1]; None where it is the same score.
    """

    name: str
    score: float
    comparator: float | None = None


class Rate(StrEnum):
    """What a target holds fixed."""

    SENSITIVITY = "sensitivity"
    SPECIFICITY = "specificity"
    FLAG_RATE = "flag_rate"


@dataclass(frozen=True, slots=True)
class Target:
    """An operating point declared by what it must reach; the audit resolves it to a score on the audited table.

    name: unique among operating points. value: (0, 1). Resolves to the highest score whose sensitivity is at least the
    value, the lowest whose specificity is at least the value, or the lowest whose flag rate is at most the value.
    """

    name: str
    rate: Rate
    value: float


@dataclass(frozen=True, slots=True)
class DecisionRange:
    """The operating points over which net benefit is judged: 0 < low < high < 1, fixed by clinicians beforehand."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a population: the share of each level (summing to 1), or a number's mean and deviation."""

    name: str
    shares: tuple[tuple[str, float], ...] = ()
    mean: float | None = None
    sd: float | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """The people that the model is meant for, as marginals. source: where the figures come from, in words."""

    source: str
    variables: tuple[Variable, ...]


class Window(StrEnum):
    """How time is cut: by day, or by week from Monday."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class PlanSpec:
    """All that is decided before a run; frozen, digested, and in the ledger before the first audit starts.

    scan_depth: attributes (0 to 3) combined by the worst-subgroup scan; 0 means no scan.
    """

    operating_points: tuple[OperatingPoint, ...]
    subgroups: tuple[str, ...]
    intersections: tuple[tuple[str, ...], ...]
    criteria: tuple[Criterion, ...]
    confidence: float = 0.95
    replicates: int = 1000
    seed: int = 20260101
    show_events: int = 10
    show_nonevents: int = 10
    targets: tuple[Target, ...] = ()
    decision_range: DecisionRange | None = None
    population: Population | None = None
    window: Window = Window.WEEK
    scan_depth: int = 2


@dataclass(frozen=True, slots=True)
class Check:
    """A criterion applied to one measurement: the verdict, and why, in one sentence that names the numbers."""

    criterion: Criterion
    verdict: Verdict
    reason: str
    measurement: Measurement


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table. type: number, text or date.

    role: outcome, score, subgroup, feature, subject (whose row it is), comparator (the existing method's score or 0/1
    decision for the same row), site, date (of the prediction) or outcome_date (when the outcome became known).

    minimum, maximum, levels: the declared range or set of values of a feature or subgroup; None where undeclared.
    """

    name: str
    role: str
    type: str
    minimum: float | None = None
    maximum: float | None = None
    levels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A canonical Parquet table on local disk and the roles of its columns; the only thing an engine reads."""

    path: str
    columns: tuple[Column, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Result:
    """All that an audit found. Same source, plan and code give the same result, bit for bit.

    tally_digest: SHA-256 of the canonical tally. facts: small JSON-ready extras for charts and pages
    (e.g. ROC points, calibration bins, histograms); every number in it is aggregated, never a row.
    """

    kind: Kind
    measurements: tuple[Measurement, ...]
    checks: tuple[Check, ...]
    tally_digest: str
    facts: dict[str, object] = field(default_factory=dict)
