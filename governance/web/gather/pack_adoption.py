"""What would using a pack differently change, what of it asks less, and what is put before the person who signs?"""

from __future__ import annotations

from dataclasses import dataclass

from governance.core.meanings import LOOSENING, SENTENCES
from governance.core.pack_changes import Changes, changes
from governance.models.overlay import PolicyOverlay
from governance.models.pack import PackAdoption, PolicyPack
from governance.models.signature import Signature
from governance.services import overlays, pack_adoption, pack_loosening
from governance.services.pack_loosening import Move
from governance.web.badges import Badge
from governance.web.gather.signing import Paper, paper
from registry.core.scopes import POLICIES_WRITE, scopes_of
from registry.models.user import User

ASKS_LESS = Badge("Asks less: needs a signature", "exclamation-triangle", "unsure")
ASKS_ENOUGH = Badge("Asks at least as much", "check-circle", "good")
WAITS = Badge("Waits for a signature", "clock", "unsure")
IN_EFFECT = Badge("In effect", "check-circle", "good")
REPLACED = Badge("Replaced by a later one", "archive-box", "quiet")
STATEMENT = SENTENCES[LOOSENING]
WHO_MAY = "A compliance officer decides which packs are used, and adapts them."


@dataclass(frozen=True, slots=True)
class Proposal:
    """A step before it is taken. changes: of the content; None where nothing of the pack is in use, or it is dropped.

    paper: what is signed; None where nothing is asked less. why_not: why this person cannot take the step.
    """

    move: Move
    badge: Badge
    changes: Changes | None
    paper: Paper | None
    why_not: str
    must_gate: bool
    overlay: PolicyOverlay | None


def proposal(move: Move, person: User) -> Proposal:
    before, pack = move.before, move.pack
    compared = changes(before.pack.document, pack.document) if before is not None and pack is not None else None
    less = bool(move.asks_less)
    allowed, why_not = pack_loosening.can_sign(person, move) if less else (may_write(person), WHO_MAY)
    return Proposal(
        move=move,
        badge=ASKS_LESS if less else ASKS_ENOUGH,
        changes=compared,
        paper=paper(move.record) if less else None,
        why_not="" if allowed else why_not,
        must_gate=pack is not None and pack_adoption.must_gate(pack),
        overlay=_to_carry_over(before, pack),
    )


def may_write(person: User) -> bool:
    return POLICIES_WRITE in scopes_of(person.role_names)


def signed(adoption: PackAdoption | None) -> Signature | None:
    """The last signature under which less is asked of this pack than before; None where nobody signed such a thing."""
    if adoption is None:
        return None
    rows = Signature.objects.filter(record_type=pack_loosening.RECORD, record_id=adoption.pk)
    return rows.order_by("-signed_at").first()


def _to_carry_over(before: PackAdoption | None, pack: PolicyPack | None) -> PolicyOverlay | None:
    """The overlay that adapts what is in use, where another content of the bare pack would take its place."""
    origin = before.pack.derived_from if before is not None else None
    if origin is None or pack is None or pack.derived_from:
        return None
    return PolicyOverlay.objects.filter(digest=origin["overlay"], extends__digest=origin["pack"]).first()


@dataclass(frozen=True, slots=True)
class OverlayLine:
    overlay: PolicyOverlay
    badge: Badge


def overlay_lines() -> list[OverlayLine]:
    """The overlay that speaks for each pack."""
    return [OverlayLine(each, badge_of(overlays.standing(each))) for each in overlays.newest()]


def badge_of(found: overlays.Standing) -> Badge:
    if not found.newest:
        return REPLACED
    return WAITS if found.waits else IN_EFFECT


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of an overlay. text: the line as it was written; "" where there is none."""

    line: int
    field: str
    message: str
    text: str


def problems(facts: object, content: str) -> list[Problem]:
    """What a refusal names, each beside its own line."""
    lines = content.splitlines()
    found = []
    for each in facts if isinstance(facts, list) else ():
        number = each["line"]
        text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        found.append(Problem(number, each["field"], each["message"], text))
    return found
