"""What does every test start from? People, API callers, and a database that tests alone may empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import settings as hypothesis_settings
from kombu import pools
from rest_framework.test import APIClient

from registry.models.user import Role, RoleGrant, User

# How long an example takes says something of the machine, not of the product.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

PASSWORD = "correct horse battery staple"

# The catalogue says which triggers refuse TRUNCATE, so a table that becomes append-only needs no entry here.
GUARDS = """
DO $$
DECLARE
    guard record;
BEGIN
    FOR guard IN SELECT tgrelid::regclass AS name, tgname FROM pg_trigger WHERE tgname = 'append_only_truncate' LOOP
        EXECUTE format('ALTER TABLE %s {change} TRIGGER %I', guard.name, guard.tgname);
    END LOOP;
END $$;
"""
GUARDS_OFF, GUARDS_ON = GUARDS.replace("{change}", "DISABLE"), GUARDS.replace("{change}", "ENABLE ALWAYS")


@pytest.fixture(scope="session", autouse=True)
def flush_as_owner() -> Iterator[None]:
    """Tests with real transactions end in Django's flush, a TRUNCATE, which append-only tables refuse.

    The tests' role owns the tables, so it may lift that guard and put it back, in the flush's one transaction. There
    is no such switch in the product.
    """
    original = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, *args: Any, **kwargs: Any) -> list[str]:
        statements: list[str] = original(self, *args, **kwargs)
        return [GUARDS_OFF, *statements, GUARDS_ON] if statements else statements

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Connections to the queue are given back before the test database is dropped."""
    yield
    pools.reset()


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """`person("ada", Role.APPROVER)`: a saved account that holds these roles, with the password PASSWORD."""

    def make(username: str, *roles: Role | str) -> User:
        user: User = User.objects.create_user(
            username, f"{username}@example.org", PASSWORD, full_name=username.replace("_", " ").title()
        )
        RoleGrant.objects.bulk_create(RoleGrant(user=user, role=str(role)) for role in roles)
        return user

    return make


@pytest.fixture
def api() -> Callable[[User], APIClient]:
    """`api(user)`: an API client in that person's own session."""

    def make(user: User) -> APIClient:
        client = APIClient()
        client.force_login(user)
        return client

    return make
