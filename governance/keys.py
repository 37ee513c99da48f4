"""With which key does the gate sign? The P-256 key in the file that GATE_KEY_PATH names."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from registry.errors import Refused


class GateKeyUnavailable(Refused):
    """Without its key the gate can decide nothing."""

    code = "gate_key_unavailable"
    status = 503


def gate_key() -> EllipticCurvePrivateKey:
    """The signing key; made once where GATE_KEY_MAY_BE_CREATED says so. Raises: GateKeyUnavailable."""
    path = Path(settings.GATE_KEY_PATH)
    try:
        if getattr(settings, "GATE_KEY_MAY_BE_CREATED", False) and not path.exists():
            _create(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        # The path and the parser's words are for the log, which shows the cause; they are not for a caller of the API.
        raise GateKeyUnavailable("The gate's key cannot be read. GATE_KEY_PATH must name a PEM file.") from error
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise GateKeyUnavailable("The gate's key is not an elliptic-curve key on P-256.")
    return key


def gate_public_key() -> EllipticCurvePublicKey:
    """What others verify the gate's decisions with. Raises: GateKeyUnavailable."""
    return gate_key().public_key()


def gate_public_pem() -> str:
    """The public key as people exchange it: PEM, SubjectPublicKeyInfo. Raises: GateKeyUnavailable."""
    return gate_public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _create(path: Path) -> None:
    """Whole or not at all, readable to the owner alone; of several processes that try at once, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        # A hard link, unlike a rename, never replaces the key of another process.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
