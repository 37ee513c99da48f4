"""Which criteria hold, and who may answer for those that do not? The checks of a version or of one audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from audits.core.catalog import CATALOG
from audits.core.slices import in_words
from audits.core.values import On, Verdict
from audits.models.check import VERDICT_LABELS, CheckQuerySet, CheckRow
from governance import permissions
from governance.core.facts import Waived
from governance.core.policy import Pack
from governance.errors import NoPack
from governance.services import packs, standing
from governance.web import badges
from governance.web.badges import Badge
from registry.models.user import User
from registry.models.version import ModelVersion

FINDINGS, ALL = "findings", "all"
ORDER = (Verdict.NOT_MET, Verdict.NOT_EVALUABLE, Verdict.MET)
WORST_FIRST = "-verdict"  # not_met, not_evaluable, met: the alphabet happens to run the other way
Answers = dict[tuple[str, str], tuple[bool, str]]
Waivers = dict[tuple[str, standing.Finding], Waived]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """named: told apart from all others, by key, audit and table. waiver: the live one that covers it.

    may_waive, why_not: for the person who looks.
    """

    row: CheckRow
    badge: Badge
    named: str
    measure: str
    place: str
    bound: str
    waiver: Waived | None
    may_waive: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice of the filter: its value in the address, its word, how many checks it shows."""

    value: str
    label: str
    count: int
    chosen: bool


def choice(given: str, rows: CheckQuerySet) -> str:
    """The filter in force: the one asked for, otherwise the findings, otherwise all."""
    if given in {FINDINGS, ALL, *Verdict}:
        return given
    return FINDINGS if rows.findings().exists() else ALL


def matching(rows: CheckQuerySet, chosen: str) -> CheckQuerySet:
    """Worst first."""
    wanted = rows.exclude(verdict=Verdict.MET) if chosen == FINDINGS else rows
    wanted = wanted.filter(verdict=chosen) if chosen in set(Verdict) else wanted
    return wanted.order_by(WORST_FIRST, "id")


def filters(rows: CheckQuerySet, chosen: str) -> list[Filter]:
    """The findings, each verdict, worst first, and all."""
    counts = {row["verdict"]: row["number"] for row in rows.order_by().values("verdict").annotate(number=Count("pk"))}
    total = sum(counts.values())
    found = [(FINDINGS, "Findings", total - counts.get(Verdict.MET, 0))]
    found += [(str(each), VERDICT_LABELS[each], counts.get(each, 0)) for each in ORDER]
    return [Filter(value, label, count, value == chosen) for value, label, count in (*found, (ALL, "All", total))]


def lines(rows: Iterable[CheckRow], *, version: ModelVersion, person: User, now: datetime) -> list[CheckLine]:
    """The checks, each with its waiver and with whether this person may waive it. Rows come with their audit."""
    found = list(rows)
    waivers = _live_waivers(found, version, now)
    answers = _who_may(found, version, person)
    return [_line(row, waivers, answers) for row in found]


def _line(row: CheckRow, waivers: Waivers, answers: Answers) -> CheckLine:
    waiver = waivers.get((row.audit.plan.digest, standing.finding_of(row)))
    may, why_not = answers.get((row.audit.kind, row.verdict), (False, ""))
    entry = CATALOG.get(str(row.criterion.get("measure")))
    return CheckLine(
        row=row,
        badge=badges.VERDICT[row.verdict],
        named=f"{row.key}, {row.audit.get_kind_display()} audit of {row.audit.table.file_name}",
        measure=entry.label if entry else str(row.criterion.get("measure", "")),
        place=place(row),
        bound=bound(row.criterion),
        waiver=waiver,
        may_waive=may and waiver is None,
        why_not="" if waiver else why_not,
    )


def place(row: CheckRow) -> str:
    """Where the criterion was applied, in words; the key without the criterion's own name."""
    return key_in_words(row.key.removeprefix(row.criterion_id).removeprefix(" | "))


def key_in_words(key: str) -> str:
    """ "every group, race: other, watch" for the key "every group | race=other | watch"."""
    return ", ".join(in_words(part).replace(" & ", ", ") for part in key.split(" | "))


def bound(criterion: Mapping[str, Any]) -> str:
    """ "at least 0.8, whole interval": what was asked for."""
    low, high = criterion.get("minimum"), criterion.get("maximum")
    parts = [f"at least {low:g}"] if low is not None else []
    parts += [f"at most {high:g}"] if high is not None else []
    asked = " and ".join(parts)
    return f"{asked}, on the {'estimate' if criterion.get('on') == On.ESTIMATE else 'whole interval'}" if asked else ""


def _live_waivers(rows: list[CheckRow], version: ModelVersion, now: datetime) -> Waivers:
    """Those that the gate would count, under the plans that the checks were made under."""
    return {
        (plan, finding): waiver
        for plan in {row.audit.plan.digest for row in rows if row.verdict != Verdict.MET}
        for finding, waivers in standing.waivers(version, plan).items()
        for waiver in waivers
        if not waiver.why_not and waiver.expires_at > now
    }


def _who_may(rows: list[CheckRow], version: ModelVersion, person: User) -> Answers:
    """Asked once per kind of audit and verdict, of which there are few; never once per check."""
    kinds = {(row.audit.kind, row.verdict) for row in rows if row.verdict != Verdict.MET}
    pack = _pack() if kinds else None
    by_roles: dict[tuple[str, ...], tuple[bool, str]] = {}
    answers: Answers = {}
    for kind, verdict in kinds:
        term = pack.waiver_term(kind, verdict) if pack else None
        if term is None:
            answers[(kind, verdict)] = (False, "The policy lets nobody waive this.")
            continue
        if term.roles not in by_roles:
            by_roles[term.roles] = permissions.can_waive(person, version, term.roles)
        answers[(kind, verdict)] = by_roles[term.roles]
    return answers


def _pack() -> Pack | None:
    try:
        return packs.asked()
    except NoPack:
        return None
