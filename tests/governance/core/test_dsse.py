"""The envelope, checked by an implementation that is not ours; and the statement that the gate puts into it."""

from __future__ import annotations

import copy
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.dsse import Envelope as IndependentEnvelope
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]

from governance.core import dsse, statement
from governance.core.statement import (
    ApprovalReference,
    AsOf,
    CheckResult,
    InputAttestation,
    PolicyReference,
    VerdictInputs,
)

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
PAYLOAD = '{"größe":"5 µm"}'.encode()
AT = datetime(2026, 11, 21, 2, 17, 33, 999999, tzinfo=UTC)
INPUTS = VerdictInputs(
    decision_id="0199",
    product_id="https://h.example",
    product_version="1.0.0",
    model_name="Sepsis risk",
    model_number=3,
    artifact_sha256="a" * 64,
    environment="production",
    risk_class="high",
    outcome="PASSED",
    policy_uri="https://h.example/policies/high/7",
    policy_sha256="b" * 64,
    policies=(PolicyReference("baseline", "1.0", "b" * 64),),
    checks=(CheckResult("auroc.min", "PASS", "0.812", "0.800", f"sha256:{'c' * 64}"),),
    approvals=(ApprovalReference("s1", "approval", "d" * 64),),
    input_attestations=(InputAttestation("https://h.example/evidence/1", "e" * 64),),
    decided_at=AT,
    valid_until=AT + timedelta(hours=24),
    supersedes=None,
    as_of=AsOf("h.example/ledger/1", 41, "f" * 64),
)


def envelope() -> dsse.Envelope:
    return dsse.sign(PAYLOAD, dsse.IN_TOTO, KEY)


def independent_key(key: ec.EllipticCurvePrivateKey) -> SSlibKey:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return SSlibKey(dsse.key_id(key.public_key()), "ecdsa", "ecdsa-sha2-nistp256", {"public": pem})


def test_pae_of_the_specification() -> None:
    """The test vector of secure-systems-lab/dsse, protocol.md; lengths count bytes, not characters."""
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert dsse.pae("ü", "µm".encode()) == "DSSEv1 2 ü 3 µm".encode()


def test_securesystemslib_verifies_our_envelope() -> None:
    theirs = IndependentEnvelope.from_dict(json.loads(json.dumps(envelope())))
    assert theirs.payload == PAYLOAD
    assert list(theirs.verify([independent_key(KEY)], 1)) == [dsse.key_id(KEY.public_key())]


def test_our_own_verification_hands_out_the_payload() -> None:
    assert dsse.verify(json.loads(json.dumps(envelope())), KEY.public_key()) == PAYLOAD


def test_members_that_the_specification_does_not_name_are_ignored() -> None:
    assert dsse.verify({**envelope(), "extra": 1}, KEY.public_key()) == PAYLOAD


def test_another_key_verifies_nothing() -> None:
    with pytest.raises(dsse.NotVerified, match="another key"):
        dsse.verify(envelope(), OTHER.public_key())


