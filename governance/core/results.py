"""How is what the controls say kept? As JSON beside the pack that it was said of, and back. No I/O, no clock.

The words of the pack itself (requirement, citation, ...) are not repeated: they stand in the pack, which is pinned by
its digest. What is empty is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from governance.core.assessment import ControlResult
from governance.core.document import document
from governance.core.facts import Section
from governance.core.policy import Control, Pack, Severity
from governance.core.statements import Need, Statement, Status, Ways

Kept = Mapping[str, Any]
Counts = dict[str, dict[str, int]]
_OF_PACK = frozenset({"requirement", "severity", "pack", "citation", "verification", "note", "terms_changed"})


def kept(results: Iterable[ControlResult]) -> list[dict[str, Any]]:
    """The results as JSON."""
    return [_full({k: v for k, v in document(each).items() if k not in _OF_PACK}) for each in results]


def _full(found: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty; a control that is not asked says so."""
    if "statements" in found:
        found["statements"] = [_full(each) for each in found["statements"]]
        found["unasked"] = not found.pop("applies")
    return {key: value for key, value in found.items() if value not in (None, "", [], False)}


def restored(rows: Sequence[Kept], pack: Pack) -> tuple[ControlResult, ...]:
    """The results, as they were; in the order of the pack, which must be the one that they were made with."""
    by_id = {row["id"]: row for row in rows}
    return tuple(_result(by_id[each.id], each, pack) for each in pack.controls if each.id in by_id)


def _result(row: Kept, control: Control, pack: Pack) -> ControlResult:
    return ControlResult(
        id=control.id,
        requirement=control.requirement,
        severity=control.severity,
        status=Status(row["status"]),
        reason=row.get("reason", ""),
        evidence=tuple(row.get("evidence", ())),
        remedy=row.get("remedy", ""),
        statements=tuple(_statement(each) for each in row.get("statements", ())),
        pack=pack.slug,
        citation=control.citation,
        verification=control.verification,
        note=control.note,
        terms_changed=control.terms_changed,
        applies=not row.get("unasked", False),
        until=_day(row.get("until")),
        again_on=_day(row.get("again_on")),
        sections=frozenset(Section(each) for each in row.get("sections", ())),
        ways=_ways(row.get("ways", ())),
    )


def _statement(row: Kept) -> Statement:
    ends_at = row.get("ends_at")
    return Statement(
        status=Status(row["status"]),
        text=row.get("text", ""),
        evidence=tuple(row.get("evidence", ())),
        remedy=row.get("remedy", ""),
        ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
        ways=_ways(row.get("ways", ())),
    )


def _ways(rows: Iterable[Iterable[Kept]]) -> Ways:
    return tuple(tuple(Need(need["key"], need["remedy"]) for need in way) for way in rows)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def counts(results: Iterable[ControlResult]) -> Counts:
    """How many controls say what, blocking and advisory apart."""
    found: Counts = {str(severity): {} for severity in Severity}
    for each in results:
        of = found[str(each.severity)]
        of[str(each.status)] = of.get(str(each.status), 0) + 1
    return found


def next_change(results: Iterable[ControlResult]) -> date | None:
    """The first day on which one of the answers can change by itself."""
    return min((each.again_on for each in results if each.again_on is not None), default=None)
