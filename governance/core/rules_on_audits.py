"""What do the audits say to a policy? The rules on finished audits, their findings, and single measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from audits.core import checks
from audits.core.catalog import CATALOG
from audits.core.values import Criterion, On, Verdict
from governance.core.facts import Audit, Facts, Finding, Measured, Plan, Table, Waived
from governance.core.policy import AuditRule, Control, MeasureRule, Origin, WaiverTerm
from governance.core.statements import Statement, Status, dawn, lacking

LEAST_CONFIDENCE = 0.95
_MOST_NAMED = 3
STATUS_OF_VERDICT = {
    Verdict.MET: Status.MET,
    Verdict.NOT_MET: Status.NOT_MET,
    Verdict.NOT_EVALUABLE: Status.NOT_EVALUABLE,
}
_OF = {
    None: "",
    Origin.INTERNAL: " of internal data",
    Origin.EXTERNAL: " of external data",
    Origin.LOCAL: " of local data",
}
_UPLOAD = {
    None: "Upload an evaluation table.",
    Origin.INTERNAL: "Upload an evaluation table from the source of the training data.",
    Origin.EXTERNAL: "Upload an evaluation table from another source than that of the training data.",
    Origin.LOCAL: "Upload an evaluation table of the site's own patients, from a dataset that names the site.",
}


@dataclass(frozen=True, slots=True)
class _Part:
    """Evaluation tables that are judged together. site: whose patients they are, "" where no single site is meant."""

    site: str
    tables: list[Table]


def audit(rule: AuditRule, control: Control, facts: Facts) -> Iterator[Statement]:
    if facts.plan is None:
        yield _no_plan()
        return
    if rule.audit not in facts.plan.kinds:
        # An audit that checks nothing would pass every time: what was not asked beforehand is not answered.
        text = f"Plan {facts.plan.number} sets no criterion for the {rule.audit} audit."
        yield lacking(Status.NOT_MET, text, "plan:validation", "Freeze a plan that sets one.", _plan(facts.plan))
    elif rule.measures and not any((rule.audit, name) in facts.plan.measures for name in rule.measures):
        text = f"Plan {facts.plan.number} sets no criterion on {_one_of(rule.measures)}."
        yield lacking(Status.NOT_MET, text, "plan:validation", "Freeze a plan that sets one.", _plan(facts.plan))
    parts = _parts(rule.origin, facts)
    if not parts:
        yield _no_site()
    for each in parts:
        yield from _audited(rule, control, each, facts.plan, facts)


def _audited(rule: AuditRule, control: Control, part: _Part, plan: Plan, facts: Facts) -> Iterator[Statement]:
    key = _key(rule.audit, rule.origin, part.site)
    if not part.tables:
        yield _no_table(rule.origin, part.site)
    for table in part.tables:
        yield from _on_table(rule, control, table, plan, facts, key)
    names = {table.id for table in part.tables}
    audits = [each for each in facts.audits if each.kind == rule.audit and each.table in names]
    yield from _age(rule, [each for each in audits if each.plan_digest == plan.digest], key, part.site, facts)


def _on_table(
    rule: AuditRule, control: Control, table: Table, plan: Plan, facts: Facts, key: str
) -> Iterator[Statement]:
    mine = [each for each in facts.audits if each.kind == rule.audit and each.table == table.id]
    counting = [each for each in mine if each.plan_digest == plan.digest]
    if not counting:
        stale = " (one under an earlier plan does not count)" if mine else ""
        text = f"{table.name}: no finished {rule.audit} audit under plan {plan.number}{stale}."
        remedy = f"Ask for the {rule.audit} audit."
        yield lacking(Status.NOT_MET, text, key, remedy, (f"table:{table.id}",))
    for each in counting:
        answered = [_finding(finding, control, table, each, facts) for finding in each.findings]
        yield from answered
        passed = each.checks - len(answered)
        text = f"{table.name}: {passed} of {each.checks} checks of the {rule.audit} audit are met."
        yield Statement(Status.MET, text, (f"audit:{each.id}",))


def _age(
    rule: AuditRule | MeasureRule, counting: Sequence[Audit], key: str, site: str, facts: Facts
) -> Iterator[Statement]:
    """Whether the newest of these audits is new enough. The older ones beside it need not be made again."""
    if rule.maximum_age_days is None or not counting:
        return
    newest = max(counting, key=lambda each: (each.finished_at is not None, each.finished_at))
    evidence = (f"audit:{newest.id}",)
    if newest.finished_at is None:
        text = f"Nobody knows when the {newest.kind} audit was finished, so its age cannot be told."
        yield lacking(Status.NOT_EVALUABLE, text, key, f"Ask for the {newest.kind} audit again.", evidence)
        return
    day, of = newest.finished_at.astimezone(UTC).date(), _of(rule.origin, site)
    ends_at = dawn(day + timedelta(days=rule.maximum_age_days + 1))
    if ends_at <= facts.now:
        text = (
            f"The newest {newest.kind} audit{of} was finished on {day}; "
            f"one of the last {rule.maximum_age_days} days is asked for."
        )
        remedy = f"Upload a table of recent patients, and ask for the {newest.kind} audit."
        yield lacking(Status.STALE, text, key, remedy, evidence)
    else:
        text = f"The newest {newest.kind} audit{of} was finished on {day}."
        yield Statement(Status.MET, text, evidence, ends_at=ends_at)


def _tables(origin: Origin | None, facts: Facts) -> list[Table]:
    return [table for table in facts.tables if origin is None or origin in table.origins]


def _parts(origin: Origin | None, facts: Facts) -> list[_Part]:
    """All tables of the origin together; local ones seen from all sites apart, for each site that uses the model."""
    tables = _tables(origin, facts)
    if origin is not Origin.LOCAL:
        return [_Part("", tables)]
    if facts.site:
        return [_Part(facts.site, tables)]
    return [_Part(site, [table for table in tables if table.site == site]) for site in facts.using]


def _key(kind: str, origin: Origin | None, site: str) -> str:
    return f"audit:{kind}" if origin is None else f"audit:{kind}.{origin}{f'@{site}' if site else ''}"


def _of(origin: Origin | None, site: str) -> str:
    return f"{_OF[origin]}{f' at {site}' if site else ''}"


def _one_of(measures: Sequence[str]) -> str:
    """Up to three of them by name; a person looks up the rest in the control."""
    shown = [f"“{CATALOG[name].label}”" if name in CATALOG else name for name in measures[:_MOST_NAMED]]
    more = f" or {len(measures) - len(shown)} others that the control names" if len(measures) > len(shown) else ""
    return f"{' or '.join(shown) if not more else ', '.join(shown)}{more}"


def _plan(plan: Plan) -> tuple[str, ...]:
    return (f"plan:{plan.digest}",)


def _no_plan() -> Statement:
    text = "No validation plan is in force, so no audit counts."
    return lacking(Status.NOT_EVALUABLE, text, "plan:validation", "Freeze a plan, before any audit.")


def _no_table(origin: Origin | None, site: str) -> Statement:
    text = f"There is no evaluation table{_of(origin, site)}."
    key = f"table:{origin or 'evaluation'}{f'@{site}' if site else ''}"
    return lacking(Status.NOT_MET, text, key, _UPLOAD[origin])


def _no_site() -> Statement:
    text = "No site is named that uses the model, so no data can be told to be local."
    return lacking(Status.NOT_MET, text, f"table:{Origin.LOCAL}", "Name the sites that use the model.")


def _finding(finding: Finding, control: Control, table: Table, audit: Audit, facts: Facts) -> Statement:
    evidence = (f"audit:{audit.id}",)
    term = control.term(finding.verdict)
    live = [each for each in finding.waivers if term is not None and is_live(each, facts) and not beyond(each, term)]
    if live:
        last = max(live, key=lambda waiver: waiver.expires_at)
        text = f"{table.name}: {finding.key} is waived by {last.signer} until {last.expires_at:%Y-%m-%d %H:%M} UTC."
        return Statement(Status.WAIVED, text, (*evidence, f"waiver:{last.id}"), ends_at=last.expires_at)
    status = Status.NOT_EVALUABLE if finding.verdict == Verdict.NOT_EVALUABLE else Status.NOT_MET
    text = f"{table.name}: {finding.key}. {finding.reason}{_lapsed(finding, term, facts)}"
    remedy = "Mend the model or the data in a new version"
    remedy = f"{remedy}, or have the finding waived." if term is not None else f"{remedy}."
    return lacking(status, text, f"finding:{audit.id}.{finding.key}", remedy, evidence)


def is_live(waiver: Waived, facts: Facts) -> bool:
    """Whether a waiver counts at the moment of the decision."""
    return not waiver.why_not and waiver.expires_at > facts.now


def beyond(waiver: Waived, term: WaiverTerm) -> str:
    """Why a waiver does not satisfy the term of this control; "" when it does. It may satisfy another policy's."""
    if not set(waiver.roles) & set(term.roles):
        return f"here only the role {' or '.join(term.roles)} may waive it"
    if waiver.signed_at is None or waiver.expires_at > waiver.signed_at + timedelta(days=term.maximum_days):
        return f"here it may be waived for {term.maximum_days} days at most"
    if term.compensating_measure and not waiver.measure:
        return "here a compensating measure must be named"
    return ""


