"""How does the gate put its name to a decision, and does a stored one still carry it? Statement, envelope, check."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from django.conf import settings

from audits.release import CODE_VERSION
from governance import ledger
from governance.core import dsse, statement
from governance.core.assessment import ControlResult
from governance.core.document import moment
from governance.core.facts import Facts
from governance.core.gate import Decision, Outcome
from governance.core.rules_on_audits import is_live
from governance.core.rules_on_people import why_not
from governance.core.statement import (
    ApprovalReference,
    AsOf,
    CheckResult,
    InputAttestation,
    PolicyReference,
    VerdictInputs,
)
from governance.core.statements import Status
from governance.keys import gate_key, gate_public_key
from governance.models.decision import GateDecision
from registry.core.canonical import digest
from registry.core.strict_json import loads
from registry.models.version import ModelVersion

RESULT = {Outcome.ALLOW: "PASSED", Outcome.DENY: "FAILED"}


def signed(*, row: GateDecision, decision: Decision, facts: Facts, supersedes: GateDecision | None) -> dict[str, Any]:
    """The DSSE envelope around the decision's in-toto statement. Raises: GateKeyUnavailable."""
    payload = statement.payload(_inputs(row, decision, facts, supersedes))
    return dict(dsse.sign(payload, dsse.IN_TOTO, gate_key()))


def policy_of(row: GateDecision) -> InputAttestation:
    """The policy under which it was decided: the pack, or, of several, all of them under the digest of their list."""
    if len(row.policies) == 1:
        (only,) = row.policies
        return InputAttestation(f"{settings.PRODUCT_ID}/policies/{only['id']}/{only['version']}", only["digest"])
    return InputAttestation(f"{settings.PRODUCT_ID}/policies", digest(row.policies))


def payload_of(envelope: dict[str, Any]) -> bytes:
    """The signed bytes of an envelope that this process has just made."""
    return b64decode(envelope["payload"])


def problem(row: GateDecision, version: ModelVersion) -> str:
    """In what a stored decision departs from what was signed; "" when it does not."""
    try:
        said = loads(dsse.verify(row.envelope, gate_public_key()))
        predicate = said["predicate"]
        own = predicate[statement.extension_id(settings.PRODUCT_ID)]
        found = {
            "artefact": said["subject"][0]["digest"]["sha256"],
            "outcome": predicate["verificationResult"],
            "policy": predicate["policy"]["digest"]["sha256"],
            "decision": own["decisionId"],
            "environment": own["environment"],
            "end": own["validUntil"],
        }
    except (dsse.NotVerified, KeyError, IndexError, TypeError, ValueError) as error:
        return str(error) or type(error).__name__
    stored = {
        "artefact": version.artifact_sha256,
        "outcome": RESULT[Outcome(row.outcome)],
        "policy": policy_of(row).sha256,
        "decision": str(row.pk),
        "environment": row.environment,
        "end": f"{moment(row.valid_until)[:19]}Z",
    }
    return ", ".join(f"its {name} differs" for name, value in stored.items() if found[name] != value)


def _inputs(row: GateDecision, decision: Decision, facts: Facts, supersedes: GateDecision | None) -> VerdictInputs:
    version, policy, head = row.version, policy_of(row), ledger.head()
    return VerdictInputs(
        decision_id=str(row.pk),
        product_id=settings.PRODUCT_ID,
        product_version=CODE_VERSION,
        model_name=version.model.name,
        model_number=version.number,
        artifact_sha256=version.artifact_sha256,
        environment=row.environment,
        risk_class=version.model.risk_class,
        outcome="PASSED" if decision.outcome is Outcome.ALLOW else "FAILED",
        policy_uri=policy.uri,
        policy_sha256=policy.sha256,
        policies=tuple(PolicyReference(each["id"], each["version"], each["digest"]) for each in row.policies),
        checks=tuple(_check(result) for result in decision.results if result.applies),
        approvals=tuple(
            ApprovalReference(each.signature, each.meaning, each.record_sha256)
            for each in facts.approvals
            if not why_not(each, facts)
        ),
        input_attestations=_attested(facts),
        decided_at=row.decided_at,
        valid_until=row.valid_until,
        supersedes=str(supersedes.pk) if supersedes else None,
        as_of=AsOf(ledger.origin(), head.size, head.root),
    )


def _check(result: ControlResult) -> CheckResult:
    word = "PASS" if result.status is Status.MET else result.status.upper()
    return CheckResult(result.id, word, evidence=result.evidence[0] if result.evidence else "")


def _attested(facts: Facts) -> tuple[InputAttestation, ...]:
    """All evidence with a digest of its own: plan, tables, audits under the plan, live waivers."""
    home = settings.PRODUCT_ID
    plan = facts.plan.digest if facts.plan else ""
    audits = [audit for audit in facts.audits if audit.plan_digest == plan]
    waived = {
        waiver.id: waiver.record_sha256
        for audit in audits
        for finding in audit.findings
        for waiver in finding.waivers
        if is_live(waiver, facts)
    }
    found = [(f"{home}/versions/{facts.version}/plan", plan)] if plan else []
    found += [(f"{home}/tables/{table.id}", table.sha256) for table in facts.tables]
    found += [(f"{home}/audits/{audit.id}", audit.result_sha256) for audit in audits]
    found += [(f"{home}/waivers/{pk}", sha256) for pk, sha256 in sorted(waived.items())]
    return tuple(InputAttestation(uri, sha256) for uri, sha256 in found)
