"""How is one place assessed, and what of it is kept? In full, or only where the facts or the calendar have moved.

The caller has locked the place. A pack keeps the content to which its row is pinned; what is adopted without a row yet
is pinned now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from governance.core import applicability
from governance.core.answers import sections_of, widened
from governance.core.applicability import Profile, Reach
from governance.core.assessment import ControlResult, asked_by, assess, reassess
from governance.core.facts import Facts, Section
from governance.core.policy import Pack
from governance.core.queue import summary
from governance.core.results import counts, kept, next_change, restored
from governance.models.assessment import Assessment, Place
from governance.models.pack import PolicyPack
from governance.services import evidence, packs
from governance.services.evidence_asked import Asked

_COLUMNS = ["pack", "results", "counts", "work", "next_change_on", "assessed_at", "because"]
_ASKED: dict[str, frozenset[Section]] = {}
LookedAt = tuple[Pack, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Pinned:
    """An adopted pack at a place: the content to look at, and the row of before, where there is one."""

    slug: str
    pack: PolicyPack
    before: Assessment | None

    @property
    def rules(self) -> Pack:
        return packs.rules_of(self.pack)


def full(place: Place, *, now: datetime, because: str, newest: bool = False) -> list[Assessment]:
    """Look at every control of every pack. newest: under the contents that are adopted now, instead of the pinned."""
    pinned = _pinned(place, newest=newest)
    rules = [each.rules for each in pinned]
    facts = evidence.gather(version=place.version, environment=place.environment, packs=rules, now=now, site=place.site)
    rows = [
        _row(place, each, assess(pack, facts), now=now, because=because)
        for each, pack in zip(pinned, rules, strict=True)
    ]
    _save(place, rows, now)
    return rows


def part(place: Place, *, now: datetime, because: str) -> None:
    """Look again where the dirty sections are asked about, where a day has come, and at packs that are new here."""
    pinned = _pinned(place)
    if any(each.before is None for each in pinned):
        full(place, now=now, because=because)
        return
    today, moved = now.astimezone(UTC).date(), widened({Section(each) for each in place.dirty})
    affected = [each for each in pinned if each.before and _concerns(each, moved, today)]
    results = _results(place, affected)
    before = {each.slug: restored(results[each.slug], each.rules) for each in affected}
    looked_at = [(each.rules, _looked_at(before[each.slug], moved, today)) for each in affected]
    facts = _facts(place, looked_at, now)
    rows = []
    for each in affected:
        found = reassess(each.rules, facts, before[each.slug], moved)
        if found != before[each.slug]:
            rows.append(_row(place, each, found, now=now, because=because))
    _save(place, rows, now)


def _pinned(place: Place, *, newest: bool = False) -> list[Pinned]:
    """Two queries, and none for the packs' contents: those are built once in a process."""
    adopted = packs.adopted().defer("pack__document").order_by("slug")
    rows = place.assessments.select_related("pack").defer("pack__document", "results")
    before = {row.slug: row for row in rows}
    return [
        Pinned(
            each.slug,
            each.pack if newest or (row := before.get(each.slug)) is None else row.pack,
            before.get(each.slug),
        )
        for each in adopted
    ]


def _concerns(each: Pinned, moved: Set[Section], today: date) -> bool:
    assert each.before is not None
    turned = each.before.next_change_on is not None and each.before.next_change_on <= today
    return turned or bool(_asked_by(each.rules) & moved)


def _asked_by(pack: Pack) -> frozenset[Section]:
    """Every section that some control of the pack may rest on."""
    if pack.digest not in _ASKED:
        _ASKED[pack.digest] = asked_by(pack) | {Section.CARD}
    return _ASKED[pack.digest]


def _looked_at(results: Iterable[ControlResult], moved: Set[Section], today: date) -> frozenset[str]:
    """The controls that `reassess` will look at."""
    return frozenset(
        each.id for each in results if each.sections & moved or (each.again_on is not None and each.again_on <= today)
    )


def _results(place: Place, affected: Iterable[Pinned]) -> Mapping[str, Any]:
    slugs = [each.slug for each in affected]
    return dict(place.assessments.filter(slug__in=slugs).values_list("slug", "results")) if slugs else {}


def _facts(place: Place, looked_at: Sequence[LookedAt], now: datetime) -> Facts:
    """Only what the controls rest on that will be looked at: the card first, for it says which of them bind at all.

    looked_at: the controls of each pack, by id.
    """
    asked = Asked(
        version=place.version,
        site=place.site,
        packs=tuple(pack for pack, _ in looked_at),
        now=now,
        environment=place.environment,
    )
    found: dict[str, Any] = {}
    for section in (Section.VERSION, Section.CARD):
        found.update(evidence.GATHERERS[section](asked))
    profile = applicability.profile_of(found["stated"])
    for section in _needed(looked_at, profile, place.environment, now.astimezone(UTC).date()):
        found.update(evidence.GATHERERS[section](asked))
    return replace(_nothing(place, now), **found)


def _needed(looked_at: Sequence[LookedAt], profile: Profile, environment: str, today: date) -> Iterator[Section]:
    """The sections beside the card that an answer of one of these controls rests on, in a fixed order."""
    found: set[Section] = set()
    for pack, ids in looked_at:
        for control in pack.controls:
            if control.id not in ids:
                continue
            reach = applicability.of_control(pack, control, profile=profile, environment=environment, on=today)
            if reach.reach is Reach.APPLIES:
                found |= sections_of(control.rule)
            # An open question of the card can be waived too.
            if control.waivers:
                found.add(Section.WAIVERS)
    return (section for section in Section if section in found - {Section.VERSION, Section.CARD})


def _nothing(place: Place, now: datetime) -> Facts:
    return Facts(
        version=str(place.version_id),
        artifact_sha256="",
        environment=place.environment,
        now=now,
        state="",
        stated=(),
        plan=None,
        tables=(),
        audits=(),
        measured=(),
        approvals=(),
        coverages=(),
        ledger_size=None,
        site=place.site,
    )


def _row(place: Place, each: Pinned, results: Sequence[ControlResult], *, now: datetime, because: str) -> Assessment:
    row = each.before or Assessment(place=place, slug=each.slug)
    row.pack, row.results, row.counts = each.pack, kept(results), counts(results)
    row.work = summary(results, before=row.work, at=now)
    row.next_change_on, row.assessed_at, row.because = next_change(results), now, because[:300]
    return row


def _save(place: Place, rows: Sequence[Assessment], now: datetime) -> None:
    Assessment.objects.bulk_create([row for row in rows if row._state.adding])
    Assessment.objects.bulk_update([row for row in rows if not row._state.adding], _COLUMNS)
    days = place.assessments.exclude(next_change_on=None).order_by("next_change_on")
    place.next_change_on = days.values_list("next_change_on", flat=True).first()
    place.dirty, place.dirty_at, place.tried_at, place.assessed_at = [], None, None, now
    place.save(update_fields=["dirty", "dirty_at", "tried_at", "assessed_at", "next_change_on"])