def _lapsed(finding: Finding, term: WaiverTerm | None, facts: Facts) -> str:
    for waiver in finding.waivers:
        if waiver.why_not:
            return f" A waiver by {waiver.signer} does not count: {waiver.why_not}."
        if waiver.expires_at <= facts.now:
            return f" A waiver by {waiver.signer} lapsed on {waiver.expires_at:%Y-%m-%d %H:%M} UTC."
        if term is not None and (words := beyond(waiver, term)):
            return f" A waiver by {waiver.signer} does not count: {words}."
    return ""


def measure(rule: MeasureRule, control: Control, facts: Facts) -> Iterator[Statement]:
    if facts.plan is None:
        yield _no_plan()
        return
    if rule.on is On.INTERVAL and facts.plan.confidence < LEAST_CONFIDENCE:
        yield _too_narrow(facts.plan)
        return
    parts = _parts(rule.origin, facts)
    if not parts:
        yield _no_site()
    counting = [each for each in facts.measured if each.plan_digest == facts.plan.digest]
    for each in parts:
        yield from _within(rule, control, each, counting, facts)


def _within(
    rule: MeasureRule, control: Control, part: _Part, counting: Sequence[Measured], facts: Facts
) -> Iterator[Statement]:
    key = _key(CATALOG[rule.measure].kind, rule.origin, part.site)
    if not part.tables:
        yield _no_table(rule.origin, part.site)
    for table in part.tables:
        yield from _measured(rule, control, table, [each for each in counting if each.table == table.id], key)
    names = {table.id for table in part.tables}
    used = {each.audit for each in counting if each.table in names and each.measure == rule.measure}
    yield from _age(rule, [each for each in facts.audits if each.id in used], key, part.site, facts)


