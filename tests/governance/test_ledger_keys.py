"""The gate's key: made once, whole, for its owner alone; where it may not be made, its absence is an error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_public_key
from django.test import override_settings

from governance import keys
from governance.core.dsse import key_id


def test_a_missing_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "gate.pem"
    with override_settings(GATE_KEY_PATH=path, GATE_KEY_MAY_BE_CREATED=True):
        first, second = keys.gate_public_key(), keys.gate_public_key()
        assert key_id(first) == key_id(second)
        assert load_pem_public_key(keys.gate_public_pem().encode()) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_make_it_at_once_agree(tmp_path: Path) -> None:
    with (
        override_settings(GATE_KEY_PATH=tmp_path / "gate.pem", GATE_KEY_MAY_BE_CREATED=True),
        ThreadPoolExecutor(8) as pool,
    ):
        made = set(pool.map(lambda _: key_id(keys.gate_public_key()), range(16)))
    assert len(made) == 1


@override_settings(GATE_KEY_MAY_BE_CREATED=False)
def test_a_missing_key_is_an_error_where_it_may_not_be_made(tmp_path: Path) -> None:
    with override_settings(GATE_KEY_PATH=tmp_path / "gate.pem"), pytest.raises(keys.GateKeyUnavailable) as refusal:
        keys.gate_key()
    assert refusal.value.status == 503
    assert str(tmp_path) not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no key",
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ed25519.Ed25519PrivateKey.generate()),
    ],
)
def test_what_is_no_p256_key_is_refused_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gate.pem"
    path.write_bytes(content)
    with override_settings(GATE_KEY_PATH=path, GATE_KEY_MAY_BE_CREATED=True), pytest.raises(keys.GateKeyUnavailable):
        keys.gate_key()
    assert path.read_bytes() == content
