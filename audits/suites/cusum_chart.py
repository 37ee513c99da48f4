"""Has the model begun to predict too much or too little, and since which window? The performance CUSUM."""

from __future__ import annotations

from audits.core import cusum, label_delay
from audits.core.calibration import calibration_intercept
from audits.core.intervals import quantile_of
from audits.core.values import Estimate, Measurement
from audits.suites.two_tables import Compared
from audits.suites.windowed import Windows


def measure(given: Compared, found: Windows) -> tuple[list[Measurement], dict[str, object]]:
    """Both sums over the windows whose outcomes are known, against how the model was calibrated on the reference."""
    held, words = _held_to(given, found)
    seen = [
        (start, cells)
        for start, cells in zip(found.starts, found.cells, strict=True)
        if cells.rows and start not in found.unsettled
    ]
    points = cusum.chart(cusum.followed(seen, held))
    facts: dict[str, object] = {
        "k": cusum.ALLOWANCE,
        "h": cusum.LIMIT,
        "arl0": cusum.average_run_length(),
        "target": words,
        "intercept": held.intercept,
        "points": [{"start": p.start, "high": p.high, "low": p.low} for p in points],
        "alarm": cusum.alarm(points),
        "blind": sorted(found.unsettled),
    }
    rows, events = sum(cells.rows for _, cells in seen), sum(cells.events for _, cells in seen)
    if not points:
        nothing = Estimate.undefined(_why_not(found, judged=len(seen)), n=rows, events=events)
        return [Measurement(measure, nothing) for measure in ("cusum_high", "cusum_low", "cusum_alarm")], facts
    values = {
        "cusum_high": max(point.high for point in points),
        "cusum_low": max(point.low for point in points),
        "cusum_alarm": float(cusum.alarm(points) is not None),
    }
    method = _method(given, len(points), words)
    return [Measurement(m, Estimate(v, v, v, rows, events, method)) for m, v in values.items()], facts


def _why_not(found: Windows, *, judged: int) -> str:
    """Why there is no chart. judged: windows with rows whose outcomes are known."""
    if found.unsettled and not judged:
        return f"no window with rows has {label_delay.SETTLED:.0%} of its outcomes known yet"
    return f"the windows together expect fewer than {cusum.LEAST_EXPECTED:g} events or non-events"


def _method(given: Compared, windows: int, words: str) -> str:
    method = (
        f"Page's CUSUM over {windows} windows, k = {cusum.ALLOWANCE}, h = {cusum.LIMIT:g}, one false alarm in "
        f"{cusum.average_run_length():.0f} windows; expected from {words}"
    )
    return method + ("; patients repeat, so false alarms are more frequent" if given.repeated else "")


def _held_to(given: Compared, found: Windows) -> tuple[cusum.Standard, str]:
    """Calibration-in-the-large of the reference, and what it is; the scores' own claim where the reference is mute."""
    if found.held is None:
        return cusum.Standard(0.0), "the scores as they are: the reference has no outcome and score"
    fitted = calibration_intercept(found.held, given.plan.confidence)
    if fitted.value is None or fitted.low is None or fitted.high is None:
        return cusum.Standard(0.0), f"the scores as they are: on the reference, {fitted.reason}"
    error = (fitted.high - fitted.low) / 2 / quantile_of(given.plan.confidence)
    words = (
        f"the scores with the reference's calibration-in-the-large of {fitted.value:.3g} (standard error {error:.2g}), "
        "which each window refines once it is judged"
    )
    return cusum.Standard(fitted.value, error**-2), words
