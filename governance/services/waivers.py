"""Answering for open findings: one signature, a reason, an expiry, and nothing that the policy pack does not allow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from audits.models.check import CheckRow
from governance import permissions, recording
from governance.core.document import moment
from governance.core.facts import Section
from governance.core.meanings import RESPONSIBILITY
from governance.core.policy import WaiverTerm
from governance.errors import ReasonMissing, ReasonTooShort, WaiverExpiryRefused
from governance.ledger import Fact
from governance.models.signature import Signature
from governance.models.waiver import Waiver
from governance.services import findings, gate, packs, signatures, standing, stated
from governance.services.assessment_touch import touch
from registry.core.canonical import digest
from registry.models.user import User
from registry.models.version import ModelVersion

SHORTEST_REASON = 20


def waive(
    *,
    check: CheckRow,
    by: User,
    reason: str,
    compensating_measure: str,
    expires_at: datetime,
    password: str,
    expected_sha256: str | None = None,
) -> Waiver:
    """Waive one finding. Raises as `waive_many` does."""
    return waive_many(
        checks=[check],
        by=by,
        reason=reason,
        compensating_measure=compensating_measure,
        expires_at=expires_at,
        password=password,
        expected_sha256=expected_sha256,
    )[0]


def waive_many(
    *,
    checks: Sequence[CheckRow],
    by: User,
    reason: str,
    compensating_measure: str,
    expires_at: datetime,
    password: str,
    expected_sha256: str | None = None,
) -> list[Waiver]:
    """Waive findings of one version with one signature, over the list of them. expected_sha256: of `findings_to_sign`.

    Raises: NotWaivable, ReasonTooShort, ReasonMissing (a compensating measure), WaiverExpiryRefused, RoleNotHeld,
    SelfWaiver, PasswordWrong, SignLocked, RecordChanged, AlreadySigned.
    """
    version, terms = findings.subject_of(checks), findings.terms_for(checks)
    _check_words(reason, compensating_measure, terms)
    _check_expiry(expires_at, terms)
    permissions.check_can_waive(by, version, roles_for(terms))
    signer = signatures.confirm(by=by, password=password)
    with recording.together():
        locked = ModelVersion.objects.select_for_update(of=("self",), no_key=True).get(pk=version.pk)
        permissions.check_can_waive(by, locked, roles_for(findings.terms_for(checks)))
        record = findings_to_sign(checks)
        signatures.check_unchanged(digest(record), expected_sha256)
        words = {"reason": reason.strip(), "compensating_measure": compensating_measure.strip()}
        signature = signatures.sign(
            signer=signer,
            meaning=RESPONSIBILITY,
            record_type="findings",
            record_id=locked.pk,
            record={
                **record,
                "terms": {**words, "expires_at": moment(expires_at), "roles": sorted(by.role_names)},
            },
        )
        waivers = [_waiver(check, locked, words, expires_at, signature) for check in checks]
        Waiver.objects.bulk_create(waivers)
        recording.record(*(_fact(waiver, by) for waiver in waivers))
        gate.redecide_at_end(locked.pk, because="findings were waived")
        touch({Section.AUDITS}, version=locked.pk)
    return waivers


def findings_to_sign(checks: Sequence[CheckRow]) -> dict[str, Any]:
    """The findings as the signer is shown them, in a fixed order."""
    audit = checks[0].audit
    return {
        "type": "findings",
        "version": {"id": str(audit.version_id), "artifact_sha256": audit.version.artifact_sha256},
        "plan": {"digest": audit.plan.digest},
        "findings": [
            {
                "check": check.pk,
                "table": str(check.audit.table_id),
                "kind": str(check.audit.kind),
                "result_sha256": check.audit.result_sha256,
                "key": check.key,
                "verdict": check.verdict,
                "reason": check.reason,
            }
            for check in sorted(checks, key=lambda each: each.pk)
        ],
    }


def terms_of(check: CheckRow) -> WaiverTerm | None:
    """Who may waive this finding and for how long, under the pack in force; None when nobody may."""
    return packs.asked().waiver_term(check.audit.kind, check.verdict)


def roles_for(terms: Sequence[WaiverTerm]) -> frozenset[str]:
    """The roles that may answer for all of these findings at once."""
    return frozenset.intersection(*(frozenset(term.roles) for term in terms))


def _check_words(reason: str, compensating_measure: str, terms: Sequence[WaiverTerm]) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonTooShort(f"Give a reason of at least {SHORTEST_REASON} characters: it will be read in an inquiry.")
    if any(term.compensating_measure for term in terms) and not compensating_measure.strip():
        raise ReasonMissing("A criterion that is not met is waived only with a compensating measure; name it.")


def _check_expiry(expires_at: datetime, terms: Sequence[WaiverTerm]) -> None:
    now, days = timezone.now(), min(term.maximum_days for term in terms)
    if not now < expires_at <= now + timedelta(days=days):
        raise WaiverExpiryRefused(
            f"The waiver must end in the future, and at most {days} days from now.", maximum_days=days
        )


def _waiver(
    check: CheckRow, version: ModelVersion, words: dict[str, str], expires_at: datetime, signature: Signature
) -> Waiver:
    return Waiver(
        version=version,
        table_id=check.audit.table_id,
        plan_digest=check.audit.plan.digest,
        check_key=check.key,
        verdict=check.verdict,
        expires_at=expires_at,
        signature=signature,
        **words,
    )


def _fact(waiver: Waiver, by: User) -> Fact:
    body = stated.by_waiver(waiver)
    return Fact(standing.WAIVED, "waiver", str(waiver.pk), body, by, waiver.version_id, digest(body))
