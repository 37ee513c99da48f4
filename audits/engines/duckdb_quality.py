"""What state is every column in? Missing, distinct, out of range, commonest, new since training, missing from whom.

One pass over the texts and one over the numbers; of a large table a few columns, and the candidates for the commonest
value, are then counted again. What comes out depends on no order of rows, threads or batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np

from audits.core.quality import ColumnCounts
from audits.core.quality_extra import ColumnExtras, GroupCounts
from audits.core.tally_spec import LEVEL_LIMIT
from audits.core.values import Column, Source
from audits.engines import value_counts
from audits.engines.connection import NUMBERED, SCAN, Limits, Progress, column, literal, opened, real, within
from audits.engines.rows import EXACT_ROWS, FEW_IN_PART, PARTS, GroupCounter, NumberCounter, picked, spread
from audits.engines.streams import batches, floats, integers
from audits.engines.value_counts import Counted
from audits.engines.watching import Asked

#: Number columns that are read side by side.
_TOGETHER = 64
#: Levels up to which comparing one after the other is faster than looking up.
_FEW_LEVELS = 16

#: What a role implies when nothing is declared: (minimum, maximum).
_IMPLIED = {"score": (0.0, 1.0), "outcome": (0.0, 1.0), "comparator": (0.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Profile:
    """Counts of every column, in the table's order, and of every level of every subgroup."""

    columns: tuple[ColumnCounts, ...]
    extras: tuple[ColumnExtras, ...]
    groups: tuple[GroupCounts, ...]


def profile(
    source: Source, reference: Source | None, subgroups: Sequence[str], *, progress: Progress, limits: Limits
) -> Profile:
    """Numbers of a large table with estimated distinct values and the candidates for the commonest, the rest exactly.

    subgroups: columns whose levels are told apart; the commonest LEVEL_LIMIT levels of each, and none for rows without.
    """
    with opened(limits) as connection:
        return _Profiler(connection, source, reference, subgroups, progress).made()


def is_categorical(item: Column) -> bool:
    """Whether the column holds levels that training may never have seen."""
    return item.type == "text" and item.role in {"subgroup", "site", "feature"}


