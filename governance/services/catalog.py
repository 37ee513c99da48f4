"""What does the database promise by itself? Its triggers, indexes, references and columns, as they are now."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

KEPT_SECONDS = 60.0
_BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE = 2, 4, 8, 16, 32
# "A": also where triggers are otherwise passed by; "O" would be passed by in replication.
_ALWAYS = "A"

TRIGGERS = """
SELECT c.relname, p.proname, t.tgtype FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled = %s AND c.relnamespace = current_schema()::regnamespace
"""
UNIQUE = """
SELECT c.relname, i.relname FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
WHERE x.indisunique AND x.indisvalid AND c.relnamespace = current_schema()::regnamespace
"""
FOREIGN = """
SELECT c.relname, target.relname, k.confdeltype FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class target ON target.oid = k.confrelid
WHERE k.contype = 'f' AND k.convalidated AND c.relnamespace = current_schema()::regnamespace
"""
COLUMNS = """
SELECT c.relname, a.attname, a.attnotnull FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Catalog:
    """guards: (table, function) -> which events the function is called before. unique: (table, name of the index).

    foreign: (table, table that it refers to, what happens to the row when that one is deleted). columns: (table,
    column) -> whether it must have a value.
    """

    guards: Mapping[tuple[str, str], int]
    unique: frozenset[tuple[str, str]]
    foreign: frozenset[tuple[str, str, str]]
    columns: Mapping[tuple[str, str], bool]

    def append_only(self, table: str) -> bool:
        """Whether the database refuses every change, deletion and emptying of the table."""
        wanted = _UPDATE | _DELETE | _TRUNCATE
        return self.guards.get((table, "append_only_guard"), 0) & wanted == wanted

    def checks_inserts(self, table: str, function: str) -> bool:
        """Whether the function looks at every new row."""
        return bool(self.guards.get((table, function), 0) & _INSERT)

    def required(self, table: str, *columns: str) -> bool:
        """Whether these columns exist and cannot be left without a value."""
        return all(self.columns.get((table, column), False) for column in columns)

    def columns_of(self, table: str) -> frozenset[str]:
        return frozenset(column for name, column in self.columns if name == table)


_kept: dict[str, tuple[float, Catalog]] = {}


def catalog() -> Catalog:
    """As it was at most a minute ago in this process."""
    name, now = str(connection.settings_dict["NAME"]), time.monotonic()
    found = _kept.get(name)
    if found is None or now - found[0] > KEPT_SECONDS:
        found = (now, _read())
        _kept[name] = found
    return found[1]


def forget() -> None:
    """Read it again the next time."""
    _kept.clear()


def _read() -> Catalog:
    with connection.cursor() as cursor:
        guards: dict[tuple[str, str], int] = {}
        cursor.execute(TRIGGERS, [_ALWAYS])
        for table, function, kind in cursor.fetchall():
            if kind & _BEFORE:
                guards[table, function] = guards.get((table, function), 0) | kind
        cursor.execute(UNIQUE)
        unique = frozenset((table, name) for table, name in cursor.fetchall())
        cursor.execute(FOREIGN)
        foreign = frozenset((table, target, _text(kind)) for table, target, kind in cursor.fetchall())
        cursor.execute(COLUMNS)
        columns = {(table, column): required for table, column, required in cursor.fetchall()}
    return Catalog(guards, unique, foreign, columns)


def _text(kind: str | bytes) -> str:
    """PostgreSQL's "char" arrives as text or as bytes, depending on the driver's settings."""
    return kind.decode() if isinstance(kind, bytes) else kind
