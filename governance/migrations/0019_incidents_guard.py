"""What of an incident, of its reports and of a consultation may still change? The database lets nothing else through.

An open incident: its severity, and its closing. A report: that it was made or is not needed, once. A consultation: who
was asked and what they said can be forgotten, never written anew. None can be deleted; emptying a table is refused by
the guard of 0003.
"""

from django.db import migrations

INCIDENT = """
CREATE FUNCTION incident_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_to text[] := ARRAY['severity', 'state', 'outcome', 'closed_at', 'closed_by_id'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'open' AND to_jsonb(NEW) - open_to = to_jsonb(OLD) - open_to THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is kept as it was recorded: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END $$;
"""

REPORT = """
CREATE FUNCTION incident_report_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_to text[] := ARRAY['reported_at', 'reference', 'not_needed', 'settled_by_id'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.settled_by_id IS NULL AND to_jsonb(NEW) - open_to = to_jsonb(OLD) - open_to THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is kept as it was recorded: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END $$;
"""

CONSULTATION = """
CREATE FUNCTION consultation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_to text[] := ARRAY['who', 'summary'];
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - open_to = to_jsonb(OLD) - open_to
       AND (NEW.who IS NULL OR NEW.who IS NOT DISTINCT FROM OLD.who)
       AND (NEW.summary IS NULL OR NEW.summary IS NOT DISTINCT FROM OLD.summary) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END $$;
"""

GUARDS = {"incident_guard": INCIDENT, "incident_report_guard": REPORT, "consultation_guard": CONSULTATION}
TABLES = {"governance_incident": "incident_guard", "governance_incidentreport": "incident_report_guard"}


def guarded(table: str, guard: str) -> str:
    return f"""
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {guard}();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION append_only_guard();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_truncate;
"""


def unguarded(table: str) -> str:
    return f"DROP TRIGGER append_only_row ON {table}; DROP TRIGGER append_only_truncate ON {table};"


def replaced(table: str, guard: str) -> str:
    """The row's guard alone; the one against TRUNCATE stays."""
    return f"""
DROP TRIGGER append_only_row ON {table};
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {guard}();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_row;
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0018_consultation_forgotten")]

    operations = [
        migrations.RunSQL(
            "".join(GUARDS.values()), "".join(f"DROP FUNCTION IF EXISTS {name}();" for name in GUARDS)
        ),
        migrations.RunSQL(
            "".join(guarded(table, guard) for table, guard in TABLES.items()),
            "".join(unguarded(table) for table in TABLES),
        ),
        migrations.RunSQL(
            replaced("governance_consultation", "consultation_guard"),
            replaced("governance_consultation", "append_only_guard"),
        ),
    ]