class _Profiler:
    """One table being counted. What is known of a column is in `columns` and `extras`, by its place."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: Source,
        reference: Source | None,
        subgroups: Sequence[str],
        progress: Progress,
    ) -> None:
        self.connection, self.source, self.reference, self.progress = connection, source, reference, progress
        self.items = list(enumerate(source.columns))
        self.whole = source.rows * max(1, len(self.items))
        self.done = 0
        self.ask = Asked(connection, progress, self.whole)
        self.columns: dict[int, ColumnCounts] = {}
        self.extras: dict[int, ColumnExtras] = {}
        names = [name for name in subgroups if any(item.name == name for _, item in self.items)]
        self.subgroups = [next(each for each in self.items if each[1].name == name) for name in names]
        self.levels: list[list[tuple[str, int]]] = []

    def made(self) -> Profile:
        large = self.source.rows > EXACT_ROWS
        streamed = [each for each in self.items if large and each[1].type == "number" and each[1].levels is None]
        texts = [each for each in self.items if each[1].type != "number"]
        self._exactly("texts", texts)
        self._exactly("numbers", [each for each in self.items if each not in texts and each not in streamed])
        self._new_levels()
        self.levels = [self._levels(place, item) for place, item in self.subgroups]
        groups = self._rows(streamed)
        self.progress("columns", self.whole, self.whole)
        order = range(len(self.items))
        return Profile(tuple(self.columns[i] for i in order), tuple(self.extras[i] for i in order), groups)

    def _exactly(self, name: str, items: Sequence[tuple[int, Column]], *, again: bool = False) -> None:
        """Every distinct value of these columns, all of one type, counted and looked at. again: they were done with."""
        number = name == "numbers"
        self.connection.execute(f"DROP TABLE IF EXISTS {name}")
        value_counts.made(self.connection, name, number=number)
        # A subject has about as many values as there are rows, and is counted by itself.
        alone = [each for each in items if each[1].role == "subject"]
        others = [each for each in items if each not in alone]
        for some in (*_chunks(others, value_counts.TOGETHER), *_chunks(alone, 1)):
            self._query(value_counts.filling(name, some), self.source.path, cost=0 if again else len(some))
        rules = [(place, outside_of(item)) for place, item in items]
        found = value_counts.summed(self.connection, name, rules, number=number)
        for place, item in items:
            counts = found.get(place, Counted())
            wrong = counts.outside if outside_of(item) else None
            missing = counts.rows - counts.present
            self.columns[place] = ColumnCounts(item.name, counts.rows, missing, counts.distinct, wrong)
            dominant = None if item.role == "subject" else counts.dominant
            self.extras[place] = ColumnExtras(item.name, counts.present, dominant, None)

    def _new_levels(self) -> None:
        """How many rows have a level that the same column of the reference never has."""
        known = {item.name: item for item in self.reference.columns if item.type == "text"} if self.reference else {}
        mine = [(place, item.name) for place, item in self.items if is_categorical(item)]
        shared = [(place, known[name]) for place, name in mine if name in known]
        if self.reference is None or not shared:
            return
        value_counts.made(self.connection, "past", number=False)
        for some in _chunks(shared, value_counts.TOGETHER):
            self._query(value_counts.filling("past", some), self.reference.path, cost=0)
        found = value_counts.unseen(self.connection, "texts", "past")
        for place, _ in shared:
            self.extras[place] = replace(self.extras[place], unseen=found.get(place, 0))

    def _levels(self, place: int, item: Column) -> list[tuple[str, int]]:
        if item.type == "number":
            self.connection.execute("DROP TABLE IF EXISTS named")
            value_counts.made(self.connection, "named", number=False)
            named = Column(item.name, item.role, "text")
            self._query(value_counts.filling("named", [(place, named)]), self.source.path, cost=0)
        return value_counts.levels(self.connection, "named" if item.type == "number" else "texts", place, LEVEL_LIMIT)

    def _rows(self, numbers: Sequence[tuple[int, Column]]) -> tuple[GroupCounts, ...]:
        """One pass over the numbers of a large table and over every column of which something is missing."""
        gaps = [
            each for each in self.items if self.subgroups and each[0] in self.columns and self.columns[each[0]].missing
        ]
        missing = [[[0] * len(levels) for _ in self.items] for levels in self.levels]
        for some in _chunks([*numbers, *gaps], _TOGETHER):
            counters = {each[0]: _counter(each[1]) for each in some if each in numbers}
            groups = GroupCounter(len(some), [len(levels) for levels in self.levels])
            self._stream(some, counters, groups)
            for index, (place, _) in enumerate(some):
                for across in range(len(self.levels)):
                    missing[across][place] = [int(n) for n in groups.counts(across)[index]]
            self._settled(counters)
        return tuple(
            GroupCounts(item.name, level, rows, tuple(missing[across][place][rank] for place, _ in self.items))
            for across, (_, item) in enumerate(self.subgroups)
            for rank, (level, rows) in enumerate(self.levels[across])
        )

    def _stream(
        self, items: Sequence[tuple[int, Column]], counters: dict[int, NumberCounter], groups: GroupCounter
    ) -> None:
        cells = [
            f"TRY_CAST({column(item.name)} AS DOUBLE)"
            if item.type == "number"
            else f"CASE WHEN {column(item.name)} IS NULL THEN NULL ELSE CAST(0 AS DOUBLE) END"
            for _, item in items
        ]
        codes = [_code(item, levels) for (_, item), levels in zip(self.subgroups, self.levels, strict=True)]
        wanted = ", ".join(f"{cell} AS c{i}" for i, cell in enumerate([*cells, *codes, "file_row_number"]))
        start, width = self.done, len(counters)

        def told(_: str, rows: int, __: int) -> None:
            self.progress("columns", min(self.whole, start + rows * width), self.whole)

        query = f"SELECT {wanted} FROM {NUMBERED}"  # noqa: S608
        rows = self.source.rows
        for batch in batches(self.connection, query, [self.source.path], progress=told, stage="", rows=rows):
            kept = picked(integers(batch.column(batch.num_columns - 1)), rows)
            known = [integers(batch.column(len(items) + index)) for index in range(len(codes))]
            for index, (place, _) in enumerate(items):
                values = floats(batch.column(index))
                missing = np.flatnonzero(np.isnan(values))
                groups.add(index, missing, known)
                if place in counters:
                    counters[place].add(values, len(missing), kept)
        self.done += rows * width

    def _settled(self, counters: dict[int, NumberCounter]) -> None:
        """What the pass found; columns with few distinct values are counted once more, exactly."""
        few = [(place, counter.item) for place, counter in counters.items() if counter.in_part < FEW_IN_PART]
        self._exactly("numbers", few, again=True)
        for place, counter in counters.items():
            if counter.in_part >= FEW_IN_PART:
                item, rows = counter.item, counter.rows
                wrong = counter.outside if outside_of(item) else None
                distinct = counter.in_part * PARTS
                self.columns[place] = ColumnCounts(item.name, rows, rows - counter.present, distinct, wrong, PARTS)
                self.extras[place] = self._commonest(counter)

    def _commonest(self, counter: NumberCounter) -> ColumnExtras:
        """The candidates for the commonest value, counted in all rows."""
        values, sampled, copies = counter.candidates()
        hits = 1
        if len(values):
            x = value_counts.value(counter.item)
            query = (
                f"SELECT max(n) FROM (SELECT count(*) AS n FROM {SCAN} "  # noqa: S608
                f"WHERE {x} IN ({', '.join(real(each) for each in values)}) GROUP BY {x})"
            )
            hits = int(self._query(query, self.source.path, cost=0)[0][0])
        dominant = None if counter.item.role == "subject" else hits
        return ColumnExtras(counter.item.name, counter.present, dominant, None, sampled, copies)

    def _query(self, query: str, path: str, *, cost: int) -> list[tuple[Any, ...]]:
        """One query. cost: the columns that are done with it."""
        start, self.done = self.done, self.done + cost * self.source.rows
        return self.ask("columns", query, path, start=min(start, self.whole), end=min(self.done, self.whole))


def _chunks(items: Sequence[tuple[int, Column]], size: int) -> Iterator[list[tuple[int, Column]]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def _counter(item: Column) -> NumberCounter:
    reach = spread((item.minimum, item.maximum), _IMPLIED.get(item.role, (None, None)))
    return NumberCounter(item, *reach, binary=item.role == "outcome")


def _code(item: Column, levels: Sequence[tuple[str, int]]) -> str:
    """SQL for the place of a row's level among these, and their number where it is none of them."""
    x, names = f"CAST({column(item.name)} AS VARCHAR)", [literal(name) for name, _ in levels]
    if not names:
        return "CAST(0 AS USMALLINT)"
    if len(names) <= _FEW_LEVELS:
        cases = " ".join(f"WHEN {name} THEN {place}" for place, name in enumerate(names))
        return f"CAST(CASE {x} {cases} ELSE {len(names)} END AS USMALLINT)"
    return f"CAST(coalesce(enum_code(TRY_CAST({x} AS ENUM({', '.join(names)}))), {len(names)}) AS USMALLINT)"


def outside_of(item: Column) -> str:
    """SQL for "x is not as declared"; "" when nothing is declared."""
    minimum, maximum = _IMPLIED.get(item.role, (None, None))
    minimum = item.minimum if item.minimum is not None else minimum
    maximum = item.maximum if item.maximum is not None else maximum
    tests = []
    if item.type == "number":
        tests += [f"x < {real(minimum)}"] if minimum is not None else []
        tests += [f"x > {real(maximum)}"] if maximum is not None else []
        tests += ["x NOT IN (0, 1)"] if item.role == "outcome" else []
    if item.levels is not None:
        tests.append(f"NOT ({within('CAST(x AS VARCHAR)', item.levels)})")
    return " OR ".join(tests)
