"""Which promises does the database keep by itself? Read from its catalogue, and from what is newest in its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.conf import settings
from django.db.models import CASCADE, Field, ForeignKey, Q

from governance import ledger
from governance.core.merkle import leaf_hash
from governance.ledger import LedgerDamaged
from governance.models.ledger import LedgerEntry
from governance.models.signature import Signature
from governance.services import witnesses
from governance.services.capability_answer import Answer, unless
from governance.services.catalog import catalog
from registry.errors import Refused

OURS = ("registry", "audits", "governance")
LEDGER = {
    "governance_ledgerentry": "ledger_entry_guard",
    "governance_ledgernode": "ledger_node_guard",
    "governance_ledgerbody": "ledger_body_guard",
}
# What stands for ever, beside signatures and what they are put to.
RECORDS = (
    "audits_auditattempt",
    "audits_checkrow",
    "audits_measurementrow",
    "audits_validationplan",
    "governance_consentimport",
    "governance_consentrecord",
    "governance_document",
    "governance_documentrevision",
    "governance_gatedecision",
    "governance_goal",
    "governance_goalreview",
    "governance_governedplan",
    "governance_logregistration",
    "governance_policyoverlay",
    "governance_policypack",
    "governance_readiness",
    "governance_riskcontrol",
    "governance_riskentry",
    "governance_riskrevision",
    "governance_trainingimport",
    "governance_trainingrecord",
    "governance_versionchange",
    "registry_cardentry",
)
# What is worked out from facts that stand elsewhere may go with them, and be made again.
MADE_AGAIN = frozenset({"Assessment", "AssessmentTouch"})
NEWEST = 5


def append_only_ledger() -> Answer:
    found = catalog()
    unchecked = [name for name, guard in LEDGER.items() if not found.checks_inserts(name, guard)]
    open_ = [*_open(LEDGER), *(f"nothing checks what is added to {name}" for name in unchecked)]
    return unless(open_, so="Triggers refuse every change to the ledger, and check what is added to it.")


def ledger_verifies() -> Answer:
    """The newest entries and the root; `manage.py ledger verify` reads them all."""
    try:
        ledger.head()
        newest = LedgerEntry.objects.order_by("-idx")[:NEWEST]
        wrong = [row.idx for row in newest if bytes(row.leaf_hash) != leaf_hash(bytes(row.entry))]
    except (LedgerDamaged, Refused) as error:
        return Answer(False, f"The head of the ledger cannot be computed: {error}")
    against = [f"entry {idx} does not have the hash that stands for it" for idx in wrong]
    return unless(against, so="The newest entries and the head of the ledger agree with their hashes.")


def records() -> tuple[str, ...]:
    """The tables of records that nobody may change: signatures, everything that refers to one, and `RECORDS`."""
    signed = (each.related_model for each in Signature._meta.related_objects)
    return tuple(sorted({Signature._meta.db_table, *(each._meta.db_table for each in signed), *RECORDS}))


def records_append_only() -> Answer:
    return unless(_open(records()), so="Triggers refuse every change to signed records, plans, results and decisions.")


def signatures_bound() -> Answer:
    against = [
        *_open(["governance_signature"]),
        *_optional("governance_signature", "record", "record_sha256", "signer_id"),
    ]
    for row in Signature.objects.order_by("-signed_at")[:NEWEST]:
        if not witnesses.agrees(row.record, row.record_sha256):
            against.append(f"signature {row.pk} does not have the digest of its record")
    return unless(against, so="Each signature holds its record and the record's digest, and neither can be changed.")


def signature_manifestation() -> Answer:
    names = ("printed_name", "username", "meaning", "statement", "signed_at")
    against = _optional("governance_signature", *names)
    if Signature.objects.filter(Q(printed_name="") | Q(meaning="") | Q(statement="")).exists():
        against.append("a signature has no name, meaning or sentence")
    return unless(against, so="Every signature has a printed name, a time, a meaning and the sentence that was signed.")


def unique_usernames() -> Answer:
    against = _not_unique("registry_user", "user_name_unique_in_any_case")
    return unless(against, so="A unique index refuses a second account with the same user name, in any letter case.")


def accounts_never_deleted() -> Answer:
    """A row that refers to an account keeps it from being deleted, unless it would be deleted along with it."""
    kinds = {(table, kind) for table, target, kind in catalog().foreign if target == "registry_user"}
    against = [f"deleting an account would change {table}" for table, kind in sorted(kinds) if kind not in "ar"]
    if not any(table == "governance_signature" for table, _ in kinds):
        against.append("signatures do not refer to accounts")
    return unless(against, so="The database refuses to delete an account to which any record refers.")


def token_revocation() -> Answer:
    against = _optional("registry_apitoken", "expires_at", "secret_sha256")
    columns = catalog().columns_of("registry_apitoken")
    if "revoked_at" not in columns:
        against.append("a token cannot be revoked")
    if settings.TOKEN_MAX_LIFETIME.days > 366:
        against.append(f"a token may live for {settings.TOKEN_MAX_LIFETIME.days} days")
    days = settings.TOKEN_MAX_LIFETIME.days
    return unless(against, so=f"Tokens end after at most {days} days, can be revoked, and only their hash is kept.")


def evidence_export_two_forms() -> Answer:
    Export = apps.get_model("governance", "Export")
    against = _optional("governance_export", "pdf_sha256", "json_sha256")
    if Export.objects.filter(state="succeeded").filter(Q(pdf_sha256="") | Q(json_sha256="")).exists():
        against.append("a finished export lacks one of its two files")
    return unless(against, so="Every finished export has a document to read and a file to compute with.")


def pseudonymised_tables() -> Answer:
    known = {"id", "table_id", "pseudonym"}
    found = catalog().columns_of("registry_tablesubject")
    against = [f"the table of patients also has “{name}”" for name in sorted(found - known)]
    against += [f"the table of patients has no “{name}”" for name in sorted(known - found)]
    return unless(against, so="The database knows patients by pseudonym, and has no field for a name or an address.")


def retention_no_deletion() -> Answer:
    against = [
        f"{table} loses rows, or what they say, along with {target}"
        for table, target, kind in sorted(catalog().foreign)
        if kind not in "ar" and _is_ours(table)
    ]
    against += [f"{field.model.__name__}.{field.name} is deleted along with another record" for field in _cascading()]
    return unless(against, so="No record is deleted along with another one, neither by the database nor by Formulary.")


def data_integrity() -> Answer:
    against = _optional("registry_predictiontable", "file_sha256", "parsed_sha256")
    return unless(against, so="Every table is stored under the digest of its bytes, as uploaded and as read.")


def document_control() -> Answer:
    tables = ("governance_documentrevision", "governance_documentreview")
    against = [
        *_open(tables),
        *_optional("governance_documentrevision", "sha256", "effective_from"),
        *_not_unique("governance_documentrevision", "document_revision_once"),
    ]
    return unless(against, so="Revisions and their reviews cannot be changed, and no number is given twice.")


def card_history() -> Answer:
    against = [
        *_open(["registry_cardentry"]),
        *_optional("registry_cardentry", "author_id", "reviewed_on"),
        *_not_unique("registry_cardentry", "card_entry_number_once_per_field"),
    ]
    return unless(against, so="Answers of the card are added and never changed; each has its author and day.")


def inventory() -> Answer:
    against = [
        *_not_unique("registry_modelversion", "version_number_once_per_model"),
        *_not_unique("registry_model", ""),
    ]
    return unless(against, so="Names of models and numbers of versions are unique in the database.")


def consent_history() -> Answer:
    against = [
        *_open(["governance_consentrecord", "governance_consentimport"]),
        *_optional("governance_consentrecord", "recorded_at"),
    ]
    return unless(against, so="What patients said is added and never changed; each word has its time.")


def plan_before_audit() -> Answer:
    against = [*_open(["audits_validationplan"]), *_optional("audits_audit", "plan_id")]
    return unless(against, so="Plans cannot be changed, and every audit names the plan under which it ran.")


def _open(tables: Iterable[str]) -> list[str]:
    found = catalog()
    return [f"nothing keeps {table} from being changed" for table in tables if not found.append_only(table)]


def _optional(table: str, *columns: str) -> list[str]:
    found = catalog()
    return [f"{table}.{column} can be left out" for column in columns if not found.required(table, column)]


def _not_unique(table: str, index: str) -> list[str]:
    """index: its name; "" for any on a column beside the key."""
    names = {name for found, name in catalog().unique if found == table and not name.endswith("_pkey")}
    return [] if (index in names if index else names) else [f"nothing keeps {table} from holding the same twice"]


def _is_ours(table: str) -> bool:
    return table.startswith(tuple(f"{name}_" for name in OURS))


def _cascading() -> Iterator[Field]:  # type: ignore[type-arg]
    """The fields by which Formulary itself would delete a record along with another one."""
    for name in OURS:
        kept = (model for model in apps.get_app_config(name).get_models() if model.__name__ not in MADE_AGAIN)
        for model in kept:
            for field in model._meta.get_fields():
                if isinstance(field, ForeignKey) and field.remote_field.on_delete is CASCADE:
                    yield field
