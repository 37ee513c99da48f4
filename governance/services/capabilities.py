"""Does Formulary, as it runs now, behave as a policy asks? One real check for each capability."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from governance.core import facts
from governance.services import capabilities_database as database
from governance.services import capabilities_people as people
from governance.services import capabilities_settings as settings
from governance.services.capability_answer import Answer

CHECKS: Mapping[str, Callable[[], Answer]] = MappingProxyType(
    {
        "append_only_ledger": database.append_only_ledger,
        "ledger_verifies": database.ledger_verifies,
        "records_append_only": database.records_append_only,
        "signatures_bound": database.signatures_bound,
        "signature_manifestation": database.signature_manifestation,
        "signature_reauthentication": people.signature_reauthentication,
        "signing_lockout": people.signing_lockout,
        "sign_in_lockout": settings.sign_in_lockout,
        "second_factor": settings.second_factor,
        "unique_usernames": database.unique_usernames,
        "accounts_never_deleted": database.accounts_never_deleted,
        "role_checks": people.role_checks,
        "state_machine": people.state_machine,
        "separation_of_duties": people.separation_of_duties,
        "tokens_never_sign": people.tokens_never_sign,
        "token_revocation": database.token_revocation,
        "passwords_validated": settings.passwords_validated,
        "passwords_hashed": settings.passwords_hashed,
        "automatic_logoff": settings.automatic_logoff,
        "tls_cookies": settings.tls_cookies,
        "server_time": settings.server_time,
        "evidence_export_two_forms": database.evidence_export_two_forms,
        "aggregate_exports": people.aggregate_exports,
        "pseudonymised_tables": database.pseudonymised_tables,
        "retention_no_deletion": database.retention_no_deletion,
        "data_integrity": database.data_integrity,
        "document_control": database.document_control,
        "card_history": database.card_history,
        "suspension": people.suspension,
        "retirement": people.retirement,
        "inventory": database.inventory,
        "consent_history": database.consent_history,
        "plan_before_audit": database.plan_before_audit,
        "signed_decisions": settings.signed_decisions,
    }
)


def found(keys: Iterable[str]) -> tuple[facts.Capability, ...]:
    """What each check finds now. A capability that nobody knows is left out, and what is absent never helps."""
    return tuple(_found(key) for key in keys if key in CHECKS)


def _found(key: str) -> facts.Capability:
    answer = CHECKS[key]()
    return facts.Capability(key, answer.holds, answer.text)
