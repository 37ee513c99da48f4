"""Which tables are append-only, and what may be appended to the ledger? The database keeps these promises itself.

Every trigger is ENABLE ALWAYS, so that `session_replication_role = replica` does not pass it by. Triggers deter;
the owner of the tables can still drop them. What detects that is the ledger's proofs (`manage.py ledger verify`,
and a head that somebody else kept).
"""

from django.db import migrations

LEDGER = ["governance_ledgerentry", "governance_ledgernode", "governance_ledgerbody"]
APPEND_ONLY = [
    *LEDGER,
    "governance_signature",
    "governance_approval",
    "governance_waiver",
    "governance_consentrecord",
    "governance_consentimport",
    "governance_gatedecision",
    "governance_policypack",
    "audits_validationplan",
    "audits_auditattempt",
    "audits_measurementrow",
    "audits_checkrow",
]

REFUSE = """
CREATE FUNCTION append_only_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END $$;
"""

# VOLATILE, so that in one INSERT of many rows each row sees the rows before it (PostgreSQL docs, 39.2).
CHECK_ENTRY = r"""
CREATE FUNCTION ledger_entry_guard() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NEW.idx <> (SELECT COALESCE(max(idx), -1) + 1 FROM governance_ledgerentry) THEN
        RAISE EXCEPTION 'ledger: % is not the next index', NEW.idx USING ERRCODE = '40001';
    END IF;
    IF NEW.leaf_hash <> sha256('\x00'::bytea || NEW.entry) THEN
        RAISE EXCEPTION 'ledger: the leaf hash of entry % is wrong', NEW.idx USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
"""

# A node or body that came before its entry would, being undeletable, stop every later append.
CHECK_NODE = r"""
CREATE FUNCTION ledger_node_guard() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    children bytea;
BEGIN
    IF NEW.level = 1 THEN
        SELECT string_agg(leaf_hash, ''::bytea ORDER BY idx) INTO children FROM governance_ledgerentry
        WHERE idx IN (2 * NEW.position, 2 * NEW.position + 1);
    ELSE
        SELECT string_agg(hash, ''::bytea ORDER BY position) INTO children FROM governance_ledgernode
        WHERE level = NEW.level - 1 AND position IN (2 * NEW.position, 2 * NEW.position + 1);
    END IF;
    IF length(children) IS DISTINCT FROM 64 OR NEW.hash <> sha256('\x01'::bytea || children) THEN
        RAISE EXCEPTION 'ledger: node %/% is wrong', NEW.level, NEW.position USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
"""

CHECK_BODY = r"""
CREATE FUNCTION ledger_body_guard() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF encode(sha256(NEW.salt || NEW.body), 'hex') IS DISTINCT FROM (
        SELECT convert_from(entry, 'UTF8')::json ->> 'body' FROM governance_ledgerentry WHERE idx = NEW.idx
    ) THEN
        RAISE EXCEPTION 'ledger: entry % does not commit to this body', NEW.idx USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
"""

# The setting belongs to the function, so PostgreSQL puts the caller's own lock_timeout back when it returns.
# 0x6C6564676572 is "ledger".
LOCK = """
CREATE FUNCTION ledger_lock() RETURNS void LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(x'6C6564676572'::bigint);
END $$;
"""

# pg_temp last: otherwise a temporary table of the same name would be consulted instead of the ledger.
PIN_SEARCH_PATH = """
DO $$
DECLARE
    guard text;
BEGIN
    FOREACH guard IN ARRAY ARRAY['ledger_entry_guard', 'ledger_node_guard', 'ledger_body_guard'] LOOP
        EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', guard, current_schema());
    END LOOP;
END $$;
"""


def guarded(table: str) -> str:
    return f"""
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION append_only_guard();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION append_only_guard();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_truncate;
"""


def checked(table: str, function: str) -> str:
    return f"""
CREATE TRIGGER ledger_insert BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER ledger_insert;
"""


def undo(function: str) -> str:
    """CASCADE: the triggers go with the function that they call."""
    return f"DROP FUNCTION IF EXISTS {function}() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_initial"), ("audits", "0002_initial")]

    operations = [
        migrations.RunSQL(REFUSE, undo("append_only_guard")),
        migrations.RunSQL(CHECK_ENTRY, undo("ledger_entry_guard")),
        migrations.RunSQL(CHECK_NODE, undo("ledger_node_guard")),
        migrations.RunSQL(CHECK_BODY, undo("ledger_body_guard")),
        migrations.RunSQL(LOCK, undo("ledger_lock")),
        migrations.RunSQL(PIN_SEARCH_PATH, migrations.RunSQL.noop),
        migrations.RunSQL("".join(guarded(table) for table in APPEND_ONLY), migrations.RunSQL.noop),
        migrations.RunSQL(
            checked("governance_ledgerentry", "ledger_entry_guard")
            + checked("governance_ledgernode", "ledger_node_guard")
            + checked("governance_ledgerbody", "ledger_body_guard"),
            migrations.RunSQL.noop,
        ),
    ]
