"""Does a signed row count only while the row, the signed record and the ledger's entry say the same?"""

from __future__ import annotations

from uuid import uuid4

import pytest

from governance.history import Voucher
from governance.models.signature import Signature
from governance.services import witnesses
from registry.core.canonical import digest

SIGNER = uuid4()
RECORD = {"type": "version", "number": 1}
SAID = {"reason": "It is sound."}
UNSAYABLE = {"number": float("nan")}


def signature(record: object = RECORD, sha256: str | None = None) -> Signature:
    return Signature(
        signer_id=SIGNER, record=record, record_sha256=digest(RECORD) if sha256 is None else sha256, printed_name="Rita"
    )


def test_a_row_counts_while_all_three_agree() -> None:
    voucher = Voucher(SIGNER, digest(SAID))
    assert witnesses.why_not(signature(), SAID, voucher) == ""
    assert witnesses.why_not(signature(), SAID, voucher, signer=SIGNER) == ""


@pytest.mark.parametrize(
    ("signed", "said", "voucher", "why"),
    [
        (signature({"type": "other"}), SAID, Voucher(SIGNER, digest(SAID)), witnesses.RECORD_ALTERED),
        (signature(UNSAYABLE), SAID, Voucher(SIGNER, digest(SAID)), witnesses.RECORD_ALTERED),
        (signature(UNSAYABLE, ""), SAID, Voucher(SIGNER, digest(SAID)), witnesses.RECORD_ALTERED),
        (signature(), SAID, None, witnesses.NOT_VOUCHED),
        (signature(), SAID, Voucher(uuid4(), digest(SAID)), witnesses.NOT_VOUCHED),
        (signature(), SAID, Voucher(None, digest(SAID)), witnesses.NOT_VOUCHED),
        (signature(), {"reason": "Other."}, Voucher(SIGNER, digest(SAID)), witnesses.ALTERED),
        (signature(), UNSAYABLE, Voucher(SIGNER, ""), witnesses.ALTERED),
    ],
)
def test_one_that_disagrees_is_named(
    signed: Signature, said: dict[str, object], voucher: Voucher | None, why: str
) -> None:
    assert witnesses.why_not(signed, said, voucher) == why


def test_whom_the_row_itself_names_must_be_the_signer() -> None:
    voucher = Voucher(SIGNER, digest(SAID))
    assert witnesses.why_not(signature(), SAID, voucher, signer=uuid4()) == witnesses.NOT_VOUCHED


def test_a_caller_may_have_words_of_its_own_for_what_was_not_signed() -> None:
    other = {"reason": "Other."}
    assert witnesses.why_not(signature(), other, Voucher(SIGNER, digest(SAID)), altered="not theirs") == "not theirs"
