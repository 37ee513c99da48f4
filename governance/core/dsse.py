"""Who says so? DSSE envelopes (secure-systems-lab/dsse v1.0): one ECDSA P-256 / SHA-256 signature over raw bytes.

Rules: the signature covers the payload's bytes and its type, with their lengths in bytes (PAE); the envelope carries
exactly one signature, DER-encoded, by the key whose id is SHA-256 of its DER SubjectPublicKeyInfo; base64 is the
standard alphabet with padding, in its one canonical spelling; the payload is handed out only when it verified. As the
specification demands, members that it does not name are ignored. No I/O.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any, TypedDict

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

IN_TOTO = "application/vnd.in-toto+json"


class NotVerified(ValueError):
    """The envelope proves nothing; the message says why."""


class EnvelopeSignature(TypedDict):
    keyid: str
    sig: str


class Envelope(TypedDict):
    payload: str
    payloadType: str
    signatures: list[EnvelopeSignature]


def key_id(key: EllipticCurvePublicKey) -> str:
    """SHA-256 of the key's DER SubjectPublicKeyInfo, hexadecimal."""
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, payload_type: str, key: EllipticCurvePrivateKey) -> Envelope:
    """An envelope around the payload. The key is on P-256."""
    _check_curve(key.public_key())
    signature = key.sign(pae(payload_type, payload), ECDSA(SHA256()))
    return {
        "payload": b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": key_id(key.public_key()), "sig": b64encode(signature).decode()}],
    }


def verify(envelope: Any, public_key: EllipticCurvePublicKey, *, payload_type: str = IN_TOTO) -> bytes:  # noqa: ANN401
    """The payload's bytes, once they verified under this key. envelope: any parsed JSON. Raises: NotVerified."""
    _check_curve(public_key)
    match envelope:
        case {
            "payload": str(payload64),
            "payloadType": str(kind),
            "signatures": [{"keyid": str(keyid), "sig": str(sig)}],
        }:
            pass
        case _:
            raise NotVerified("not a DSSE envelope with exactly one signature")
    if kind != payload_type:
        raise NotVerified(f"the payload's type is {kind[:80]!r}, not {payload_type!r}")
    if keyid != key_id(public_key):
        raise NotVerified("signed by another key")
    payload = _decoded(payload64, "payload")
    try:
        public_key.verify(_decoded(sig, "signature"), pae(kind, payload), ECDSA(SHA256()))
    except InvalidSignature as error:
        raise NotVerified("the signature does not fit the payload") from error
    return payload


def _check_curve(key: EllipticCurvePublicKey) -> None:
    if not isinstance(key.curve, SECP256R1):
        raise NotVerified(f"the key is on {key.curve.name}, not on P-256")


def _decoded(text: str, what: str) -> bytes:
    """Strict: one byte string has one spelling, so that an envelope cannot be altered unnoticed."""
    try:
        decoded = b64decode(text, validate=True)
    except ValueError as error:
        raise NotVerified(f"the {what} is not base64") from error
    if b64encode(decoded).decode() != text:
        raise NotVerified(f"the {what} is not canonical base64")
    return decoded
