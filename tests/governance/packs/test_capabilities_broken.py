"""When Formulary stops doing what a policy relies on, does every control that asks for it fail?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from django.db import connection

from governance.core import duties, suppression
from governance.core.policy import AllOf, CapabilityRule, Rule
from governance.core.statements import Status
from governance.services import capabilities_people as people
from governance.services import catalog, signatures
from registry.core.lifecycle import MOVES, State
from registry.core.scopes import SCOPES
from registry.services import card
from tests.governance.packs.shipped import CONTROLS, asked_by, least_answers
from tests.governance.packs.world import PRODUCTION, World
from tests.governance.packs.world_profiles import PROFILES

# One statement each, after which the database no longer keeps its promise.
SPOILED: Final[Mapping[str, str]] = {
    "append_only_ledger": "ALTER TABLE governance_ledgerentry DISABLE TRIGGER append_only_row",
    "records_append_only": "DROP TRIGGER append_only_row ON audits_checkrow",
    "signatures_bound": "ALTER TABLE governance_signature ALTER record_sha256 DROP NOT NULL",
    "signature_manifestation": "ALTER TABLE governance_signature ALTER printed_name DROP NOT NULL",
    "unique_usernames": "DROP INDEX user_name_unique_in_any_case",
    "accounts_never_deleted": "ALTER TABLE governance_goal ADD spoiled uuid REFERENCES registry_user ON DELETE CASCADE",
    "retention_no_deletion": "ALTER TABLE governance_goal ADD spoiled uuid REFERENCES registry_user ON DELETE CASCADE",
    "token_revocation": "ALTER TABLE registry_apitoken DROP COLUMN revoked_at",
    "evidence_export_two_forms": "ALTER TABLE governance_export ALTER json_sha256 DROP NOT NULL",
    "pseudonymised_tables": "ALTER TABLE registry_tablesubject ADD COLUMN name text",
    "data_integrity": "ALTER TABLE registry_predictiontable ALTER parsed_sha256 DROP NOT NULL",
    "document_control": "ALTER TABLE governance_documentrevision DISABLE TRIGGER append_only_row",
    "card_history": "DROP TRIGGER append_only_truncate ON registry_cardentry",
    "consent_history": "ALTER TABLE governance_consentrecord DISABLE TRIGGER USER",
    "plan_before_audit": "ALTER TABLE audits_audit ALTER plan_id DROP NOT NULL",
    "inventory": "ALTER TABLE registry_modelversion DROP CONSTRAINT version_number_once_per_model",
    "ledger_verifies": """
        ALTER TABLE governance_ledgerentry DISABLE TRIGGER USER;
        UPDATE governance_ledgerentry SET entry = entry || '\\x20'::bytea
         WHERE idx = (SELECT max(idx) FROM governance_ledgerentry)
    """,
}
LAX: Final[Mapping[str, Mapping[str, Any]]] = {
    "sign_in_lockout": {"SIGN_IN_TRIES": 1000},
    "passwords_validated": {"AUTH_PASSWORD_VALIDATORS": []},
    "automatic_logoff": {"SESSION_COOKIE_AGE": 14 * 24 * 3600},
    "server_time": {"USE_TZ": False},
    "role_checks": {"REST_FRAMEWORK": {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]}},
    "signed_decisions": {"GATE_KEY_PATH": "/nowhere/gate.pem", "GATE_KEY_MAY_BE_CREATED": False},
    "tls_cookies": {"SESSION_COOKIE_SECURE": False},
    "passwords_hashed": {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]},
}
# A rule of the program itself: a release in which it were another one.
LOOSENED: Final[Mapping[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "signing_lockout": lambda patch: patch.setattr(signatures, "TRIES", 10**6),
    "aggregate_exports": lambda patch: patch.setattr(suppression, "SMALL", 2),
    "retirement": lambda patch: patch.setitem(MOVES, State.RETIRED, frozenset({State.APPROVED})),
    "state_machine": lambda patch: patch.setitem(MOVES, State.DRAFT, frozenset({State.APPROVED})),
    "suspension": lambda patch: patch.setitem(MOVES, State.APPROVED, frozenset()),
    "tokens_never_sign": lambda patch: patch.setitem(SCOPES, "versions:sign", "Sign for a person"),
    "signature_reauthentication": lambda patch: patch.setattr(people, "signing", lambda: (lambda *, by: by,)),
    "separation_of_duties": lambda patch: patch.setattr(duties, "against_signing", lambda **_: None),
}
USED = frozenset(leaf.capability for name in CONTROLS for leaf in asked_by(name) if isinstance(leaf, CapabilityRule))


def needs(rule: Rule, capability: str) -> bool:
    """Whether nothing else can stand in for it."""
    if isinstance(rule, AllOf):
        return any(needs(each, capability) for each in rule.rules)
    return isinstance(rule, CapabilityRule) and rule.capability == capability


@pytest.mark.parametrize("capability", sorted(USED))
def test_every_control_that_needs_it_fails_without_it(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch, capability: str
) -> None:
    relying = [name for name, (_, control) in CONTROLS.items() if needs(control.rule, capability)]
    before = world.under(PROFILES[0])[1]
    for name, value in {**PRODUCTION, **LAX.get(capability, {})}.items():
        setattr(settings, name, value)
    if capability in SPOILED:
        with connection.cursor() as cursor:
            cursor.execute(SPOILED[capability])
        catalog.forget()
    if capability in LOOSENED:
        LOOSENED[capability](monkeypatch)
    after = world.now(at=datetime.now(UTC), as_in_production=False)
    asked = [name for name in relying if before[name].status is Status.MET]
    assert {name: after[name].status for name in asked} == dict.fromkeys(asked, Status.NOT_MET)
    untouched = {name for name in CONTROLS if not any(isinstance(each, CapabilityRule) for each in asked_by(name))}
    moved = {name for name in untouched if after[name].status is not before[name].status}
    # A ledger that was altered vouches for nothing any more.
    assert not moved or capability == "ledger_verifies", moved


@pytest.mark.parametrize(("name", "capability"), [("us-hipaa:hip-312e", "tls_cookies"), ("us-hipaa:hip-312c", "")])
def test_where_a_document_may_stand_in_neither_is_enough(
    world: World, settings: Any, name: str, capability: str
) -> None:
    """The document is filed for the proven model only."""
    card.state_many(model=world.bare.model, by=world.dora, values=least_answers(name))
    for key, value in {**PRODUCTION, **LAX.get(capability, {})}.items():
        setattr(settings, key, value)
    if not capability:
        with connection.cursor() as cursor:
            cursor.execute(SPOILED["data_integrity"])
        catalog.forget()
    assert world.now(world.bare, as_in_production=False)[name].status is Status.NOT_MET
    assert world.now(as_in_production=False)[name].status is Status.MET


def test_every_capability_that_a_pack_names_is_broken_here() -> None:
    assert {*SPOILED, *LAX, *LOOSENED} >= USED


def test_the_ledger_that_cannot_be_read_closes_the_gate(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE governance_ledgernode DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM governance_ledgernode")
    assert world.now()["baseline:ledger-intact"].status is Status.NOT_MET
