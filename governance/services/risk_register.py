"""What does the risk register say now? Each entry's latest revision, its standing controls, and who wrote them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audits.models.audit import Audit
from governance.core.document import moment
from governance.core.risk import Level, Problem, against_accepting, worst
from governance.models.risk import RiskControl, RiskEntry, RiskRevision, RiskState
from registry.core.canonical import digest
from registry.models.model import Model


@dataclass(frozen=True, slots=True)
class Current:
    """One entry as it stands. authors: everybody who wrote any part of it, at any time."""

    entry: RiskEntry
    revision: RiskRevision
    controls: tuple[RiskControl, ...]
    authors: frozenset[UUID]

    @property
    def is_open(self) -> bool:
        return self.revision.state == RiskState.OPEN

    @property
    def untouched(self) -> bool:
        """Whether it is a suggestion at which nobody has looked yet."""
        return bool(self.entry.suggested) and self.revision.number == 1

    @property
    def level(self) -> Level | None:
        return self.revision.written.level

    @property
    def residual_level(self) -> Level | None:
        return self.revision.written.residual_level

    @property
    def in_place(self) -> tuple[RiskControl, ...]:
        """The controls that are implemented."""
        return tuple(each for each in self.controls if each.implemented_on is not None)

    @property
    def audits(self) -> tuple[Audit, ...]:
        """The finished audits that are named as showing the effect of one of them, of whichever version."""
        return tuple(each.audit for each in self.in_place if each.audit is not None)

    @property
    def proven(self) -> bool:
        """Whether an audit is named at all; what it is worth for a version is for `risk_proof` to say."""
        return bool(self.audits)

    def against_accepting(self) -> Problem | None:
        """Why it cannot be put before a signer; None when it can."""
        return against_accepting(self.revision.written, is_open=self.is_open, in_place=len(self.in_place))


def register(model: Model) -> tuple[Current, ...]:
    """Every entry of the model, by number."""
    return _current(RiskEntry.objects.filter(model=model).select_related("model").order_by("number"))


def current(entry: RiskEntry) -> Current:
    """One entry."""
    return _current([entry])[0]


def _current(entries: Iterable[RiskEntry]) -> tuple[Current, ...]:
    found = list(entries)
    revisions: dict[UUID, list[RiskRevision]] = {}
    controls: dict[UUID, list[RiskControl]] = {}
    ids = [entry.pk for entry in found]
    for revision in RiskRevision.objects.filter(entry__in=ids).select_related("written_by").order_by("-number"):
        revisions.setdefault(revision.entry_id, []).append(revision)
    rows = RiskControl.objects.filter(entry__in=ids).select_related("audit__version", "written_by")
    for control in rows.order_by("number", "-revision"):
        controls.setdefault(control.entry_id, []).append(control)
    return tuple(_one(entry, revisions[entry.pk], controls.get(entry.pk, [])) for entry in found)


def _one(entry: RiskEntry, revisions: list[RiskRevision], controls: list[RiskControl]) -> Current:
    latest: dict[int, RiskControl] = {}
    for control in controls:
        latest.setdefault(control.number, control)
    return Current(
        entry=entry,
        revision=revisions[0],
        controls=tuple(each for each in latest.values() if not each.withdrawn),
        authors=frozenset(
            [
                entry.created_by_id,
                *(each.written_by_id for each in revisions),
                *(each.written_by_id for each in controls),
            ]
        ),
    )


def record_of(found: Current) -> dict[str, Any]:
    """The entry with its controls, as it is frozen and signed."""
    said = found.revision
    return {
        "type": "risk",
        "model": _model(found.entry.model),
        "risk": {
            "id": str(found.entry.pk),
            "number": found.entry.number,
            "revision": said.number,
            "state": str(said.state),
            "hazard": said.hazard,
            "title": said.title,
            "sequence_of_events": said.sequence,
            "hazardous_situation": said.situation,
            "harm": said.harm,
            "characteristics": list(said.characteristics),
            "reason_for_this_revision": said.reason,
            "benefit": said.benefit_note,
        },
        "before_controls": _size(said.probability, said.severity, found.level),
        "after_controls": _size(said.residual_probability, said.residual_severity, found.residual_level),
        "controls": [_control(each) for each in found.controls],
    }


def register_record(model: Model, entries: Iterable[Current]) -> dict[str, Any]:
    """The whole register, each open entry under the digest of its own record."""
    found = list(entries)
    still = [each for each in found if each.is_open]
    overall = worst(each.residual_level for each in still)
    return {
        "type": "risk_register",
        "model": _model(model),
        "overall_after_controls": str(overall) if overall else None,
        "open": [
            {
                "number": each.entry.number,
                "title": each.revision.title,
                "before_controls": str(each.level) if each.level else None,
                "after_controls": str(each.residual_level) if each.residual_level else None,
                "record_sha256": digest(record_of(each)),
            }
            for each in still
        ],
        "closed": [
            {"number": each.entry.number, "title": each.revision.title, "reason": each.revision.reason}
            for each in found
            if not each.is_open
        ],
    }


def _model(model: Model) -> dict[str, str]:
    return {"id": str(model.pk), "name": model.name}


def _size(probability: int | None, severity: int | None, level: Level | None) -> dict[str, Any] | None:
    if level is None:
        return None
    return {"probability": probability, "severity": severity, "level": str(level)}


def _control(row: RiskControl) -> dict[str, Any]:
    return {
        "number": row.number,
        "revision": row.revision,
        "kind": row.kind,
        "text": row.text,
        "implemented_on": row.implemented_on.isoformat() if row.implemented_on else None,
        "verified_on": row.verified_on.isoformat() if row.verified_on else None,
        "shown_by": _audit(row.audit) if row.audit else None,
    }


def _audit(audit: Audit) -> dict[str, Any]:
    return {
        "audit": str(audit.pk),
        "kind": str(audit.kind),
        "version": audit.version.number,
        "result_sha256": audit.result_sha256,
        "finished_at": moment(audit.finished_at) if audit.finished_at else None,
    }
