"""Has the model begun to predict too much or too little, and since which window? The performance CUSUM."""

from __future__ import annotations

from audits.core import cusum
from audits.core.calibration import calibration_intercept
from audits.core.values import Estimate, Measurement
from audits.suites.two_tables import Compared
from audits.suites.windowed import Windows


def measure(given: Compared, found: Windows) -> tuple[list[Measurement], dict[str, object]]:
    """Both sums over the windows whose outcomes are known, against how the model was calibrated on the reference."""
    intercept, words = _calibrated(given, found)
    seen = [
        cusum.window(start, cells, intercept)
        for start, cells in zip(found.starts, found.cells, strict=True)
        if cells.rows and start not in found.blind
    ]
    points = cusum.chart(cusum.joined(seen))
    length = cusum.average_run_length()
    facts: dict[str, object] = {
        "k": cusum.ALLOWANCE,
        "h": cusum.LIMIT,
        "arl0": length,
        "target": words,
        "intercept": intercept,
        "points": [{"start": p.start, "high": p.high, "low": p.low} for p in points],
        "alarm": cusum.alarm(points),
        "blind": sorted(found.blind),
    }
    rows, events = sum(each.rows for each in seen), int(sum(each.observed for each in seen))
    if not points:
        few = f"the windows together expect fewer than {cusum.LEAST_EXPECTED:g} events or non-events"
        nothing = Estimate.undefined(few, n=rows, events=events)
        return [Measurement(measure, nothing) for measure in ("cusum_high", "cusum_low", "cusum_alarm")], facts
    method = (
        f"Page's CUSUM over {len(points)} windows, k = {cusum.ALLOWANCE}, h = {cusum.LIMIT:g}, one false alarm in "
        f"{length:.0f} windows; expected from {words}"
    )
    method += "; patients repeat, so false alarms are more frequent" if given.repeated else ""
    values = {
        "cusum_high": max(point.high for point in points),
        "cusum_low": max(point.low for point in points),
        "cusum_alarm": float(cusum.alarm(points) is not None),
    }
    return [Measurement(m, Estimate(v, v, v, rows, events, method)) for m, v in values.items()], facts


def _calibrated(given: Compared, found: Windows) -> tuple[float, str]:
    """Calibration-in-the-large of the reference, and what it is; 0 where the reference cannot tell."""
    if found.held is None:
        return 0.0, "the scores as they are: the reference has no outcome and score"
    fitted = calibration_intercept(found.held, given.plan.confidence)
    if fitted.value is None:
        return 0.0, f"the scores as they are: on the reference, {fitted.reason}"
    return fitted.value, f"the scores with the reference's calibration-in-the-large of {fitted.value:.3g}"
