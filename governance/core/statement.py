"""What exactly does the gate say? An in-toto Statement v1 with SLSA's verification summary, as canonical bytes.

The predicate is SLSA VSA v1; what SLSA has no member for stands under the gate's own URI. FAILED is said, and
signed, as PASSED is. Numbers are decimal strings. No I/O, no clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from registry.core.canonical import canonical

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://slsa.dev/verification_summary/v1"
SLSA_VERSION = "1.2"
LEVELS = {"staging": "ORG_GATE_STAGING", "production": "ORG_GATE_PROD"}
FAILED_LEVEL = "FAILED"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """id: the control or criterion; result: PASS or a reason code's upper case; evidence: a digest or URI, or empty."""

    id: str
    result: str
    observed: str = ""
    threshold: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalReference:
    signature_id: str
    meaning: str
    record_sha256: str


@dataclass(frozen=True, slots=True)
class InputAttestation:
    """A piece of evidence that was used. When any is listed, all are."""

    uri: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PolicyReference:
    """A policy pack whose controls were asked."""

    id: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """The ledger's head when the gate decided: every reader of the decision becomes a witness of it."""

    origin: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class VerdictInputs:
    """All that a statement says. product_id: the product's URL; supersedes: the decision before, if any."""

    decision_id: str
    product_id: str
    product_version: str
    model_name: str
    model_number: int
    artifact_sha256: str
    environment: str
    risk_class: str
    outcome: Literal["PASSED", "FAILED"]
    policy_uri: str
    policy_sha256: str
    policies: tuple[PolicyReference, ...]
    checks: tuple[CheckResult, ...]
    approvals: tuple[ApprovalReference, ...]
    input_attestations: tuple[InputAttestation, ...]
    decided_at: datetime
    valid_until: datetime
    supersedes: str | None
    as_of: AsOf


def payload(inputs: VerdictInputs) -> bytes:
    """The bytes to sign. Raises: ValueError (a malformed digest or time, an unknown environment)."""
    return canonical(statement(inputs))


def statement(inputs: VerdictInputs) -> dict[str, Any]:
    """The in-toto statement. Raises: ValueError."""
    artifact = {
        "name": f"model:{inputs.model_name}@{inputs.model_number}",
        "digest": {"sha256": _digest(inputs.artifact_sha256)},
    }
    return {
        "_type": STATEMENT_TYPE,
        "subject": [artifact],
        "predicateType": PREDICATE_TYPE,
        "predicate": _predicate(inputs),
    }


def verifier_id(product_id: str) -> str:
    """Who decides. A consumer trusts a pair: this id with one key."""
    return f"{product_id}/verifiers/gate/v1"


def extension_id(product_id: str) -> str:
    """The member of the predicate that holds what SLSA has no word for."""
    return f"{product_id}/vsa/gate/v1"


def resource_uri(product_id: str, model_name: str, model_number: int) -> str:
    """What was judged, as an address."""
    return f"{product_id}/models/{quote(model_name, safe='')}/versions/{model_number}"


def _predicate(inputs: VerdictInputs) -> dict[str, Any]:
    if inputs.environment not in LEVELS:
        raise ValueError(f"{inputs.environment!r} is no environment of {sorted(LEVELS)}")
    level = LEVELS[inputs.environment] if inputs.outcome == "PASSED" else FAILED_LEVEL
    return {
        "verifier": {"id": verifier_id(inputs.product_id), "version": {"formulary": inputs.product_version}},
        "timeVerified": _moment(inputs.decided_at),
        "resourceUri": resource_uri(inputs.product_id, inputs.model_name, inputs.model_number),
        "policy": {"uri": inputs.policy_uri, "digest": {"sha256": _digest(inputs.policy_sha256)}},
        "inputAttestations": [
            {"uri": item.uri, "digest": {"sha256": _digest(item.sha256)}} for item in inputs.input_attestations
        ],
        "verificationResult": inputs.outcome,
        "verifiedLevels": [level],
        "slsaVersion": SLSA_VERSION,
        extension_id(inputs.product_id): _extension(inputs),
    }


def _extension(inputs: VerdictInputs) -> dict[str, Any]:
    return {
        "decisionId": inputs.decision_id,
        "environment": inputs.environment,
        "validUntil": _moment(inputs.valid_until),
        "riskClass": inputs.risk_class,
        "supersedes": inputs.supersedes,
        "policies": [
            {"id": each.id, "version": each.version, "sha256": _digest(each.sha256)} for each in inputs.policies
        ],
        "checks": [
            {
                "id": check.id,
                "result": check.result,
                "observed": check.observed,
                "threshold": check.threshold,
                "evidence": check.evidence,
            }
            for check in inputs.checks
        ],
        "approvals": [
            {
                "signatureId": approval.signature_id,
                "meaning": approval.meaning,
                "recordSha256": _digest(approval.record_sha256),
            }
            for approval in inputs.approvals
        ],
        "asOf": {"origin": inputs.as_of.origin, "size": inputs.as_of.size, "root": _digest(inputs.as_of.root)},
    }


def _digest(text: str) -> str:
    if not _SHA256.fullmatch(text):
        raise ValueError(f"{text[:70]!r} is not a SHA-256 digest in lower-case hexadecimal")
    return text


def _moment(at: datetime) -> str:
    """RFC 3339 in whole seconds: truncated, so a decision is never said to be later or last longer than it does."""
    if at.utcoffset() is None:
        raise ValueError("the time has no zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