def test_another_type_than_the_expected_one_is_refused() -> None:
    signed = dsse.sign(PAYLOAD, "application/json", KEY)
    assert dsse.verify(signed, KEY.public_key(), payload_type="application/json") == PAYLOAD
    with pytest.raises(dsse.NotVerified, match="type"):
        dsse.verify(signed, KEY.public_key())


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP256K1()])
def test_other_curves_are_refused(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    with pytest.raises(dsse.NotVerified, match="P-256"):
        dsse.sign(PAYLOAD, dsse.IN_TOTO, key)
    with pytest.raises(dsse.NotVerified, match="P-256"):
        dsse.verify(envelope(), key.public_key())


def flipped(base64: str) -> str:
    raw = bytearray(b64decode(base64))
    raw[-1] ^= 1
    return b64encode(bytes(raw)).decode()


def change(member: str, to: Any) -> Callable[[dict[str, Any]], object]:
    return lambda found: found.__setitem__(member, to(found[member]) if callable(to) else to)


def change_signature(member: str, to: Any) -> Callable[[dict[str, Any]], object]:
    return lambda found: change(member, to)(found["signatures"][0])


@pytest.mark.parametrize(
    "tamper",
    [
        change("payload", flipped),
        change("payload", lambda text: text + "\n"),
        change("payload", lambda text: text.rstrip("=") + "!"),
        change("payload", lambda text: text[:-1]),
        change("payload", None),
        change("payloadType", "application/vnd.in-toto+JSON"),
        change("payloadType", 1),
        change("signatures", []),
        change("signatures", lambda found: [*found, *found]),
        change("signatures", None),
        change_signature("sig", flipped),
        change_signature("sig", ""),
        change_signature("sig", lambda text: text.replace(text[0], "_", 1)),
        change_signature("sig", lambda text: b64encode(b64decode(text) + b"\x00").decode()),
        change_signature("keyid", lambda text: "0" * 64),
        change_signature("keyid", lambda text: text.upper() + " "),
        change_signature("keyid", dsse.key_id(OTHER.public_key())),
        lambda found: found.pop("payload"),
        lambda found: found["signatures"][0].pop("keyid"),
    ],
)
def test_a_tampered_envelope_is_refused(tamper: Callable[[dict[str, Any]], object]) -> None:
    found = copy.deepcopy(dict(envelope()))
    tamper(found)
    with pytest.raises(dsse.NotVerified):
        dsse.verify(found, KEY.public_key())


def test_a_second_spelling_of_the_same_bytes_is_refused() -> None:
    """'QQ==' and 'QR==' decode alike; only the canonical one is accepted."""
    assert b64decode("QR==") == b64decode("QQ==")
    signed = dsse.sign(b"A", dsse.IN_TOTO, KEY)
    assert signed["payload"] == "QQ=="
    with pytest.raises(dsse.NotVerified, match="canonical"):
        dsse.verify({**signed, "payload": "QR=="}, KEY.public_key())


@pytest.mark.parametrize("nothing", [None, [], "x", 1, {}])
def test_what_is_no_envelope_is_refused(nothing: object) -> None:
    with pytest.raises(dsse.NotVerified, match="not a DSSE envelope"):
        dsse.verify(nothing, KEY.public_key())


def test_the_statement_says_what_the_specification_shows() -> None:
    said = statement.statement(INPUTS)
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["subject"] == [{"name": "model:Sepsis risk@3", "digest": {"sha256": "a" * 64}}]
    assert said["predicateType"] == "https://slsa.dev/verification_summary/v1"
    predicate = said["predicate"]
    assert predicate["verifier"]["id"] == "https://h.example/verifiers/gate/v1"
    assert predicate["resourceUri"] == "https://h.example/models/Sepsis%20risk/versions/3"
    assert (predicate["verificationResult"], predicate["verifiedLevels"]) == ("PASSED", ["ORG_GATE_PROD"])
    assert predicate["timeVerified"] == "2026-11-21T02:17:33Z"
    extension = predicate["https://h.example/vsa/gate/v1"]
    assert extension["validUntil"] == "2026-11-22T02:17:33Z"
    assert extension["asOf"] == {"origin": "h.example/ledger/1", "size": 41, "root": "f" * 64}


def test_a_failed_verdict_is_said_too_and_grants_no_level() -> None:
    predicate = statement.statement(replace(INPUTS, outcome="FAILED"))["predicate"]
    assert (predicate["verificationResult"], predicate["verifiedLevels"]) == ("FAILED", ["FAILED"])


@pytest.mark.parametrize(
    "changes",
    [
        {"artifact_sha256": "A" * 64},
        {"policy_sha256": ""},
        {"environment": "prod"},
        {"decided_at": datetime(2026, 1, 1)},
        {"as_of": AsOf("o", 0, "f")},
    ],
)
def test_a_malformed_statement_is_never_built(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        statement.payload(replace(INPUTS, **changes))


def test_the_signed_statement_travels_whole() -> None:
    signed = dsse.sign(statement.payload(INPUTS), dsse.IN_TOTO, KEY)
    assert json.loads(dsse.verify(signed, KEY.public_key())) == statement.statement(INPUTS)
