"""What do the audits of each evaluation table show? One chapter per question, each over all evaluation tables."""

from __future__ import annotations

from collections.abc import Iterable

from audits.core.values import Kind
from governance.reports import sections_columns, sections_compared, sections_groups, sections_performance
from governance.reports.blocks import Block, Chapter, Heading, Text
from governance.reports.evidence import Audit, Evidence

#: Chapters that only some tables have something for.
_OPTIONAL = (sections_compared.comparison, sections_compared.sites)


def chapters(found: Evidence) -> Iterable[Chapter]:
    """One chapter per question; tables within."""
    evaluated = [each for each in found.tables if each.purpose == "evaluation"]
    speaking = speaking_audits(found)
    confidence = float(found.plan.document.get("confidence", 0.95)) if found.plan else 0.95
    several = len(evaluated) > 1
    for title, kind, blocks in (
        ("Performance", Kind.VALIDATION, sections_performance.performance),
        ("Against the existing method", Kind.VALIDATION, sections_compared.comparison),
        ("From site to site", Kind.VALIDATION, sections_compared.sites),
        ("Patient groups", Kind.VALIDATION, sections_groups.groups),
        ("Drift", Kind.DRIFT, sections_columns.drift),
        ("Data quality", Kind.QUALITY, sections_columns.quality),
    ):
        made: list[Block] = []
        optional = blocks in _OPTIONAL
        for each in evaluated:
            audit = speaking.get((each.id, kind))
            bias = speaking.get((each.id, Kind.BIAS)) if blocks is sections_groups.groups else None
            told: list[Block] = []
            if audit is not None:
                told.extend(blocks(audit, each, confidence, bias))
            elif not optional:
                told.append(Text(f"No finished {kind.value} audit of this table under the plan in force."))
            if told and several:
                made.append(Heading(f"{each.dataset} ({each.file_name})"))
            made.extend(told)
        if optional and not made:
            continue
        yield Chapter(title, tuple(made) or (Text("There is no evaluation table."),), fresh=kind is Kind.VALIDATION)


def speaking_audits(found: Evidence) -> dict[tuple[str, str], Audit]:
    """The last finished audit of each kind and table under the plan in force."""
    plan = found.plan.digest if found.plan else None
    done = [audit for audit in found.audits if audit.state == "succeeded" and audit.plan_digest == plan]
    return {(audit.table, audit.kind): audit for audit in sorted(done, key=lambda each: each.finished_at or "")}
