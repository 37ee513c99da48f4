"""What is there to read about the packs? Which are in use, what each asks of whom, and what changed between two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from governance.core import applicability_words, pack_changes
from governance.core.pack_changes import Changes
from governance.core.policy import Control, Pack, PackStatus, Severity, Verification
from governance.models.assessment import Assessment
from governance.models.pack import PackAdoption, PolicyPack
from governance.services import packs
from governance.web.badges import Badge
from registry.models.user import Role

VERIFICATION: Mapping[Verification, Badge] = {
    Verification.READ: Badge("Read in the text itself", "book-open", "good"),
    Verification.SECONDARY: Badge("Known from a summary only", "document-magnifying-glass", "unsure"),
    Verification.UNVERIFIED: Badge("Not verified", "question-mark-circle", "bad"),
}
STATUS: Mapping[str, Badge] = {
    PackStatus.IN_FORCE: Badge("In force", "check-circle", "good"),
    PackStatus.PROPOSED: Badge("Proposed", "clock", "unsure"),
    PackStatus.SUPERSEDED: Badge("Superseded", "archive-box", "quiet"),
}
SEVERITY: Mapping[Severity, str] = {Severity.BLOCKING: "blocking", Severity.ADVISORY: "advisory"}


@dataclass(frozen=True, slots=True)
class Line:
    """A pack. verified: how many controls at each mark, in words. newer: loaded, and not adopted yet."""

    pack: PolicyPack
    status: Badge
    controls: int
    blocking: int
    verified: tuple[tuple[Badge, int], ...]
    adoption: PackAdoption | None
    newer: PolicyPack | None


@dataclass(frozen=True, slots=True)
class ControlLine:
    control: Control
    verification: Badge
    severity: str
    applies: tuple[str, ...]
    waivers: tuple[str, ...]


def lines() -> list[Line]:
    """Adopted packs first; then those that are loaded and not used, at their newest content."""
    adoptions = {each.slug: each for each in packs.adopted()}
    used = [_line(each.pack, each) for each in adoptions.values()]
    loaded = PolicyPack.objects.in_force()
    return [*used, *(_line(row, None) for row in loaded if row.root not in adoptions)]


def line(pack: PolicyPack) -> Line:
    return _line(pack, packs.adopted().filter(pack=pack).first())


def _line(pack: PolicyPack, adoption: PackAdoption | None) -> Line:
    rules = packs.rules_of(pack)
    marks = Counter(control.verification for control in rules.controls)
    return Line(
        pack=pack,
        status=STATUS[rules.status],
        controls=len(rules.controls),
        blocking=sum(control.severity is Severity.BLOCKING for control in rules.controls),
        verified=tuple((badge, marks[mark]) for mark, badge in VERIFICATION.items() if marks[mark]),
        adoption=adoption,
        newer=packs.newer_of(adoption) if adoption is not None else None,
    )


def controls(rules: Pack) -> list[ControlLine]:
    return [
        ControlLine(
            control=control,
            verification=VERIFICATION[control.verification],
            severity=SEVERITY[control.severity],
            applies=applicability_words.of_control(control),
            waivers=tuple(_term(term.verdict, term.roles, term.maximum_days) for term in control.waivers),
        )
        for control in rules.controls
    ]


def previous(pack: PolicyPack) -> PolicyPack | None:
    """The content of the same pack that was loaded before this one."""
    rows = PolicyPack.objects.filter(slug=pack.slug, created_at__lt=pack.created_at)
    return rows.order_by("-created_at").first()


def changed(pack: PolicyPack) -> tuple[PolicyPack, Changes] | None:
    """What it asks differently from the content before it; None where it is the first."""
    before = previous(pack)
    return None if before is None else (before, pack_changes.changes(before.document, pack.document))


def used_by(pack: PolicyPack) -> int:
    """How many assessments are pinned to this content."""
    return Assessment.objects.filter(pack=pack).count()


def _term(verdict: str, roles: tuple[str, ...], days: int) -> str:
    who = " or ".join(str(Role(role).label).lower() for role in roles)
    return f"{verdict.replace('_', ' ')}: by {who}, for at most {days} days"
