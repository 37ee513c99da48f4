"""What if two ask at once? Numbers follow each other, and nothing is decided on half a change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from governance import ledger
from governance.errors import SignLocked
from governance.models.decision import GateDecision
from governance.models.ledger import LedgerEntry
from governance.services import gate, signatures
from registry.errors import PasswordWrong
from registry.models.user import Role, User
from registry.models.version import ModelVersion
from tests.governance import scene as scenes


@pytest.mark.django_db(transaction=True)
def test_eight_askers_get_eight_consecutive_numbers() -> None:
    pk = scenes.ready().version.pk

    def ask(_: int) -> int:
        try:
            version = ModelVersion.objects.get(pk=pk)
            return gate.decide(version=version, environment="staging", by=None, because="at once").number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(8))) == list(range(1, 9))
    assert GateDecision.objects.count() == 8
    assert ledger.verify().ok


@pytest.mark.django_db(transaction=True)
def test_ten_guesses_at_once_are_still_only_five() -> None:
    user = scenes.account("rita", Role.REVIEWER)

    def guess(_: int) -> type[Exception]:
        try:
            signatures.confirm(by=User.objects.get(pk=user.pk), password="guess")
        except (PasswordWrong, SignLocked) as refused:
            return type(refused)
        finally:
            connection.close()
        raise AssertionError("a guess was let in")

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(guess, range(10)))
    assert (answers.count(PasswordWrong), answers.count(SignLocked)) == (5, 5)
    assert LedgerEntry.objects.filter(kind="signature.refused").count() == 5
