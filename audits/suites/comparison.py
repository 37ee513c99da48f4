"""Is the model better than the existing method on the same patients, for everyone and for each slice?"""

from __future__ import annotations

from audits.core.pair_cells import pair_of
from audits.core.pair_tally import MISSING, OUTSIDE
from audits.core.slices import EVERYONE
from audits.core.tally_spec import Slice
from audits.core.utility import Advantage
from audits.core.values import Measurement, Source
from audits.engines import frames
from audits.engines.duckdb_pairs import NEEDED_BY
from audits.suites.comparison_count import comparator, count
from audits.suites.comparison_facts import facts
from audits.suites.comparison_slice import Comparer
from audits.suites.part import Part, Scored


def check(source: Source) -> None:
    """Raises NeedsFile when the table names an existing method and another engine holds it."""
    if comparator(source) is not None:
        frames.check_file(source, needed_by=NEEDED_BY)


def counted(scored: Scored) -> Comparer | None:
    """The comparison, counted; None when the table names no existing method."""
    return None if comparator(scored.source) is None else Comparer(scored, count(scored))


def part(scored: Scored, comparer: Comparer | None = None) -> Part:
    """Differences from the existing method; nothing when the table names none. comparer: when it is counted already."""
    column = comparator(scored.source)
    if column is None:
        return Part()
    comparer = comparer or Comparer(scored, count(scored))
    compared, measurements = comparer.compared, list[Measurement]()
    for where in scored.found:
        measurements.extend(comparer.answer(where).measurements)
    everyone = {(m.measure, m.operating_point): m.estimate for m in measurements if m.slice == EVERYONE}
    told: dict[str, object] = {
        "comparator": column,
        "pairs": compared.tally.rows(),
        "without_comparator": compared.tally.rows(MISSING),
        "comparator_outside": compared.tally.rows(OUTSIDE),
        "tally_digest": compared.tally.digest,
        **facts(pair_of(compared.tally, Slice(0, ())), everyone, scored.plan, compared),
    }
    return Part(measurements, {"comparison": told})


def advantages(comparer: Comparer, where: Slice) -> dict[str, Advantage]:
    """By operating point, the model's net benefit over the existing method's, where it is defined; the upper limit as
    one of `comparison_slice.ALTERNATIVES`."""
    return comparer.answer(where).rivals
