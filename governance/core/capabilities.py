"""What can a policy ask of Formulary itself? Every key that a pack may name.

The check that answers each on the running system stands in `governance.services.capabilities`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Behaviour:
    """label: a few words. meaning: one plain sentence, what Formulary does. remedy: what to do when it does not."""

    key: str
    label: str
    meaning: str
    remedy: str = "Run the database migrations of this release, then look again."


_SETTING = "Start Formulary with the production settings, or mend the setting that is named."
_RELEASE = "Run a release of Formulary that has it."

_ALL = (
    Behaviour("append_only_ledger", "Ledger only grows", "The database refuses to change or delete a ledger entry."),
    Behaviour(
        "ledger_verifies",
        "Ledger is intact",
        "The newest entries and the head of the ledger agree with their hashes.",
        "Run `manage.py ledger verify`, and restore the ledger from a backup if it is damaged.",
    ),
    Behaviour(
        "records_append_only",
        "Records are never overwritten",
        "The database refuses to change or delete signatures, approvals, waivers, plans, results and decisions.",
    ),
    Behaviour(
        "signatures_bound",
        "Signatures are bound to their record",
        "Each signature holds the digest of the record that was signed, and the database keeps both unchanged.",
    ),
    Behaviour(
        "signature_manifestation",
        "Signatures say who, when and why",
        "Each signature holds the printed name, the time and the meaning, and none of them can be empty.",
    ),
    Behaviour(
        "signature_reauthentication",
        "Signing asks for the password again",
        "Nobody can sign without giving the password at that moment.",
        _RELEASE,
    ),
    Behaviour(
        "signing_lockout",
        "Signing closes after wrong passwords",
        "After a few wrong passwords signing is closed for a while, and each try is on record.",
        _RELEASE,
    ),
    Behaviour(
        "sign_in_lockout",
        "Signing in closes after wrong passwords",
        "After a few wrong passwords a user name is locked for a while.",
        _SETTING,
    ),
    Behaviour("second_factor", "Second factor", "Signing in asks for a second proof beside the password.", _RELEASE),
    Behaviour("unique_usernames", "Each user name belongs to one person", "No two accounts share a user name."),
    Behaviour(
        "accounts_never_deleted",
        "Accounts are closed, never deleted",
        "The database refuses to delete an account that has put its name to anything.",
    ),
    Behaviour(
        "role_checks",
        "Roles decide who may do what",
        "Every call to the programming interface is refused unless a role allows it.",
        _SETTING,
    ),
    Behaviour(
        "state_machine",
        "Steps follow a fixed order",
        "A version moves from state to state only as the table of legal moves allows.",
        _RELEASE,
    ),
    Behaviour(
        "separation_of_duties",
        "Nobody signs their own work",
        "Whoever contributed to a version can neither review, approve nor waive it.",
        _RELEASE,
    ),
    Behaviour("tokens_never_sign", "Programs cannot sign", "No token carries a scope that lets it sign.", _RELEASE),
    Behaviour(
        "token_revocation",
        "Tokens expire and can be revoked",
        "Every token has an end, only its hash is kept, and it can be revoked at once.",
    ),
    Behaviour(
        "passwords_validated",
        "Weak passwords are refused",
        "Passwords have at least 12 characters, are not common, and do not resemble the account's name.",
        _SETTING,
    ),
    Behaviour(
        "passwords_hashed",
        "Passwords are kept as slow hashes",
        "Stored passwords are hashes of a kind that is made to be slow.",
        _SETTING,
    ),
    Behaviour(
        "automatic_logoff",
        "Sessions end by themselves",
        "A session ends after at most 12 hours.",
        _SETTING,
    ),
    Behaviour(
        "tls_cookies",
        "Traffic is encrypted",
        "Pages are served over TLS only, and cookies are sent over nothing else.",
        _SETTING,
    ),
    Behaviour(
        "server_time",
        "Times come from the server",
        "Times are kept in UTC with their zone, and the clocks of database and server agree.",
        "Set the clocks of the database and the server by the same time service.",
    ),
    Behaviour(
        "evidence_export_two_forms",
        "Evidence leaves in two forms",
        "An export makes one document to read and one to compute with, each known by its digest.",
    ),
    Behaviour(
        "aggregate_exports",
        "Evidence holds no patient's row",
        "Reports are made of counts, and small counts are hidden.",
        _RELEASE,
    ),
    Behaviour(
        "pseudonymised_tables",
        "Patients appear as pseudonyms",
        "Prediction tables hold pseudonyms, and no field for a name or an address.",
        _RELEASE,
    ),
    Behaviour(
        "retention_no_deletion",
        "Nothing is deleted",
        "No record of evidence is deleted along with another one.",
    ),
    Behaviour(
        "data_integrity",
        "Uploaded data are known by digest",
        "Every table is stored under a digest of its bytes, which each audit reads it by.",
    ),
    Behaviour(
        "document_control",
        "Documents have revisions",
        "Every revision of a document is kept unchanged under its number and digest.",
    ),
    Behaviour(
        "card_history",
        "The card keeps its history",
        "Every answer of the card is kept with its author and day, and none is overwritten.",
    ),
    Behaviour(
        "suspension",
        "Use can be stopped at once",
        "An approved version can be suspended, and its permission ends at that moment.",
        _RELEASE,
    ),
    Behaviour(
        "retirement",
        "Versions can be retired for good",
        "Every state leads to retirement, and nothing leads back.",
        _RELEASE,
    ),
    Behaviour(
        "inventory",
        "Every model has one entry",
        "Models are listed under names that are never used twice, and versions under numbers that are never reused.",
    ),
    Behaviour(
        "consent_history",
        "Consent is kept as it was given",
        "Every word of a patient is kept with its time, and none is overwritten by a later one.",
    ),
    Behaviour(
        "plan_before_audit",
        "Criteria come before results",
        "A validation plan cannot be changed, and every audit names the plan under which it ran.",
    ),
    Behaviour(
        "signed_decisions",
        "Decisions are signed",
        "The gate signs each decision with its own key.",
        "Give the gate its key, as the guide on running in production says.",
    ),
)
CAPABILITIES: Mapping[str, Behaviour] = MappingProxyType({each.key: each for each in _ALL})
