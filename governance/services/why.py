"""Why does a control stand as it does? From the control over what was found to the evidence, and on to the ledger.

Everything is read from what was assessed last; nothing is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance import ledger
from governance.core.assessment import ControlResult
from governance.core.statements import Statement
from governance.errors import NotAssessed, UnknownControl
from governance.models.assessment import Assessment
from governance.models.ledger import LedgerEntry
from governance.services import assessed
from governance.services.evidence_pieces import Piece, pieces
from registry.models.user import User
from registry.models.version import ModelVersion


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry of the ledger. who: "" for Formulary itself."""

    index: int
    kind: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of evidence, and where the ledger speaks of it; without an entry it is the system's own state."""

    piece: Piece
    entries: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found, and on what it rests."""

    statement: Statement
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """The whole answer. assessed: the row that it was read from. dirty: whether facts have changed since."""

    result: ControlResult
    assessed: Assessment
    dirty: bool
    found: tuple[Found, ...]


def why(*, version: ModelVersion, environment: str, site: str, pack: str, control: str) -> Chain:
    """pack: the id under which it is adopted. Raises: NotAssessed, UnknownControl."""
    place = assessed.place_of(version, environment, site)
    row = None if place is None else place.assessments.select_related("pack").filter(slug=pack).first()
    if place is None or row is None:
        raise NotAssessed(f"{version} was not assessed under “{pack[:80]}” here yet.")
    results = assessed.restored_of(row)
    result = next((each for each in results if each.id == control), None)
    if result is None:
        raise UnknownControl(f"{row.pack} has no control “{control[:80]}”.")
    known = {each.reference: each for each in pieces(result.evidence, version)}
    entries = _entries(known.values())
    return Chain(
        result=result,
        assessed=row,
        dirty=assessed.is_dirty(place),
        found=tuple(
            Found(each, tuple(Proof(known[name], _of(known[name], entries)) for name in each.evidence))
            for each in result.statements
        ),
    )


def _of(piece: Piece, entries: Mapping[str, Sequence[tuple[Recorded, Mapping[str, object]]]]) -> tuple[Recorded, ...]:
    found = [pair for name in piece.objects for pair in entries.get(name, ())]
    if piece.card is not None:
        key, number = piece.card
        stated = [pair for pair in found if _numbers(pair[1]).get(key) == number]
        # What registering a model asks is on the card from then on.
        found = stated or [pair for pair in found if pair[0].kind == "model.registered" and number == 1]
    return tuple(recorded for recorded, _ in found)


def _numbers(body: Mapping[str, object]) -> Mapping[str, object]:
    """Which entry of each question a fact about the card made."""
    numbers = body.get("entries")
    return numbers if isinstance(numbers, dict) else {}


def _entries(found: Iterable[Piece]) -> dict[str, list[tuple[Recorded, Mapping[str, object]]]]:
    """What the ledger says of these objects; the bodies only where a fact about a card must be told from others."""
    wanted = list(found)
    rows = list(LedgerEntry.objects.filter(object_id__in={name for each in wanted for name in each.objects}))
    names = _names(row.actor_id for row in rows)
    of_cards = [row for row in rows if row.object_type == "card"] if any(each.card for each in wanted) else []
    bodies = ledger.bodies_of(of_cards) if of_cards else {}
    entries: dict[str, list[tuple[Recorded, Mapping[str, object]]]] = {}
    for row in rows:
        who = names.get(row.actor_id, "") if row.actor_id else ""
        recorded = Recorded(row.idx, row.kind, row.at, who)
        entries.setdefault(row.object_id, []).append((recorded, bodies.get(row.idx) or {}))
    return entries


def _names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    people = User.objects.filter(pk__in={each for each in ids if each is not None})
    return {person.pk: str(person) for person in people}
