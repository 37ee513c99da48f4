"""What does a version's assessment page show? Per pack a sentence and its controls; what to do next; filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from governance import links
from governance.core.assessment import ControlResult, waiver_term
from governance.core.policy import PackStatus, Severity, Verification
from governance.core.queue import HORIZON
from governance.core.statements import HOLDING, Status
from governance.core.useful import Item, most_useful
from governance.models.assessment import Place
from governance.models.decision import Environment
from governance.services import assessed, control_waiver_standing
from governance.services.assessed import UnderPack
from governance.services.control_waiver_standing import Standing
from governance.web import badges
from governance.web.badges import Badge
from governance.web.gather.packs import VERIFICATION
from governance.web.gather.standing import name_of
from registry.models.site import Site
from registry.models.version import ModelVersion

ASKED = frozenset({Status.MET, Status.WAIVED, Status.NOT_MET, Status.STALE, Status.NOT_EVALUABLE})
FILTERS = (
    ("", "All that is asked"),
    ("unmet", "Open"),
    ("blocking", "Open and blocking"),
    ("expiring", "Running out within 60 days"),
    ("unverified", "Citation not verified"),
    ("everything", "Also what is not asked here"),
)
GROUPS: tuple[tuple[str, Callable[[ControlResult], bool]], ...] = (
    ("Open and blocking", lambda each: not each.holds and each.severity is Severity.BLOCKING),
    ("Open, advisory", lambda each: not each.holds),
    ("Met or waived", lambda each: each.status in {Status.MET, Status.WAIVED}),
    ("Not yet in force", lambda each: each.status is Status.NOT_YET_IN_FORCE),
    ("Not asked here", lambda _: True),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One control. change: when the calendar changes its answer. why, waive: pages; "" where there is none."""

    result: ControlResult
    badge: Badge
    verification: Badge
    change: str
    why: str
    waive: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class PackPart:
    """What one pack says here. hidden: controls that the filter leaves out. opened: whether its controls are shown."""

    under: UnderPack
    sentence: str
    groups: tuple[Group, ...]
    shown: int
    hidden: int
    opened: bool


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class WaiverLine:
    """standing: Counts, Lapsed, or Does not count with its reason."""

    found: Standing
    badge: Badge


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole page. place: None where it was never assessed."""

    place: Place | None
    dirty: bool
    parts: tuple[PackPart, ...]
    filters: tuple[Choice, ...]
    useful: tuple[Item, ...]
    waivers: tuple[WaiverLine, ...]
    open_blocking: int


def shown(version: ModelVersion, environment: str, site: str, *, show: str, now: datetime) -> Shown:
    """show: one of `FILTERS`; anything else shows all that is asked."""
    place, today = assessed.place_of(version, environment, site), now.date()
    found = assessed.under_packs(place)
    results = [result for under in found for result in under.results]
    chosen = show if show in dict(FILTERS) else ""
    return Shown(
        place=place,
        dirty=place is not None and assessed.is_dirty(place),
        parts=tuple(_part(version, environment, site, under, chosen, today) for under in found),
        filters=tuple(
            Choice(value, label, sum(_fits(each, value, today) for each in results), value == chosen)
            for value, label in FILTERS
        ),
        useful=most_useful(results),
        waivers=waivers(version, environment, site, found, now=now),
        open_blocking=sum(_fits(each, "blocking", today) for each in results),
    )


def _fits(result: ControlResult, show: str, today: date) -> bool:
    if show == "everything":
        return True
    if show == "unmet":
        return not result.holds
    if show == "blocking":
        return not result.holds and result.severity is Severity.BLOCKING
    if show == "expiring":
        return result.status in HOLDING & ASKED and result.until is not None and result.until <= today + HORIZON
    if show == "unverified":
        return result.status in ASKED and result.verification is not Verification.READ
    return result.status in ASKED


def _part(version: ModelVersion, environment: str, site: str, under: UnderPack, show: str, today: date) -> PackPart:
    fitting = [each for each in under.results if _fits(each, show, today)]
    waivable = {
        control.id
        for control, each in zip(under.rules.controls, under.results, strict=False)
        if not each.holds and waiver_term(control, each.status) is not None
    }
    where = {"environment": environment, "site": site, "pack": under.adoption.slug}
    lines = {each.id: _line(version, where, each, each.id in waivable) for each in fitting}
    return PackPart(
        under=under,
        sentence=sentence(under),
        groups=tuple(_groups(fitting, lines)),
        shown=len(fitting),
        hidden=len(under.results) - len(fitting),
        opened=bool(show and fitting),
    )


def _groups(fitting: Sequence[ControlResult], lines: dict[str, Line]) -> Iterable[Group]:
    left = list(fitting)
    for title, belongs in GROUPS:
        mine = [each for each in left if belongs(each)]
        left = [each for each in left if not belongs(each)]
        if mine:
            yield Group(title, tuple(lines[each.id] for each in mine))


def _line(version: ModelVersion, where: dict[str, str], result: ControlResult, waivable: bool) -> Line:
    asked = {**where, "control": result.id}
    return Line(
        result=result,
        badge=badges.CONTROL[result.status],
        verification=VERIFICATION[result.verification],
        change=_change(result),
        why=links.to("assessment-why", version.pk, **asked) if result.statements else "",
        waive=links.to("control-waive", version.pk, **asked) if waivable else "",
    )


def _change(result: ControlResult) -> str:
    """What the calendar does to the answer."""
    if result.status in {Status.MET, Status.WAIVED} and result.until is not None:
        return f"It holds until the day before {result.until}."
    if result.status is Status.NOT_YET_IN_FORCE and result.until is not None:
        return f"It begins on {result.until}."
    return ""


def sentence(under: UnderPack) -> str:
    """The pack's answer in one sentence."""
    if under.row is None:
        return "It was not assessed here yet."
    asked = [each for each in under.results if each.status in ASKED]
    later = sum(each.status is Status.NOT_YET_IN_FORCE for each in under.results)
    if not asked:
        text = "Nothing of it is asked here today"
    else:
        held = sum(each.holds for each in asked)
        blocking = sum(not each.holds and each.severity is Severity.BLOCKING for each in asked)
        text = f"{held} of the {len(asked)} controls that are asked here hold"
        text += f"; {blocking} blocking {'controls are' if blocking != 1 else 'control is'} open" if blocking else ""
    if later and under.rules.status is PackStatus.IN_FORCE:
        text += f"; {later} {'begin' if later != 1 else 'begins'} later"
    return f"{text}."


