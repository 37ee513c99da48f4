"""Who may do what: every role has a row, every scope has a meaning, and somebody holds each."""

from __future__ import annotations

import pytest

from registry.core import scopes
from registry.core.scopes import ROLE_SCOPES, SCOPES, scopes_of
from registry.models.user import Role

HOLDERS = {
    "card:write": {"developer", "compliance"},
    "documents:write": {"developer", "steward", "reviewer", "compliance"},
    "risks:write": {"developer", "reviewer", "compliance"},
    "training:write": {"administrator", "compliance"},
    "incidents:write": {"developer", "reviewer", "approver", "steward", "compliance"},
    "policies:write": {"compliance"},
    "sites:write": {"administrator", "compliance"},
}


def test_every_role_that_can_be_granted_has_its_row() -> None:
    assert set(ROLE_SCOPES) == set(Role.values)


def test_every_scope_has_a_meaning_and_somebody_who_holds_it() -> None:
    named = {value for name, value in vars(scopes).items() if name.isupper() and isinstance(value, str)}
    assert named == set(SCOPES)
    assert frozenset().union(*ROLE_SCOPES.values()) == named


@pytest.mark.parametrize("scope", HOLDERS)
def test_a_scope_is_held_by_the_roles_that_need_it_and_no_others(scope: str) -> None:
    assert {role for role, held in ROLE_SCOPES.items() if scope in held} == HOLDERS[scope]


def test_a_compliance_officer_reads_asks_and_exports_but_neither_registers_nor_grants_roles() -> None:
    held = scopes_of(frozenset({"compliance"}))
    assert {"read", "gate:evaluate", "evidence:export"} <= held
    assert not held & {"models:write", "tables:write", "tables:read", "plans:write", "audits:run", "users:write"}


def test_an_auditor_writes_nothing() -> None:
    assert not any(scope.endswith(":write") for scope in ROLE_SCOPES["auditor"])
