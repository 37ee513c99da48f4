"""Can the plan in force be decided on a table, from what its upload counted? Reads no rows and no results."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from audits.core.catalog import CATALOG
from audits.core.expected_levels import expected_levels
from audits.core.feasibility import Counts, Statement, statements
from audits.errors import BadAnticipation, NoPlan, WrongTable
from audits.models.plan import ValidationPlan
from audits.services.plans import spec_of
from registry.models.table import PredictionTable, TablePurpose
from registry.models.version import ModelVersion


def before_the_run(
    *, version: ModelVersion, table: PredictionTable | None, anticipated: Sequence[str] = ()
) -> tuple[ValidationPlan, PredictionTable, list[Statement]]:
    """What can be said of every criterion of the plan in force, on this evaluation table or else on the newest.

    anticipated: "criterion id:value" each. Raises: NoPlan, WrongTable, BadAnticipation.
    """
    plan = version.plans.first()
    if plan is None:
        raise NoPlan("Freeze a validation plan first: without criteria there is nothing to be decided.")
    chosen = table or version.tables.filter(purpose=TablePurpose.EVALUATION).first()
    if chosen is None or chosen.version_id != version.pk or chosen.purpose != TablePurpose.EVALUATION:
        raise WrongTable("Name an evaluation table of the same version.")
    return plan, chosen, of_plan(plan, chosen, _values(plan, anticipated))


def of_plan(
    plan: ValidationPlan, table: PredictionTable, anticipated: Mapping[str, float] | None = None
) -> list[Statement]:
    """The statements on a plan and a table that are at hand already."""
    return statements(spec_of(plan), counts_of(table), anticipated)


def counts_of(table: PredictionTable) -> Counts:
    """What the upload counted of the table."""
    summary = table.summary
    outcomes = summary.get("outcomes") or {}
    declared = {column["name"]: column.get("levels") or () for column in table.schema["columns"]}
    return Counts(
        rows=table.rows,
        events=outcomes.get("1"),
        nonevents=outcomes.get("0"),
        roles=frozenset(column["role"] for column in table.schema["columns"]),
        groups={
            column["name"]: expected_levels(column["levels"], column["nulls"], declared[column["name"]])
            for column in summary.get("columns", ())
            if column["role"] == "subgroup" and column.get("levels") is not None
        },
        subjects=table.subjects,
    )


def _values(plan: ValidationPlan, given: Sequence[str]) -> dict[str, float]:
    measures = {criterion["id"]: CATALOG[criterion["measure"]] for criterion in plan.document["criteria"]}
    found = {}
    for text in given:
        name, _, number = text.rpartition(":")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        entry = measures.get(name)
        if entry is None or not math.isfinite(value):
            raise BadAnticipation(f"{text[:80]!r} is not “criterion:value” with a criterion of the plan and a number.")
        if not entry.can_be(value):
            raise BadAnticipation(f"{text[:80]!r}: {entry.label} lies {entry.range_in_words}.")
        found[name] = value
    return found
