"""Does the running system behave as policies ask, and is it noticed when it does not?"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import ForeignKey
from django.test.utils import CaptureQueriesContext

from governance.core import duties, suppression
from governance.core.capabilities import CAPABILITIES
from governance.core.facts import Capability
from governance.models.signature import Signature
from governance.services import capabilities, catalog, signatures
from governance.services import capabilities_database as database
from governance.services import capabilities_people as people
from governance.services.capabilities import CHECKS
from registry.core.lifecycle import MOVES, State
from registry.core.scopes import ROLE_SCOPES, SCOPES
from registry.models.user import Role
from tests.governance import scene as scenes

pytestmark = pytest.mark.django_db

# What the tests' own settings lack; production has it.
NOT_IN_TESTS = {"second_factor", "passwords_hashed", "tls_cookies"}


@pytest.fixture(autouse=True)
def read_afresh() -> Iterator[None]:
    catalog.forget()
    yield
    catalog.forget()


def found(key: str) -> Capability:
    (one,) = capabilities.found([key])
    return one


def test_every_capability_of_the_vocabulary_has_a_check() -> None:
    assert set(CHECKS) == set(CAPABILITIES)


@pytest.mark.parametrize("key", sorted(set(CAPABILITIES) - NOT_IN_TESTS))
def test_formulary_behaves_so(key: str) -> None:
    answer = found(key)
    assert answer.holds, answer.text


def test_a_busy_system_behaves_so_too() -> None:
    scenes.complete().ask()
    lacking = {each.key: each.text for each in capabilities.found(CAPABILITIES) if not each.holds}
    assert set(lacking) == NOT_IN_TESTS, lacking


def test_a_capability_that_nobody_knows_is_not_there() -> None:
    assert capabilities.found(["unheard_of"]) == ()


def test_there_is_no_second_factor_and_it_says_so() -> None:
    answer = found("second_factor")
    assert not answer.holds
    assert "password only" in answer.text


@pytest.mark.parametrize(
    ("key", "spoiled"),
    [
        ("append_only_ledger", "ALTER TABLE governance_ledgerentry DISABLE TRIGGER append_only_row"),
        ("append_only_ledger", "ALTER TABLE governance_ledgernode DISABLE TRIGGER ledger_insert"),
        ("append_only_ledger", "ALTER TABLE governance_ledgerbody ENABLE TRIGGER append_only_truncate"),
        ("records_append_only", "DROP TRIGGER append_only_row ON audits_checkrow"),
        ("records_append_only", "DROP TRIGGER append_only_row ON governance_controlwaiver"),
        ("records_append_only", "DROP TRIGGER append_only_row ON governance_overlayloosening"),
        ("records_append_only", "DROP TRIGGER append_only_row ON governance_riskacceptance"),
        ("signatures_bound", "ALTER TABLE governance_signature DISABLE TRIGGER USER"),
        ("signatures_bound", "ALTER TABLE governance_signature ALTER record_sha256 DROP NOT NULL"),
        ("signature_manifestation", "ALTER TABLE governance_signature ALTER printed_name DROP NOT NULL"),
        ("unique_usernames", "DROP INDEX user_name_unique_in_any_case"),
        ("token_revocation", "ALTER TABLE registry_apitoken DROP COLUMN revoked_at"),
        ("token_revocation", "ALTER TABLE registry_apitoken ALTER expires_at DROP NOT NULL"),
        ("evidence_export_two_forms", "ALTER TABLE governance_export ALTER json_sha256 DROP NOT NULL"),
        ("pseudonymised_tables", "ALTER TABLE registry_tablesubject ADD COLUMN name text"),
        ("data_integrity", "ALTER TABLE registry_predictiontable ALTER parsed_sha256 DROP NOT NULL"),
        ("document_control", "ALTER TABLE governance_documentrevision DISABLE TRIGGER append_only_row"),
        ("card_history", "DROP TRIGGER append_only_truncate ON registry_cardentry"),
        ("consent_history", "ALTER TABLE governance_consentrecord DISABLE TRIGGER USER"),
        ("plan_before_audit", "ALTER TABLE audits_audit ALTER plan_id DROP NOT NULL"),
        ("inventory", "ALTER TABLE registry_modelversion DROP CONSTRAINT version_number_once_per_model"),
    ],
)
def test_a_promise_that_the_database_no_longer_keeps_is_noticed(key: str, spoiled: str) -> None:
    assert found(key).holds
    with connection.cursor() as cursor:
        cursor.execute(spoiled)
    catalog.forget()
    assert not found(key).holds


def test_deleting_rows_along_with_an_account_is_noticed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE governance_goal ADD COLUMN spoiled uuid REFERENCES registry_user ON DELETE CASCADE")
    assert not found("accounts_never_deleted").holds
    assert not found("retention_no_deletion").holds


def test_a_ledger_entry_that_was_altered_is_noticed() -> None:
    scenes.ready()
    assert found("ledger_verifies").holds
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("SELECT max(idx) FROM governance_ledgerentry")
        (last,) = cursor.fetchone()
        cursor.execute("UPDATE governance_ledgerentry SET entry = entry || '\\x20'::bytea WHERE idx = %s", [last])
    assert not found("ledger_verifies").holds


def test_a_signed_record_that_was_altered_is_noticed() -> None:
    scenes.complete()
    assert found("signatures_bound").holds
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_signature DISABLE TRIGGER USER")
        cursor.execute("""UPDATE governance_signature SET record = '{"other": 1}'""")
        cursor.execute("ALTER TABLE governance_signature ENABLE ALWAYS TRIGGER append_only_row")
        cursor.execute("ALTER TABLE governance_signature ENABLE ALWAYS TRIGGER append_only_truncate")
    answer = found("signatures_bound")
    assert not answer.holds
    assert "digest of its record" in answer.text


PRODUCTION: dict[str, Any] = {
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 3600,
}


def test_the_header_of_a_proxy_redirects_nothing(settings: Any) -> None:
    for name, value in PRODUCTION.items():
        setattr(settings, name, value)
    settings.SECURE_SSL_REDIRECT = False
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert not found("tls_cookies").holds


def test_production_settings_encrypt_and_each_that_is_off_is_named(settings: Any) -> None:
    for name, value in PRODUCTION.items():
        setattr(settings, name, value)
    assert found("tls_cookies").holds
    for name in PRODUCTION:
        setattr(settings, name, False)
        answer = found("tls_cookies")
        assert not answer.holds
        assert name in answer.text
        setattr(settings, name, PRODUCTION[name])


@pytest.mark.parametrize(
    ("key", "name", "value"),
    [
        ("passwords_validated", "AUTH_PASSWORD_VALIDATORS", []),
        ("sign_in_lockout", "AUTHENTICATION_BACKENDS", ["django.contrib.auth.backends.ModelBackend"]),
        ("sign_in_lockout", "SIGN_IN_TRIES", 1000),
        ("sign_in_lockout", "SIGN_IN_LOCK", timedelta(seconds=1)),
        ("automatic_logoff", "SESSION_COOKIE_AGE", 14 * 24 * 3600),
        ("server_time", "USE_TZ", False),
        ("token_revocation", "TOKEN_MAX_LIFETIME", timedelta(days=4000)),
        ("role_checks", "REST_FRAMEWORK", {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]}),
        ("signed_decisions", "GATE_KEY_PATH", "/nowhere/gate.pem"),
    ],
)
def test_a_setting_that_breaks_a_promise_is_noticed(settings: Any, key: str, name: str, value: Any) -> None:
    if key == "signed_decisions":
        settings.GATE_KEY_MAY_BE_CREATED = False
    setattr(settings, name, value)
    assert not found(key).holds


def test_slow_hashes_are_recognised(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert found("passwords_hashed").holds


def test_rules_that_were_loosened_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "TRIES", 10**6)
    assert not people.signing_lockout().holds
    monkeypatch.setattr(suppression, "SMALL", 2)
    assert not people.aggregate_exports().holds
    monkeypatch.setitem(MOVES, State.RETIRED, frozenset({State.APPROVED}))
    assert not people.retirement().holds
    monkeypatch.setitem(MOVES, State.DRAFT, frozenset({State.APPROVED}))
    assert not people.state_machine().holds
    monkeypatch.setitem(MOVES, State.APPROVED, frozenset())
    assert not people.suspension().holds
    monkeypatch.setitem(SCOPES, "versions:sign", "Sign for a person")
    assert not people.tokens_never_sign().holds
    monkeypatch.setitem(ROLE_SCOPES, Role.ADMINISTRATOR.value, frozenset(SCOPES))
    assert not people.role_checks().holds
    monkeypatch.setattr(people, "signing", lambda: (lambda *, by: by,))
    assert not people.signature_reauthentication().holds


def test_duties_that_are_no_longer_kept_apart_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "against_signing", lambda **_: None)
    answer = people.separation_of_duties()
    assert not answer.holds
    assert "a contributor can review" in answer.text


def test_all_checks_together_are_quick_and_the_catalogue_is_read_once_a_minute() -> None:
    capabilities.found(CAPABILITIES)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        started = time.perf_counter()
        capabilities.found(CAPABILITIES)
        took = time.perf_counter() - started
    assert len(queries) <= 12, [each["sql"][:100] for each in queries]
    assert not any("pg_trigger" in each["sql"] for each in queries)
    assert took < 0.2  # 20 ms on an idle machine; the bound leaves room for a busy one


def test_the_answers_are_the_same_words_while_the_system_is_the_same() -> None:
    first = capabilities.found(CAPABILITIES)
    with transaction.atomic():
        scenes.ready()
    assert capabilities.found(CAPABILITIES) == first


def test_every_table_that_the_database_guards_is_one_that_policies_rely_on() -> None:
    guarded = {table for table, _ in catalog.catalog().guards if catalog.catalog().append_only(table)}
    assert guarded - set(database.LEDGER) == set(database.records())


def test_everything_that_refers_to_a_signature_is_a_record_that_nobody_may_change() -> None:
    referring = {
        model._meta.db_table
        for model in apps.get_models()
        for each in model._meta.get_fields()
        if isinstance(each, ForeignKey) and each.related_model is Signature
    }
    assert {"governance_controlwaiver", "governance_overlayloosening", "governance_documentreview"} <= referring
    assert referring <= set(database.records())


def test_everything_that_calls_the_signing_service_is_asked_whether_it_demands_the_password() -> None:
    """Read from the sources, where the check reads what is running."""
    services = Path(signatures.__file__).parent
    calling = {
        path.stem
        for path in services.glob("*.py")
        if any(
            isinstance(node, ast.Call) and ast.unparse(node.func) == "signatures.sign"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    asked = {each.__module__.rpartition(".")[2] for each in people.signing()}
    assert {"approvals", "control_waivers", "overlay_signing", "waivers"} <= calling
    assert asked == calling
    names = {f"{each.__module__.rpartition('.')[2]}.{each.__name__}" for each in people.signing()}
    assert {"control_waivers.waive", "overlay_signing.sign_loosening", "waivers.waive_many"} <= names


def test_a_service_that_signs_without_a_password_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(*, by: str, password: str = "") -> str:
        return by + password

    monkeypatch.setattr(people, "signing", lambda: (hasty,))
    answer = people.signature_reauthentication()
    assert not answer.holds
    assert "hasty asks for no password" in answer.text
