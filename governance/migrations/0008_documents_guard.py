"""Which tables of documents are append-only? The guard is the one of 0003."""

from django.db import migrations

APPEND_ONLY = ["governance_document", "governance_documentrevision", "governance_documentreview"]


def guarded(table: str) -> str:
    return f"""
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION append_only_guard();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION append_only_guard();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_truncate;
"""


def unguarded(table: str) -> str:
    return f"DROP TRIGGER append_only_row ON {table}; DROP TRIGGER append_only_truncate ON {table};"


class Migration(migrations.Migration):
    dependencies = [("governance", "0007_documents")]

    operations = [
        migrations.RunSQL(
            "".join(guarded(table) for table in APPEND_ONLY), "".join(unguarded(table) for table in APPEND_ONLY)
        )
    ]
