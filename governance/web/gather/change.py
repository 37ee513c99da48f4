"""What does a version change, was it foreseen, and what do its measures owe to what? Lines of the change partial."""

from __future__ import annotations

from dataclasses import dataclass

from audits.core.catalog import CATALOG
from audits.core.figures import DASH, decimals, rounded
from audits.core.values import Estimate
from governance.core.attribution import Attribution, Part
from governance.core.change import Judged
from governance.models.plan import VersionChange
from governance.services import change
from governance.web.badges import Badge
from registry.models.version import ModelVersion

LEAST_DECIMALS = 3
JUDGED = {
    Judged.IN_PLAN: Badge("Inside the change plan", "check-circle", "good"),
    Judged.OUT_OF_PLAN: Badge("Outside the change plan", "x-circle", "bad"),
    Judged.CANNOT_TELL: Badge("Cannot be told yet", "question-mark-circle", "unsure"),
}
REASON = {
    Judged.IN_PLAN: Badge("Kept", "check-circle", "good"),
    Judged.OUT_OF_PLAN: Badge("Broken", "x-circle", "bad"),
    Judged.CANNOT_TELL: Badge("Open", "question-mark-circle", "unsure"),
}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a change in print. how: how it was compared."""

    name: str
    value: str
    interval: str
    how: str


@dataclass(frozen=True, slots=True)
class Explained:
    """An attribution in print."""

    found: Attribution
    label: str
    place: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """first: whether there is no earlier version, so that nothing is judged."""

    first: bool
    declared: VersionChange | None
    badge: Badge
    reasons: tuple[tuple[Badge, str], ...]


def of(version: ModelVersion) -> Change:
    """What the version's page shows under “Change”."""
    first = not ModelVersion.objects.filter(model=version.model_id, number__lt=version.number).exists()
    judgement = change.judgement(version)
    reasons = tuple((REASON[each.judged], each.text) for each in judgement.reasons)
    return Change(first, change.declared_of(version), JUDGED[judgement.judged], reasons)


def explained(version: ModelVersion) -> tuple[Explained, ...]:
    """Every measure that both versions have, and what its change is owed to."""
    return tuple(
        Explained(each, CATALOG[each.place.measure].label, _place(each), _shares(each))
        for each in change.attributions(version)
    )


def _place(found: Attribution) -> str:
    place = found.place
    parts = [place.slice, f"at {place.operating_point}" if place.operating_point else ""]
    where = ", ".join(part for part in parts if part)
    return f"{where}; {found.old_data} to {found.new_data}" if where else f"{found.old_data} to {found.new_data}"


def _shares(found: Attribution) -> tuple[Share, ...]:
    named = (("The change", found.total), ("The new version", found.update), ("Other patients", found.data))
    return tuple(_share(name, part) for name, part in named if part is not None)


def _share(name: str, part: Part) -> Share:
    estimate = part.estimate
    if estimate.value is None:
        return Share(name, DASH, "", estimate.reason or "")
    return Share(name, _signed(estimate.value, estimate), _interval(estimate), part.how)


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "no interval"
    return f"{_signed(estimate.low, estimate)} to {_signed(estimate.high, estimate)}"


def _signed(number: float, estimate: Estimate) -> str:
    low, high, near = estimate.low, estimate.high, estimate.value
    spread = low is not None and high is not None and near is not None and high > low
    places = max(LEAST_DECIMALS, decimals(low, high, near=near)) if spread else LEAST_DECIMALS  # type: ignore[arg-type]
    return f"{'+' if number > 0 else ''}{rounded(number, places)}"
