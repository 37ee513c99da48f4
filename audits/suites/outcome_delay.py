"""How long do outcomes take, and which recent windows can therefore not be judged yet?"""

from __future__ import annotations

from dataclasses import replace

from audits.core.label_delay import Delays, delay
from audits.core.values import Estimate, Measurement
from audits.core.windows import MOST_WINDOWS
from audits.suites.part import Part
from audits.suites.two_tables import Compared

_SHARES = {"label_delay_median": 0.5, "label_delay_p90": 0.9}


def part(given: Compared) -> Part:
    """The delay's median and 90th percentile, and the share of known outcomes by window; nothing without the dates."""
    if given.delays is None:
        return Part()
    made = {measure: delay(given.delays, share, given.plan.confidence) for measure, share in _SHARES.items()}
    told = [Measurement(measure, _told(estimate, given)) for measure, estimate in made.items()]
    return Part(told, {"label_delay": _facts(given.delays, made)})


def _told(estimate: Estimate, given: Compared) -> Estimate:
    return estimate if estimate.value is None else replace(estimate, method=estimate.method + given.repeated)


def _facts(delays: Delays, made: dict[str, Estimate]) -> dict[str, object]:
    kept, unsettled = slice(-MOST_WINDOWS, None), frozenset(delays.unsettled)
    return {
        "starts": list(delays.starts[kept]),
        "rows": [int(n) for n in delays.rows[kept]],
        "labelled_share": [float(a / b) for a, b in zip(delays.labelled[kept], delays.rows[kept], strict=True)],
        "blind_from": delays.blind_from,
        "not_judged": [start for start in delays.starts[kept] if start in unsettled],
        "median": made["label_delay_median"].value,
        "p90": made["label_delay_p90"].value,
        "before_prediction": delays.before,
        "waiting": int(delays.waiting.sum()),
    }
