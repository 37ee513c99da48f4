"""Are the people of this table like those that the plan says the model is meant for?"""

from __future__ import annotations

from audits.core.representativeness import participation, smd_of_levels, smd_of_numbers
from audits.core.tally_spec import LEVEL_LIMIT
from audits.core.values import Estimate, Measurement, PlanSpec, Source, Variable
from audits.engines import duckdb_marginals, frames
from audits.engines.subjects import subject_of
from audits.suites.part import Part, Scored

_UNKNOWN = "the population's figures name no such level"


def check(source: Source, plan: PlanSpec) -> None:
    """Raises NeedsFile when the plan has a population and another engine holds the table."""
    if plan.population is not None:
        frames.check_file(source, needed_by="A comparison with a population's figures")


def part(scored: Scored) -> Part:
    """A standardised difference per variable, and a participation ratio per level; nothing without a population."""
    population = scored.plan.population
    if population is None:
        return Part()
    check(scored.source, scored.plan)
    measurements: list[Measurement] = []
    facts: list[dict[str, object]] = []
    present = {item.name for item in scored.source.columns}
    for done, variable in enumerate(population.variables):
        scored.progress("population", done, len(population.variables))
        if variable.name not in present:
            made, fact = _absent(variable)
        elif variable.shares:
            made, fact = _levels(scored, variable)
        else:
            made, fact = _numbers(scored, variable)
        measurements.extend(made)
        unit = "rows" if subject_of(scored.source) is None else "patients"
        facts.append({"variable": variable.name, "source": population.source, "unit": unit, **fact})
    scored.progress("population", len(population.variables), len(population.variables))
    return Part(measurements, {"representativeness": facts})


def _absent(variable: Variable) -> tuple[list[Measurement], dict[str, object]]:
    nothing = Estimate.undefined("the table has no such column")
    made = [Measurement("population_smd", nothing, column=variable.name)]
    made += [_participates(variable.name, level, nothing) for level, _ in variable.shares]
    return made, {"smd": _fact(nothing), "people": 0, "missing": 0, "levels": []}


def _levels(scored: Scored, variable: Variable) -> tuple[list[Measurement], dict[str, object]]:
    """A variable with shares."""
    plan, found = scored.plan, duckdb_marginals.levels(scored.source, variable.name, limits=scored.limits)
    total = sum(share for _, share in variable.shares)
    shares = {level: share / total for level, share in variable.shares}
    people = sum(found.counts.values())
    smd = smd_of_levels(found.counts, shares, plan.confidence)
    made = [Measurement("population_smd", smd, column=variable.name)]
    told: list[dict[str, object]] = []
    extra = sorted((level for level in found.counts if level not in shares), key=lambda each: -found.counts[each])
    for level in (*shares, *extra[:LEVEL_LIMIT]):
        count = found.counts.get(level, 0)
        if level in shares:
            estimate = participation(count, people, shares[level], plan.confidence)
        else:
            estimate = Estimate.undefined(_UNKNOWN, n=people)
        made.append(_participates(variable.name, level, estimate))
        here = count / people if people else None
        told.append({"level": level, "table": here, "population": shares.get(level), **_fact(estimate)})
    unknown = {"unknown_levels": len(extra), "unknown_people": sum(found.counts[level] for level in extra)}
    return made, {"smd": _fact(smd), "people": people, "missing": found.missing, "levels": told, **unknown}


def _numbers(scored: Scored, variable: Variable) -> tuple[list[Measurement], dict[str, object]]:
    """A variable with a mean and a standard deviation."""
    assert variable.mean is not None
    assert variable.sd is not None
    found, missing = duckdb_marginals.numbers(
        scored.source, variable.name, variable.mean, variable.sd, limits=scored.limits
    )
    smd = smd_of_numbers(found, scored.plan.confidence)
    fact: dict[str, object] = {"smd": _fact(smd), "people": found.n, "missing": missing, "levels": []}
    if found.n:
        mean = variable.mean + found.mean * variable.sd
        fact |= {"table_mean": mean, "population_mean": variable.mean, "population_sd": variable.sd}
    return [Measurement("population_smd", smd, column=variable.name)], fact


def _participates(variable: str, level: str, estimate: Estimate) -> Measurement:
    return Measurement("participation_to_prevalence", estimate, slice=f"{variable}={level}")


def _fact(found: Estimate) -> dict[str, object]:
    return {"value": found.value, "low": found.low, "high": found.high}
