"""Which records may only be added to, and what of the others may still change? The database lets nothing else through.

An open incident: its severity, and its closing. A report: that it was made or is not needed, once. A consultation: who
was asked and what they said can be forgotten, never written anew. All others are as they were written. None can be
deleted or emptied.
"""

from django.db import migrations

APPEND_ONLY = [
    "governance_policyoverlay",
    "governance_overlayloosening",
    "governance_document",
    "governance_documentrevision",
    "governance_documentreview",
    "governance_riskentry",
    "governance_riskrevision",
    "governance_riskcontrol",
    "governance_riskacceptance",
    "governance_registeracceptance",
    "governance_logregistration",
    "governance_trainingimport",
    "governance_trainingrecord",
    "governance_governedplan",
    "governance_versionchange",
    "governance_goal",
    "governance_goalreview",
    "governance_readiness",
    "governance_controlwaiver",
]

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

#: Table -> the function that looks at each changed row; that of 0003 lets nothing through.
ROW_GUARDS = {
    **dict.fromkeys(APPEND_ONLY, "append_only_guard"),
    "governance_incident": "incident_guard",
    "governance_incidentreport": "incident_report_guard",
    "governance_consultation": "consultation_guard",
}


def guarded(table: str, guard: str) -> str:
    return f"""
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {guard}();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION append_only_guard();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_truncate;
"""


def unguarded(table: str) -> str:
    return f"DROP TRIGGER append_only_row ON {table}; DROP TRIGGER append_only_truncate ON {table};"


class Migration(migrations.Migration):
    dependencies = [("governance", "0007_model_file_and_assessments")]

    operations = [
        migrations.RunSQL(
            INCIDENT + REPORT + CONSULTATION,
            "DROP FUNCTION incident_guard(), incident_report_guard(), consultation_guard();",
        ),
        migrations.RunSQL(
            "".join(guarded(table, guard) for table, guard in ROW_GUARDS.items()),
            "".join(unguarded(table) for table in ROW_GUARDS),
        ),
    ]
