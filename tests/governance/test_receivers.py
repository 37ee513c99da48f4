"""Does every fact reach the ledger, in its own transaction?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.dispatch import Signal

from audits import signals as audit_signals
from governance import receivers, recording
from governance.ledger import Fact
from governance.models.ledger import LedgerEntry
from governance.services import packs
from registry import signals
from registry.models.team import Team
from registry.models.user import Role
from registry.services import teams, tokens, users
from tests.governance import scene as scenes

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return list(LedgerEntry.objects.order_by("idx").values_list("kind", flat=True))


def test_every_signal_has_its_row_in_the_table() -> None:
    known = {id(signal) for signal, _ in receivers.TABLE}
    for module in (signals, audit_signals):
        told = {name for name, value in vars(module).items() if isinstance(value, Signal) and id(value) not in known}
        assert told == set()


def test_a_whole_story_is_told_in_order_with_its_actors() -> None:
    scene = scenes.ready()
    assert kinds()[: len(packs.shipped())] == ["policy.loaded"] * len(packs.shipped())
    told = [kind for kind in kinds() if not kind.startswith("policy.")]
    assert told[:6] == [
        "team.created",
        "team.member_added",
        "dataset.registered",
        "model.registered",
        "version.created",
        "table.uploaded",
    ]
    assert told[6:] == ["plan.frozen", "version.submitted", *["audit.succeeded"] * 4]
    uploaded = LedgerEntry.objects.get(kind="table.uploaded")
    assert (uploaded.actor_id, uploaded.subject_version_id) == (scene.dora.pk, scene.version.pk)


def test_accounts_roles_and_tokens_are_told_without_secrets() -> None:
    admin = scenes.account("ada", Role.ADMINISTRATOR)
    user = users.create(
        by=admin, username="n", full_name="N", email="n@example.org", password="a long password 42", roles=["auditor"]
    )
    users.set_roles(by=admin, user=user, roles=["reviewer"])
    token, _ = tokens.issue(by=user, name="ci", scopes=["read"], lifetime=timedelta(days=1))
    tokens.revoke(by=user, token=token)
    assert kinds() == ["user.created", "role.changed", "token.issued", "token.revoked"]


def test_what_cannot_be_put_on_record_does_not_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = scenes.account("ada", Role.ADMINISTRATOR)

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("governance.ledger.append", full)
    with pytest.raises(OSError, match="no space"):
        teams.create(by=admin, name="Never")
    assert not Team.objects.exists()


def undone() -> None:
    with recording.together():
        recording.record(Fact("b", "test", "1", {}))
        recording.at_end("b", lambda: recording.record(Fact("b2", "test", "1", {})))
        raise ValueError("undo")


def test_facts_of_a_block_wait_for_its_end_and_an_undone_part_is_forgotten() -> None:
    with recording.together():
        recording.record(Fact("a", "test", "1", {}))
        with pytest.raises(ValueError, match="undo"):
            undone()
        for _ in range(2):
            recording.at_end("c", lambda: recording.record(Fact("c", "test", "1", {})))
        assert kinds() == []
    assert kinds() == ["a", "c"]
