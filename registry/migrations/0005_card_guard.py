"""Which table of the registry is append-only? The card's entries: the database refuses to change or remove one."""

from django.db import migrations

GUARD = """
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON registry_cardentry
    FOR EACH ROW EXECUTE FUNCTION append_only_guard();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON registry_cardentry
    FOR EACH STATEMENT EXECUTE FUNCTION append_only_guard();
ALTER TABLE registry_cardentry
    ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_truncate;
"""

UNGUARD = """
DROP TRIGGER append_only_row ON registry_cardentry;
DROP TRIGGER append_only_truncate ON registry_cardentry;
"""


class Migration(migrations.Migration):
    # The guard's function was made there, for all append-only tables.
    dependencies = [("registry", "0004_card"), ("governance", "0003_ledger_guard")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
