"""Which measures weigh benefit against harm, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Needs, Spread
from audits.core.values import Kind

_VICKERS = "Vickers & Elkin 2006, Med Decis Making 26:565"
_RISK = "It takes the operating point as the risk at which people would act: where that is not so it says nothing."


def _entry(
    key: str,
    label: str,
    unit: str,
    high: float,
    meaning: str,
    misread: str,
    citation: str,
    *,
    at_point: bool = True,
    needs: Needs | None = None,
) -> Entry:
    """A benefit: more is better, and harm has no bottom."""
    return Entry(
        key, label, Kind.VALIDATION, Spread.SLICES, unit, None, high, Direction.HIGHER, meaning, misread, citation,
        per_operating_point=at_point, needs=needs,
    )  # fmt: skip


ENTRIES: tuple[Entry, ...] = (
    _entry(
        "net_benefit",
        "Net benefit",
        "true positives per patient",
        1.0,
        "True positives per patient, less false positives weighed by the odds of the operating point.",
        f"Above 0 is better than treating no one, and can still be worse than treating everyone. {_RISK}",
        _VICKERS,
    ),
    _entry(
        "standardised_net_benefit",
        "Standardised net benefit",
        "share",
        1.0,
        "Net benefit as a share of the greatest possible one, which is the prevalence.",
        "It makes sites with different prevalence look alike; what patients gain is the net benefit itself.",
        "Kerr 2016, J Clin Oncol 34:2534",
    ),
    _entry(
        "net_benefit_gain",
        "Net benefit over the best alternative",
        "true positives per patient",
        1.0,
        "Net benefit less that of the best alternative: treating everyone, treating no one, or the existing method.",
        f"At or below 0 patients are served as well without the model, however high its AUROC. {_RISK}",
        _VICKERS,
    ),
    _entry(
        "interventions_avoided",
        "Interventions avoided",
        "per 100 patients",
        100.0,
        "Needless interventions spared per 100 patients against treating everyone, with no event missed in balance.",
        "It compares with treating everyone only: where no one is treated today nothing is avoided.",
        "Vickers 2008, BMC Med Inform Decis Mak 8:53",
    ),
    _entry(
        "least_net_benefit_gain",
        "Least net benefit over the best simple strategy",
        "true positives per patient",
        1.0,
        "The smallest gain over treating everyone or no one that the model has within the declared decision range.",
        "One unsuitable operating point in the range sets it: the range must be the one that clinicians would use.",
        f"{_VICKERS}; Vickers 2008, BMC Med Inform Decis Mak 8:53",
        at_point=False,
        needs=Needs.DECISION_RANGE,
    ),
)