def _measured(
    rule: MeasureRule, control: Control, table: Table, mine: Sequence[Measured], unmeasured: str
) -> Iterator[Statement]:
    entry = CATALOG[rule.measure]
    evidence = tuple(sorted({f"audit:{each.audit}" for each in mine})) or (f"table:{table.id}",)
    criterion = Criterion(
        id=control.id,
        kind=entry.kind,
        measure=rule.measure,
        minimum=rule.minimum,
        maximum=rule.maximum,
        on=rule.on,
        slice=rule.slice,
        operating_point=rule.operating_point,
        minimum_n=rule.minimum_n,
    )
    key = f"measure:{rule.measure}" if mine else unmeasured
    remedy = "Improve the model, or measure it on more patients." if mine else f"Ask for the {entry.kind} audit."
    for check in checks.apply((criterion,), [each.measurement for each in mine]):
        status, text = STATUS_OF_VERDICT[check.verdict], f"{table.name}: {entry.label}: {check.reason}"
        if status is Status.MET:
            yield Statement(status, text, evidence)
        else:
            yield lacking(status, text, key, remedy, evidence)


def _too_narrow(plan: Plan) -> Statement:
    # The makers choose the plan: with a low confidence any interval would shrink until it respects the pack's bound.
    text = (
        f"Plan {plan.number} has intervals of {plan.confidence:.4g} confidence; "
        f"the policy compares those of at least {LEAST_CONFIDENCE:g}."
    )
    remedy = "Submit a new version with such a plan."
    return lacking(Status.NOT_EVALUABLE, text, "plan:validation", remedy, _plan(plan))
