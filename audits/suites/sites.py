"""Does the model hold at every site, and what would a new one see? External validation and heterogeneity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from audits.core.cells import cells_of
from audits.core.gates import Floor
from audits.core.meta_analysis import FEWEST, Pooled
from audits.core.people import GROUPS, Board, boards
from audits.core.randomness import stream
from audits.core.sites import POOLED, RAW, RECALIBRATED, Site, raw, recalibrated, together
from audits.core.slices import MISSING, OTHER
from audits.core.tally import Tally
from audits.core.tally_spec import Attribute, Resolution, Slice
from audits.core.values import Estimate, Measurement
from audits.engines import duckdb, engine
from audits.engines.connection import silent
from audits.suites.part import Part, Scored
from audits.suites.scored import reported

#: Bins of the count by groups of patients; an interval needs far less than a value does.
_BOARD_BINS = 4096


def part(scored: Scored) -> Part:
    """Measures of each site and of all together; nothing when the table names no site."""
    column = next((item.name for item in scored.source.columns if item.role == "site"), None)
    if column is None:
        return Part()
    scored.progress("sites", 0, 1)
    tally = _count(scored, column)
    sites, unnamed = _sites(scored, tally, column)
    confidence = scored.plan.confidence
    plain = {site.name: raw(site, confidence) for site in sites}
    again = {site.name: recalibrated(site, [s for s in sites if s is not site], confidence) for site in sites}
    measurements = [
        Measurement(f"{prefix}{key}", estimate, slice=name)
        for name in plain
        for prefix, found in (("site_", plain[name]), ("site_recalibrated_", again[name]))
        for key, estimate in found.items()
    ]
    pooled: dict[str, Pooled | None] = {}
    for key in POOLED:
        made, pooled[key] = together(key, sites, {name: plain[name][key] for name in plain}, confidence)
        measurements.extend(Measurement(measure, estimate) for measure, estimate in made.items())
    scored.progress("sites", 1, 1)
    facts = {
        "column": column,
        "words": words(len(sites), sum(site.refused is None for site in sites)),
        "rows_without_site": unnamed,
        "tally_digest": tally.digest,
        "sites": [_site_facts(site, plain[site.name], again[site.name]) for site in sites],
        "pooled": _pooled_facts(pooled, {m.measure: m.estimate for m in measurements if not m.slice}),
    }
    return Part(measurements, {"sites": facts})


def words(sites: int, enough: int) -> str:
    """What the sites say of external validity. enough: those with enough evidence to show a number."""
    if sites < 2:
        return "Not externally validated: " + ("every row comes from one site." if sites else "no row names its site.")
    few = "; too few to pool, or to say how much sites differ" if enough < FEWEST else ""
    return f"{sites} sites, {enough} of them with enough patients of both outcomes{few}."


def _count(scored: Scored, column: str) -> Tally:
    """The tally by site, at the resolution of the audit's own."""
    alone = replace(scored.plan, subgroups=(column,), intersections=())
    spec = engine.specify(scored.source, alone, limits=scored.limits)
    spec = replace(spec, resolution=scored.tally.spec.resolution, bins=scored.tally.spec.bins)
    return engine.tally(scored.source, spec, progress=silent, limits=scored.limits)


def _boards(scored: Scored, tally: Tally, column: str) -> Mapping[Slice, Board]:
    """Each site by groups of patients; nothing when no patient repeats."""
    if scored.people is None:
        return {}
    subject = duckdb.role(scored.source, "subject")
    spec = replace(
        tally.spec,
        attributes=(*tally.spec.attributes, Attribute(subject, people=GROUPS)),
        groupings=((), (column, subject)),
        resolution=Resolution.BINS,
        bins=_BOARD_BINS,
    )
    counted = engine.tally(scored.source, spec, progress=silent, limits=scored.limits)
    return boards(counted, tally.spec.groupings, stream(scored.plan.seed, "patients by site"))


def _sites(scored: Scored, tally: Tally, column: str) -> tuple[list[Site], dict[str, int]]:
    """Every site, and how many rows belong to none: those without a name, and those of sites beyond the limit."""
    floor = Floor(scored.plan.show_events, scored.plan.show_nonevents)
    by_people = _boards(scored, tally, column)
    sites, unnamed = [], {}
    for where, cells in reported(scored.source, tally).items():
        if where.grouping == 0:
            continue
        if where.levels[0] in (MISSING, OTHER):
            unnamed[where.levels[0]] = cells_of(tally, where).rows
        else:
            sites.append(
                Site(where.name(tally.spec), where.levels[0], cells, by_people.get(where), floor.refuse(cells))
            )
    return sites, unnamed


def _triple(estimate: Estimate) -> list[float | None]:
    return [estimate.value, estimate.low, estimate.high]


def _site_facts(site: Site, plain: Mapping[str, Estimate], again: Mapping[str, Estimate]) -> dict[str, object]:
    return {
        "site": site.label,
        "slice": site.name,
        "n": site.cells.rows,
        "events": site.cells.events,
        "reason": site.refused.reason if site.refused else None,
        **{key: _triple(plain[key]) for key in RAW},
        **{f"recalibrated_{key}": _triple(again[key]) for key in RECALIBRATED},
    }


def _pooled_facts(pooled: Mapping[str, Pooled | None], found: Mapping[str, Estimate]) -> dict[str, object]:
    """Each pooled measure with its prediction interval, or the reason why none is."""
    made: dict[str, object] = {}
    for key in [key for key, each in pooled.items() if each is not None]:
        mean, new = found[f"pooled_{key}"], found[f"predicted_{key}"]
        made[key] = {
            "value": mean.value,
            "low": mean.low,
            "high": mean.high,
            "prediction_low": new.low,
            "prediction_high": new.high,
            "tau2": found[f"{key}_tau2"].value,
            "i2": found[f"{key}_i2"].value,
        }
    return made or {"refused": found[f"pooled_{next(iter(POOLED))}"].reason}
