"""What may each role do? Scopes, and the roles that carry them: one table, read by API, pages and tokens alike."""

from __future__ import annotations

READ = "read"
MODELS_WRITE = "models:write"
TABLES_WRITE = "tables:write"
TABLES_READ = "tables:read"
PLANS_WRITE = "plans:write"
AUDITS_RUN = "audits:run"
CONSENT_WRITE = "consent:write"
GATE_EVALUATE = "gate:evaluate"
EVIDENCE_EXPORT = "evidence:export"
USERS_WRITE = "users:write"
CARD_WRITE = "card:write"
DOCUMENTS_WRITE = "documents:write"
RISKS_WRITE = "risks:write"
TRAINING_WRITE = "training:write"
INCIDENTS_WRITE = "incidents:write"
POLICIES_WRITE = "policies:write"
SITES_WRITE = "sites:write"

SCOPES: dict[str, str] = {
    READ: "Read models, audits, decisions and the ledger: never a patient's row",
    TABLES_READ: "Download prediction tables, row by row",
    MODELS_WRITE: "Register models, versions and datasets",
    TABLES_WRITE: "Upload prediction tables",
    PLANS_WRITE: "Freeze validation plans",
    AUDITS_RUN: "Start audits",
    CONSENT_WRITE: "Import consents and record withdrawals",
    GATE_EVALUATE: "Ask the gate for a decision",
    EVIDENCE_EXPORT: "Export evidence reports",
    USERS_WRITE: "Create accounts and teams, grant roles",
    CARD_WRITE: "Answer the questions of a model's card",
    DOCUMENTS_WRITE: "File documents and their revisions",
    RISKS_WRITE: "Keep the risk register",
    TRAINING_WRITE: "Import training records",
    INCIDENTS_WRITE: "Open and close incidents",
    POLICIES_WRITE: "Load, adapt and adopt policies",
    SITES_WRITE: "Create sites, and say which models they use",
}

# Signing has no scope: a program can never sign. It needs a person's own session (`governance.core.duties`).
ROLE_SCOPES: dict[str, frozenset[str]] = {
    "developer": frozenset(
        {
            READ,
            MODELS_WRITE,
            TABLES_WRITE,
            TABLES_READ,
            PLANS_WRITE,
            AUDITS_RUN,
            GATE_EVALUATE,
            CARD_WRITE,
            DOCUMENTS_WRITE,
            RISKS_WRITE,
            INCIDENTS_WRITE,
        }
    ),
    "reviewer": frozenset(
        {READ, AUDITS_RUN, GATE_EVALUATE, EVIDENCE_EXPORT, DOCUMENTS_WRITE, RISKS_WRITE, INCIDENTS_WRITE}
    ),
    "approver": frozenset({READ, GATE_EVALUATE, EVIDENCE_EXPORT, INCIDENTS_WRITE}),
    "steward": frozenset(
        {READ, CONSENT_WRITE, TABLES_WRITE, TABLES_READ, GATE_EVALUATE, DOCUMENTS_WRITE, INCIDENTS_WRITE}
    ),
    "auditor": frozenset({READ, TABLES_READ, EVIDENCE_EXPORT}),
    "administrator": frozenset({READ, USERS_WRITE, TRAINING_WRITE, SITES_WRITE}),
    "compliance": frozenset(
        {
            READ,
            GATE_EVALUATE,
            EVIDENCE_EXPORT,
            CARD_WRITE,
            DOCUMENTS_WRITE,
            RISKS_WRITE,
            TRAINING_WRITE,
            INCIDENTS_WRITE,
            POLICIES_WRITE,
            SITES_WRITE,
        }
    ),
}


def scopes_of(roles: frozenset[str]) -> frozenset[str]:
    """All that the given roles permit together."""
    return frozenset().union(*(ROLE_SCOPES[role] for role in roles))
