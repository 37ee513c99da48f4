"""Answering for a control that does not hold: one signature, a reason, an expiry, and only as the pack allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from governance import permissions, recording
from governance.core.assessment import ControlResult, assess, missing, waiver_term
from governance.core.document import moment
from governance.core.facts import Section
from governance.core.meanings import RESPONSIBILITY
from governance.core.policy import WaiverTerm
from governance.core.statements import HOLDING
from governance.errors import (
    ControlNotWaivable,
    ReasonMissing,
    ReasonTooShort,
    UnknownControl,
    WaiverExpiryRefused,
)
from governance.ledger import Fact
from governance.models.assessment import Assessment
from governance.models.control_waiver import ControlWaiver, WaivedStatus
from governance.models.pack import PolicyPack
from governance.services import assessing, evidence, gate, packs, signatures
from governance.services.assessment_touch import touch
from governance.services.control_waiver_standing import RECORD, WAIVED, stated_by
from governance.services.signatures import Confirmed
from registry.core.canonical import digest
from registry.core.lifecycle import State
from registry.errors import Refused
from registry.models.user import User
from registry.models.version import ModelVersion

SHORTEST_REASON = 20


@dataclass(frozen=True, slots=True)
class Open:
    """A control as it stands now, any waiver put aside. term: on which it may be waived; None where nobody may.

    outdated: another content of the pack is in use than the one to which it is pinned here.
    """

    version: ModelVersion
    environment: str
    site: str
    pack: PolicyPack
    result: ControlResult
    term: WaiverTerm | None
    outdated: bool = False

    @property
    def record(self) -> dict[str, Any]:
        """What the signer is shown, and signs."""
        result = self.result
        return {
            "type": RECORD,
            "version": {"id": str(self.version.pk), "artifact_sha256": self.version.artifact_sha256},
            "environment": self.environment,
            "site": self.site,
            "pack": {"id": self.pack.slug, "version": self.pack.version, "digest": self.pack.digest},
            "control": {
                "id": result.id,
                "citation": result.citation,
                "requirement": result.requirement,
                "severity": str(result.severity),
            },
            "result": {
                "status": str(result.status),
                "reason": result.reason,
                "evidence": list(result.evidence),
                "missing": sorted(missing(result.statements)),
            },
        }


def look(*, version: ModelVersion, environment: str, site: str, pack: str, control: str) -> Open:
    """The control as it stands at this moment. pack: the id under which it is adopted.

    Raises: UnknownEnvironment, UnknownSite, UnknownControl.
    """
    gate.check_environment(environment)
    assessing.check_site(site)
    row, outdated = _content(version, environment, site, pack)
    rules = packs.rules_of(row)
    wanted = next((each for each in rules.controls if each.id == control), None)
    if wanted is None:
        raise UnknownControl(f"{row} has no control “{control[:80]}”.")
    known = evidence.gather(version=version, environment=environment, packs=[rules], now=timezone.now(), site=site)
    (result,) = assess(replace(rules, controls=(wanted,)), replace(known, waived=()))
    return Open(version, environment, site, row, result, waiver_term(wanted, result.status), outdated)


def waive(
    *,
    version: ModelVersion,
    environment: str,
    site: str = "",
    pack: str,
    control: str,
    by: User,
    reason: str,
    compensating_measure: str = "",
    expires_at: datetime,
    password: str,
    expected_sha256: str | None = None,
) -> ControlWaiver:
    """Answer for one control at one place until a day. expected_sha256: of `look(...).record`.

    Raises: UnknownEnvironment, UnknownSite, UnknownControl, ControlNotWaivable, ReasonTooShort, ReasonMissing,
    WaiverExpiryRefused, RoleNotHeld, SelfWaiver, PasswordWrong, SignLocked, RecordChanged, AlreadySigned.
    """
    where = {"environment": environment, "site": site, "pack": pack, "control": control}
    words = {"reason": reason.strip(), "compensating_measure": compensating_measure.strip()}
    check_may(look(version=version, **where), by)
    signer = signatures.confirm(by=by, password=password)
    with recording.together():
        locked = ModelVersion.objects.select_for_update(of=("self",), no_key=True).get(pk=version.pk)
        found = look(version=locked, **where)
        term = check_may(found, by)
        _check_words(words, term)
        _check_expiry(expires_at, term)
        signatures.check_unchanged(digest(found.record), expected_sha256)
        waiver = _signed(found, words, expires_at, signer)
        gate.redecide_at_end(locked.pk, because="a control was waived")
        touch({Section.WAIVERS}, version=locked.pk, site=site)
    return waiver


def _signed(found: Open, words: dict[str, str], expires_at: datetime, signer: Confirmed) -> ControlWaiver:
    signature = signatures.sign(
        signer=signer,
        meaning=RESPONSIBILITY,
        record_type=RECORD,
        record_id=found.version.pk,
        record={**found.record, "terms": {**words, "expires_at": moment(expires_at)}},
    )
    waiver = ControlWaiver.objects.create(
        version=found.version,
        environment=found.environment,
        site=found.site,
        pack=found.pack,
        control=found.result.id,
        status=WaivedStatus(found.result.status),
        expires_at=expires_at,
        signature=signature,
        **words,
    )
    body = stated_by(waiver)
    fact = Fact(WAIVED, "control_waiver", str(waiver.pk), body, signer.person, found.version.pk, digest(body))
    recording.record(fact)
    return waiver


def check_may(found: Open, person: User) -> WaiverTerm:
    """Raises: ControlNotWaivable, RoleNotHeld, SelfWaiver."""
    version, result = found.version, found.result
    if version.state in {State.RETURNED, State.RETIRED}:
        raise ControlNotWaivable(f"{version} is {version.get_state_display().lower()}; nothing of it is waived.")
    if found.outdated:
        # The gate asks the content that is in use: it would never see a waiver of another.
        raise ControlNotWaivable(
            "Another content of the policy pack is in use than the one that was assessed; "
            "assess again under the new content first."
        )
    if result.status in HOLDING:
        raise ControlNotWaivable(f"{result.id} holds, or is not asked here: there is nothing to waive.")
    if found.term is None:
        raise ControlNotWaivable(f"The policy pack lets nobody waive {result.id} as it stands.")
    permissions.check_can_waive(person, version, found.term.roles)
    return found.term


def _content(version: ModelVersion, environment: str, site: str, slug: str) -> tuple[PolicyPack, bool]:
    """The content to which the pack is pinned here, and whether another one is in use; where it was never assessed, the
    one that is adopted."""
    adoption = packs.adopted().filter(slug=slug).first()
    if adoption is None:
        raise UnknownControl(f"No policy pack “{slug[:80]}” is in use.")
    here = {"place__version": version, "place__environment": environment, "place__site": site}
    row = Assessment.objects.filter(slug=slug, **here).select_related("pack").defer("results").first()
    return (row.pack, row.pack_id != adoption.pack_id) if row is not None else (adoption.pack, False)


def _check_words(words: dict[str, str], term: WaiverTerm) -> None:
    if len(words["reason"]) < SHORTEST_REASON:
        raise ReasonTooShort(f"Give a reason of at least {SHORTEST_REASON} characters: it will be read in an inquiry.")
    if term.compensating_measure and not words["compensating_measure"]:
        raise ReasonMissing("This control is waived only with a compensating measure; name it.")


def _check_expiry(expires_at: datetime, term: WaiverTerm) -> None:
    now = timezone.now()
    if not now < expires_at <= now + timedelta(days=term.maximum_days):
        raise WaiverExpiryRefused(
            f"The waiver must end in the future, and at most {term.maximum_days} days from now.",
            maximum_days=term.maximum_days,
        )


def may(found: Open, person: User) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    try:
        check_may(found, person)
    except Refused as refused:
        return False, refused.message
    return True, ""