def waivers(
    version: ModelVersion, environment: str, site: str, found: Iterable[UnderPack], *, now: datetime
) -> tuple[WaiverLine, ...]:
    """Who answers for which control here, and whether it counts."""
    digests = [under.rules.digest for under in found]
    rows = control_waiver_standing.standing(version, environment=environment, site=site, digests=digests)
    return tuple(WaiverLine(each, _standing(each, now)) for each in rows)


def _standing(each: Standing, now: datetime) -> Badge:
    if each.row.expires_at <= now:
        return badges.LAPSED
    return badges.COUNTS_NOT if each.why_not else badges.COUNTS


def places(version: ModelVersion, environment: str, site: str) -> list[tuple[str, str, bool]]:
    """The places between which a reader can change: label, address, whether it is this one."""
    sites = Site.objects.filter(model_sites__model=version.model_id).order_by("name").values_list("slug", "name")
    wanted = [(Environment.PRODUCTION, "", "all sites"), (Environment.STAGING, "", "all sites")]
    wanted += [(Environment.PRODUCTION, slug, name) for slug, name in sites]
    return [
        (
            f"{name_of(where)}, {name}",
            links.of_assessment(version, where, slug),
            (str(where), slug) == (environment, site),
        )
        for where, slug, name in wanted
    ]
