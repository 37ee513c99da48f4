"""Which allowances of the gate must be looked at again when facts change? Those that rest on what its packs ask.

They are decided again in the transaction of the change, so that no answer is served which the newest fact contradicts.
Where a change concerns very many versions, their allowances are withheld instead, until `gate.redecide_due` has decided
each again. A fact that no gating pack asks about sets nothing in motion.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from governance import recording
from governance.core.answers import widened
from governance.core.assessment import asked_by
from governance.core.facts import Section
from governance.core.gate import Outcome
from governance.core.policy import CapabilityRule, Pack, leaves
from governance.core.statements import HOLDING
from governance.errors import NoPack
from governance.models.decision import GateDecision
from governance.models.training import SiteUser
from governance.services import capabilities, doubts, gate, packs
from governance.services.assessment_touch import touched
from governance.services.assessment_work import because
from registry.core.lifecycle import State
from registry.models.site import ModelSite
from registry.models.version import ModelVersion

MOST = 20


def connect() -> None:
    """Start listening to changed facts; saying it twice is harmless."""
    touched.connect(follow, dispatch_uid="governance.gate_follows")


def follow(
    sections: frozenset[Section],
    model: UUID | None,
    version: UUID | None,
    site: str,
    **_: Any,  # noqa: ANN401 - a signal's other values
) -> None:
    """Decide again, or withhold, what rests on these sections of the facts."""
    if sections == {Section.PLATFORM} and model is version is None:
        _platform()
        return
    moved = widened(sections)
    if not moved & _asked():
        return
    words = because(sorted(moved & sections) or sorted(moved))
    if version is not None:
        gate.redecide_at_end(version, because=words)
        return
    if model is not None:
        # A first decision that is being made at this moment either sees what we have changed, or is seen here.
        locked = ModelVersion.objects.select_for_update(of=("self",), no_key=True).filter(model=model)
        list(locked.exclude(state=State.RETIRED).order_by("pk").values_list("pk", flat=True))
    _again(_allowed(model, site), words)


def _asked() -> Set[Section]:
    """What the gate looks at today. Without a pack it cannot decide, and says so of whatever changes."""
    try:
        return frozenset().union(*(asked_by(each) for each in _gating()))
    except NoPack:
        return frozenset(Section)


def _gating() -> list[Pack]:
    return [packs.rules_of(row) for row in packs.gating()]


def _standing() -> QuerySet[GateDecision]:
    """The allowances that stand, of versions that are not out of use for good."""
    latest = GateDecision.objects.order_by("version_id", "environment", "-number").distinct("version_id", "environment")
    found = GateDecision.objects.filter(pk__in=latest.values("pk"), outcome=Outcome.ALLOW)
    return found.exclude(version__state=State.RETIRED).order_by("version_id")


def _allowed(model: UUID | None, site: str) -> list[UUID]:
    """The versions with such an allowance: of the model, or of every model that is used at the site, or all."""
    found = _standing()
    if model is not None:
        found = found.filter(version__model=model)
    elif site:
        of = {"model": OuterRef("version__model"), "site__slug": site}
        found = found.filter(Exists(ModelSite.objects.filter(**of)) | Exists(SiteUser.objects.filter(**of)))
    return list(dict.fromkeys(found.values_list("version_id", flat=True)))


def _again(versions: Iterable[UUID], words: str) -> None:
    found = list(versions)
    if len(found) > MOST:
        recording.record(*(doubts.withheld(each, words) for each in found))
        return
    for each in found:
        gate.redecide_at_end(each, because=words)


def _platform() -> None:
    """Formulary is looked at every day, which changes nothing by itself: only what no longer holds withholds allowances
    that call it so."""
    try:
        rules = _gating()
    except NoPack:
        return
    asked = sorted({leaf.capability for pack in rules for leaf in pack.leaves if isinstance(leaf, CapabilityRule)})
    failing = {each.key for each in capabilities.found(asked) if not each.holds}
    controls = {
        (pack.slug, control.id)
        for pack in rules
        for control in pack.controls
        if any(isinstance(leaf, CapabilityRule) and leaf.capability in failing for leaf in leaves(control.rule))
    }
    if not controls:
        return
    rows = _standing().values_list("version_id", "assessment")
    found = dict.fromkeys(pk for pk, assessment in rows.iterator() if _calls_met(assessment, controls))
    _again(found, because([Section.PLATFORM]))


def _calls_met(assessment: Iterable[dict[str, Any]], controls: Set[tuple[str, str]]) -> bool:
    return any((each.get("pack"), each["id"]) in controls and each["status"] in HOLDING for each in assessment)
