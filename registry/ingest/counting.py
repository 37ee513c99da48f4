"""What does a column hold, counted once while its rows go by?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from registry.core.table_schema import ColumnSpec, Role, ambiguity, text_problem
from registry.ingest.limits import Limits
from registry.ingest.parsed import ColumnSummary
from registry.ingest.refusals import TableRefused, shown

DISTINCT_CAP = 1000
# Their names are shown to people, and their rows are counted one by one.
GROUPED = frozenset({Role.SUBGROUP, Role.SITE})
LINES_AT_ONCE = 65_536


class ColumnCounter:
    """Counts one canonical column batch by batch; holds at most about a thousand values, however long the table."""

    def __init__(self, column: ColumnSpec, limits: Limits, subgroups: Sequence[str] = ()) -> None:
        """subgroups: the names of all subgroups of the table, which no group's name may be mistaken for."""
        self._column = column
        self._limits = limits
        self._subgroups = subgroups if column.role is Role.SUBGROUP else ()
        self._nulls = 0
        self._values: set[object] = set()
        self._levels: Counter[str] = Counter()
        self._low: float | None = None
        self._high: float | None = None

    def add(self, values: pa.Array) -> None:
        """Count these cells. Raises TableRefused when a subgroup or site has too many groups, or one with a name that
        is unsafe or reads as that of a combination."""
        self._nulls += values.null_count
        if self._column.role in GROUPED:
            self._count_levels(values)
        elif len(self._values) <= DISTINCT_CAP:
            self._values.update(pc.unique(values.drop_null()).slice(0, 2 * DISTINCT_CAP).to_pylist())
        if self._column.type == "number":
            self._widen(pc.min_max(values).as_py())

    def levels(self) -> dict[str, int]:
        """Cells per group, in the order of the names."""
        return dict(sorted(self._levels.items()))

    def summary(self, *, exact_distinct: int | None = None) -> ColumnSummary:
        """The counts so far. exact_distinct: the number of distinct values where somebody else counted them all."""
        grouped = self._column.role in GROUPED
        seen = len(self._levels) if grouped else len(self._values)
        capped = exact_distinct is None and not grouped and seen > DISTINCT_CAP
        return ColumnSummary(
            name=self._column.name,
            role=self._column.role.value,
            type=self._column.type,
            nulls=self._nulls,
            distinct=exact_distinct if exact_distinct is not None else min(seen, DISTINCT_CAP) if capped else seen,
            distinct_capped=capped,
            minimum=self._low,
            maximum=self._high,
            levels=self.levels() if grouped else None,
        )

    def _count_levels(self, values: pa.Array) -> None:
        for entry in pc.value_counts(values.drop_null()).to_pylist():
            level = entry["values"]
            if level not in self._levels:
                self._refuse_name(level)
            self._levels[level] += entry["counts"]
            if len(self._levels) > self._limits.max_groups:
                message = (
                    f"Column {shown(self._column.name)} has more than {self._limits.max_groups:,} groups; "
                    "put the rare ones together, or declare it as a feature."
                )
                raise TableRefused("too_many_groups", message, column=self._column.name)

    def _refuse_name(self, level: str) -> None:
        begin = f"Column {shown(self._column.name)}: the group {shown(level)}"
        problem = text_problem(level)
        if problem is not None:
            raise TableRefused("bad_group_name", f"{begin} {problem}; rename the group.", column=self._column.name)
        text = ambiguity(level, self._subgroups)
        if text is not None:
            message = f"{begin} contains {shown(text)}, as the name of a combination of groups does; rename the group."
            raise TableRefused("ambiguous_group", message, column=self._column.name)

    def _widen(self, bounds: dict[str, float | None]) -> None:
        low, high = bounds["min"], bounds["max"]
        if low is not None and high is not None:
            self._low = float(low) if self._low is None else min(self._low, float(low))
            self._high = float(high) if self._high is None else max(self._high, float(high))


class SubjectList:
    """The distinct subjects of a table. Kept in Arrow's memory: five million of them would be a gigabyte in Python."""

    def __init__(self) -> None:
        self._parts: list[pa.Array] = []

    def add(self, values: pa.Array) -> None:
        self._parts.append(pc.unique(values))

    def write(self, path: Path) -> int:
        """Write them sorted by code point, one per line, UTF-8, LF; return how many there are."""
        subjects = pc.unique(pa.chunked_array(self._parts, pa.string()))
        self._parts = []
        subjects = subjects.take(pc.sort_indices(subjects))
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for start in range(0, len(subjects), LINES_AT_ONCE):
                file.writelines(f"{subject}\n" for subject in subjects.slice(start, LINES_AT_ONCE).to_pylist())
        return len(subjects)
