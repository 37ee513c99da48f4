"""What waits for whom? From what assessments say is missing or runs out, from what waits for a signature, and from
deadlines: things to do, each once, for a role or a person, with a day and a page.

No I/O, no clock: the day is passed in. Nothing about a patient ever gets in: controls and evidence name none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from governance.core.assessment import ControlResult
from governance.core.policy import Severity, Verification
from governance.core.useful import Item as Lack
from governance.core.useful import most_useful

HORIZON = timedelta(days=60)
SOON = timedelta(days=7)
_COUNTS = ("controls", "blocking", "unchecked")
_ALL = 100_000


class Urgency(StrEnum):
    OVERDUE = "overdue"
    SOON = "soon"
    LATER = "later"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do.

    key: the same as long as it is the same thing. what: in words. why: what it is good for. roles: any one of them can
    do it; person: the id of the one who must, "" for anybody in the roles. model, team: whose it is, "" for the whole
    organisation's. barred: ids of people who may not, because they made what is to be judged. due_on: None without a
    day. late: whether the moment has passed by which it was due, be it later the same day. since: when it began to
    wait. weight: how many controls ask for it. link: a path.
    """

    key: str
    what: str
    why: str
    roles: tuple[str, ...]
    severity: Severity
    link: str
    model: str = ""
    team: str = ""
    person: str = ""
    barred: frozenset[str] = frozenset()
    due_on: date | None = None
    since: datetime | None = None
    weight: int = 0
    late: bool = False

    def urgency(self, today: date) -> Urgency:
        if self.late:
            return Urgency.OVERDUE
        if self.due_on is None:
            return Urgency.OPEN
        if self.due_on < today:
            return Urgency.OVERDUE
        return Urgency.SOON if self.due_on <= today + SOON else Urgency.LATER


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. teams: ids of the teams of which the person is a member."""

    id: str
    roles: frozenset[str]
    teams: frozenset[str]


@dataclass(frozen=True, slots=True)
class Subject:
    """A model in use or on its way. work: what `summary` kept of each of its assessments. links: page by kind of need,
    with "" for all others."""

    model: str
    name: str
    team: str
    work: tuple[Mapping[str, Any], ...]
    links: Mapping[str, str]


# Who can bring about what is missing. A developer is meant as one of the model's own team.
DOERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "attribute": ("developer", "compliance"),
        "card": ("developer", "compliance"),
        "document": ("developer", "compliance"),
        "review": ("reviewer", "approver", "compliance", "steward"),
        "plan": ("developer",),
        "table": ("developer",),
        "audit": ("developer",),
        "finding": ("developer", "approver"),
        "measure": ("developer",),
        "consent": ("steward",),
        "training": ("administrator", "compliance"),
        "risk": ("developer", "compliance"),
        "incident": ("developer", "compliance"),
        "log": ("developer", "compliance"),
        "capability": ("administrator",),
        "ledger": ("administrator",),
        "state": ("approver",),
        "other": ("compliance",),
    }
)
ACCEPTERS = ("reviewer", "approver", "compliance")
# Kinds of which many are one piece of work, and what that is called.
TOGETHER: Mapping[str, str] = MappingProxyType({"attribute": "Answer {n} questions of the model card"})
# What to do before a piece of evidence runs out, by the kind of its reference, and who does it.
RENEWALS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "document": ("Renew the document before it expires", ("developer", "compliance")),
        "training": ("Have people trained again", ("administrator", "compliance")),
        "card": ("Look at answers of the model card again", ("developer", "compliance")),
        "audit": ("Run the audit again", ("developer",)),
        "log": ("Look at the log again", ("developer", "compliance")),
        "waiver": ("Close the finding before its waiver lapses", ("developer",)),
        "control_waiver": ("Meet the control before its waiver lapses", ("developer", "compliance")),
        "incident": ("Send the report that is due", ("developer", "compliance")),
        "table": ("Renew the consents that run out", ("steward",)),
    }
)


def summary(
    results: Iterable[ControlResult], *, before: Mapping[str, Any] | None = None, at: datetime
) -> dict[str, Any]:
    """What of an assessment the queue needs, as JSON; so that a queue of many models reads little.

    before: the last summary of the same assessment, which knows since when something has been missing.
    """
    found = list(results)
    since = {row["key"]: row["since"] for row in (before or {}).get("lacks", ())}
    lacks = most_useful(found, most=_ALL)
    return {
        "lacks": [_kept(each, since.get(each.key, at.isoformat())) for each in lacks],
        "together": {kind: _asking(each for each in lacks if _kind(each.key) == kind) for kind in TOGETHER},
        "ends": list(_ends(found)),
    }


def _kept(lack: Lack, since: str) -> dict[str, Any]:
    return {"key": lack.key, "what": lack.what, "since": since, **_asking([lack])}


def _asking(lacks: Iterable[Lack]) -> dict[str, int]:
    """How many controls ask for any of these, how many of them are blocking, and of how many nobody has checked the
    citation in the primary text."""
    names = {name for lack in lacks for name in (*lack.unlocks, *lack.helps)}
    return {
        "controls": len(names),
        "blocking": sum(name.severity is Severity.BLOCKING for name in names),
        "unchecked": sum(name.verification is not Verification.READ for name in names),
    }


def _kind(key: str) -> str:
    return key.partition(":")[0]


def _ends(results: Iterable[ControlResult]) -> Iterator[dict[str, Any]]:
    """What runs out by itself and holds a control up until then: each piece of evidence, once, on its first day."""
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for result in results:
        for statement in result.statements:
            end = statement.until
            if not (result.holds and statement.holds and end is not None and statement.evidence):
                continue
            reference = statement.evidence[-1]
            blocking = result.severity is Severity.BLOCKING
            entry = seen.setdefault(
                (reference, end.isoformat()),
                {"reference": reference, "on": end.isoformat(), "text": statement.text, "controls": 0, "blocking": 0},
            )
            entry["controls"] += 1
            entry["blocking"] += blocking
    yield from seen.values()


def of_subject(subject: Subject, *, today: date) -> tuple[Item, ...]:
    """Everything that is missing for a model, and what of it runs out soon."""
    return (*_lacking(subject), *_ending(subject, today))


def _lacking(subject: Subject) -> Iterator[Item]:
    merged: dict[str, dict[str, Any]] = {}
    for row in (lack for work in subject.work for lack in work.get("lacks", ())):
        entry = merged.setdefault(row["key"], {**row, **dict.fromkeys(_COUNTS, 0)})
        for name in _COUNTS:
            entry[name] += row.get(name, 0)
        entry["since"] = min(entry["since"], row["since"])
    if any(key.partition(":")[0] in {"audit", "table"} for key in merged):
        # Nobody signs before every demanded audit has a result: until then a signature is not what is waited for.
        merged = {key: row for key, row in merged.items() if not key.startswith("signature:")}
    grouped: dict[str, list[dict[str, Any]]] = {}
    for key, row in merged.items():
        kind = key.partition(":")[0]
        grouped.setdefault(kind if kind in TOGETHER else key, []).append(row)
    for key, rows in grouped.items():
        yield _lack(subject, key, rows)


def _lack(subject: Subject, key: str, rows: Sequence[Mapping[str, Any]]) -> Item:
    kind = _kind(key)
    what = rows[0]["what"] if len(rows) == 1 else TOGETHER[kind].format(n=len(rows))
    # One control may ask for many of them: together it counts once.
    asking = [work["together"][kind] for work in subject.work] if kind in TOGETHER else rows
    controls, blocking, unchecked = (sum(row.get(name, 0) for row in asking) for name in _COUNTS)
    return Item(
        key=f"{subject.model}/{key}",
        what=what,
        why=f"{_good_for(controls, blocking)}{_marked(unchecked, controls)}",
        roles=_doers(key),
        severity=Severity.BLOCKING if blocking else Severity.ADVISORY,
        link=subject.links.get(kind) or subject.links.get("", ""),
        model=subject.name,
        team=subject.team,
        since=datetime.fromisoformat(min(row["since"] for row in rows)),
        weight=controls,
    )


def _doers(key: str) -> tuple[str, ...]:
    kind, _, name = key.partition(":")
    if kind == "signature":
        return (name,)
    if kind == "risk" and name.endswith(".accepted"):
        return ACCEPTERS
    return DOERS.get(kind, DOERS["other"])


def _good_for(total: int, blocking: int) -> str:
    text = f"{total} control{'s' if total != 1 else ''} {'ask' if total != 1 else 'asks'} for it"
    return f"{text}, {blocking} of them blocking." if blocking else f"{text}."


def _marked(unchecked: int, controls: int) -> str:
    """That a citation was not checked in the primary text is said wherever somebody is asked to act on it."""
    if not unchecked:
        return ""
    if unchecked == controls:
        return f" {'Its citation was' if controls == 1 else 'Their citations were'} not checked in the primary text."
    return (
        f" The citation{'s' if unchecked > 1 else ''} of {unchecked} of them {'were' if unchecked > 1 else 'was'} "
        "not checked in the primary text."
    )


def _ending(subject: Subject, today: date) -> Iterator[Item]:
    found: dict[str, dict[str, Any]] = {}
    for row in (end for work in subject.work for end in work.get("ends", ())):
        kind = row["reference"].partition(":")[0]
        on = date.fromisoformat(row["on"])
        if kind not in RENEWALS or on > today + HORIZON:
            continue
        key = kind if kind == "card" else row["reference"]
        entry = found.setdefault(key, {**row, "controls": 0, "blocking": 0})
        if row["on"] < entry["on"]:
            entry |= {"on": row["on"], "text": row["text"]}
        entry["controls"] += row["controls"]
        entry["blocking"] += row["blocking"]
    for key, row in found.items():
        kind = key.partition(":")[0]
        what, roles = RENEWALS[kind]
        count = row["controls"]
        yield Item(
            key=f"{subject.model}/ends/{key}",
            what=f"{what}: {row['text']}",
            why=f"{count} control{'s rest' if count != 1 else ' rests'} on it until then.",
            roles=roles,
            severity=Severity.BLOCKING if row["blocking"] else Severity.ADVISORY,
            link=subject.links.get(kind) or subject.links.get("", ""),
            model=subject.name,
            team=subject.team,
            # The day on which it no longer holds is too late.
            due_on=date.fromisoformat(row["on"]) - timedelta(days=1),
        )


def without_doubles(items: Iterable[Item]) -> tuple[Item, ...]:
    """Each key once; the first word on it stands, the nearest day too."""
    found: dict[str, Item] = {}
    for item in items:
        known = found.setdefault(item.key, item)
        if known is not item and item.due_on is not None and (known.due_on is None or item.due_on < known.due_on):
            found[item.key] = replace(known, due_on=item.due_on)
    return tuple(found.values())


def mine(items: Iterable[Item], person: Person) -> tuple[Item, ...]:
    """What waits for this person: in a role that they hold (a developer's, in their own team), and is not barred."""
    return tuple(each for each in items if _is_for(each, person))


def _is_for(item: Item, person: Person) -> bool:
    if person.id in item.barred:
        return False
    if item.person:
        return item.person == person.id
    held = person.roles & set(item.roles)
    return bool(held - {"developer"}) or ("developer" in held and item.team in {"", *person.teams})


_URGENT_FIRST = tuple(Urgency)


def in_order(items: Iterable[Item], *, today: date) -> tuple[Item, ...]:
    """Overdue first, then by day; without a day the blocking ones first, then what most controls ask for."""

    def order(item: Item) -> tuple[int, date, bool, int, str]:
        blocking = item.severity is Severity.BLOCKING
        return _URGENT_FIRST.index(item.urgency(today)), item.due_on or date.max, not blocking, -item.weight, item.key

    return tuple(sorted(items, key=order))
