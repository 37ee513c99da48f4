"""Whose outcome is known, and in what order are the dates? Counts of the whole table."""

from __future__ import annotations

from audits.core.quality_extra import Band, TableExtras
from audits.core.values import Column, Source
from audits.engines.connection import SCAN, Limits, Progress, column, opened, real
from audits.engines.duckdb_repeats import Repeats
from audits.engines.rows import EXACT_ROWS
from audits.engines.value_counts import value
from audits.engines.watching import Asked

# Groups and orders are given by position: a name of our own could be that of a column, and would then mean the column.

#: Bands of scores with a tenth of the rows each, less where scores tie.
_TENTHS = ", ".join(str(tenth / 10) for tenth in range(1, 10))


def table(
    source: Source, reference: Source | None, repeats: Repeats, *, progress: Progress, limits: Limits
) -> TableExtras:
    """Known outcomes and the order of dates, beside the rows that the reference holds as well."""
    outcome, score = _named(source, "outcome"), _named(source, "score")
    allowed = outcome is not None and _named(source, "outcome_date") is not None
    with opened(limits) as connection:
        ask = Asked(connection, progress, source.rows)
        rows = known = int(ask("rows", f"SELECT count(*) FROM {SCAN}", source.path)[0][0])  # noqa: S608
        bands = tuple[Band, ...]()
        if outcome is not None:
            query = f"SELECT count(*) FILTER (WHERE {_known(outcome)}) FROM {SCAN}"  # noqa: S608
            known = int(ask("outcomes", query, source.path)[0][0])
        # Where every outcome must be known and is, nobody asks for whom.
        if outcome is not None and score is not None and (allowed or known < rows):
            bands = _bands(ask, source, outcome, score)
        dated, early = _order(ask, source)
    shared = (repeats.compared, repeats.repeated, reference is not None, source.rows > EXACT_ROWS)
    return TableExtras(rows, known, allowed, bands, dated, early, *shared)


def _bands(ask: Asked, source: Source, outcome: Column, score: Column) -> tuple[Band, ...]:
    """Rows and known outcomes by tenths of the valid scores; equal scores stay together."""
    scored = (
        f"(SELECT p, known FROM (SELECT {value(score)} AS p, {_known(outcome)} AS known FROM {SCAN}) "  # noqa: S608
        "WHERE p BETWEEN 0 AND 1)"
    )
    query = f"SELECT quantile_disc(p, [{_TENTHS}]) FROM {scored}"  # noqa: S608
    found = ask("tenths of scores", query, source.path)[0][0]
    if not found:
        return ()
    edges = sorted({float(edge) + 0.0 for edge in found})
    place = " + ".join(f"CAST(p > {real(edge)} AS INTEGER)" for edge in edges)
    query = f"SELECT {place} AS band, count(*), count(*) FILTER (WHERE known) FROM {scored} GROUP BY band ORDER BY band"  # noqa: S608
    limits = [0.0, *edges, 1.0]
    counted = ask("outcomes by score", query, source.path)
    return tuple(Band(limits[band], limits[band + 1], int(n), int(known)) for band, n, known in counted)


def _order(ask: Asked, source: Source) -> tuple[int | None, int | None]:
    """Rows with both dates, and those whose outcome became known before the prediction."""
    date, other = _named(source, "date"), _named(source, "outcome_date")
    if date is None or other is None:
        return None, None
    first, second = (f"TRY_CAST({column(item.name)} AS DATE)" for item in (date, other))
    query = f"SELECT count({first} <= {second}), count(*) FILTER (WHERE {second} < {first}) FROM {SCAN}"  # noqa: S608
    dated, early = ask("dates", query, source.path)[0]
    return int(dated), int(early)


def _named(source: Source, role: str) -> Column | None:
    return next((item for item in source.columns if item.role == role), None)


def _known(outcome: Column) -> str:
    """SQL for "the outcome is 0 or 1"; never null."""
    return f"coalesce({value(outcome)} IN (0, 1), false)"
