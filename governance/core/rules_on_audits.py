"""What do the audits say to a policy? The rules on finished audits, their findings, and single measures."""

from __future__ import annotations

from collections.abc import Iterator

from audits.core import checks
from audits.core.catalog import CATALOG
from audits.core.values import Criterion, On, Verdict
from governance.core.facts import Audit, Facts, Finding, Plan, Table, Waived
from governance.core.policy import AuditRule, Control, MeasureRule
from governance.core.statements import Statement, Status

LEAST_CONFIDENCE = 0.95
STATUS_OF_VERDICT = {
    Verdict.MET: Status.MET,
    Verdict.NOT_MET: Status.NOT_MET,
    Verdict.NOT_EVALUABLE: Status.NOT_EVALUABLE,
}
_NO_PLAN = Statement(
    Status.NOT_EVALUABLE, "No validation plan is in force, so no audit counts.", remedy="Freeze a plan."
)
_NO_TABLE = Statement(Status.NOT_MET, "There is no evaluation table.", remedy="Upload an evaluation table.")


def audit(rule: AuditRule, control: Control, facts: Facts) -> Iterator[Statement]:
    if facts.plan is None:
        yield _NO_PLAN
        return
    if rule.audit not in facts.plan.kinds:
        # An audit that checks nothing would pass every time: what was not asked beforehand is not answered.
        text = f"Plan {facts.plan.number} sets no criterion for the {rule.audit} audit."
        yield Statement(Status.NOT_MET, text, (f"plan:{facts.plan.digest}",), "Freeze a plan that sets one.")
    if not facts.tables:
        yield _NO_TABLE
    for table in facts.tables:
        yield from _on_table(rule, control, table, facts.plan, facts)


def _on_table(rule: AuditRule, control: Control, table: Table, plan: Plan, facts: Facts) -> Iterator[Statement]:
    mine = [each for each in facts.audits if each.kind == rule.audit and each.table == table.id]
    counting = [each for each in mine if each.plan_digest == plan.digest]
    if not counting:
        stale = " (one under an earlier plan does not count)" if mine else ""
        text = f"{table.name}: no finished {rule.audit} audit under plan {plan.number}{stale}."
        yield Statement(Status.NOT_MET, text, (f"table:{table.id}",), f"Ask for the {rule.audit} audit.")
    for each in counting:
        answered = [_finding(finding, control, table, each, facts) for finding in each.findings]
        yield from answered
        passed = each.checks - len(answered)
        text = f"{table.name}: {passed} of {each.checks} checks of the {rule.audit} audit are met."
        yield Statement(Status.MET, text, (f"audit:{each.id}",))


def _finding(finding: Finding, control: Control, table: Table, audit: Audit, facts: Facts) -> Statement:
    evidence = (f"audit:{audit.id}",)
    waivable = any(term.verdict == finding.verdict for term in control.waivers)
    live = [waiver for waiver in finding.waivers if waivable and is_live(waiver, facts)]
    if live:
        last = max(live, key=lambda waiver: waiver.expires_at)
        text = f"{table.name}: {finding.key} is waived by {last.signer} until {last.expires_at:%Y-%m-%d %H:%M} UTC."
        return Statement(Status.WAIVED, text, (*evidence, f"waiver:{last.id}"))
    status = Status.NOT_EVALUABLE if finding.verdict == Verdict.NOT_EVALUABLE else Status.NOT_MET
    text = f"{table.name}: {finding.key}. {finding.reason}{_lapsed(finding, facts)}"
    remedy = "Mend the model or the data in a new version"
    return Statement(status, text, evidence, f"{remedy}, or have the finding waived." if waivable else f"{remedy}.")


def is_live(waiver: Waived, facts: Facts) -> bool:
    """Whether a waiver counts at the moment of the decision."""
    return not waiver.why_not and waiver.expires_at > facts.now


def _lapsed(finding: Finding, facts: Facts) -> str:
    for waiver in finding.waivers:
        if waiver.why_not:
            return f" A waiver by {waiver.signer} does not count: {waiver.why_not}."
        if waiver.expires_at <= facts.now:
            return f" A waiver by {waiver.signer} lapsed on {waiver.expires_at:%Y-%m-%d %H:%M} UTC."
    return ""


def measure(rule: MeasureRule, control: Control, facts: Facts) -> Iterator[Statement]:
    if facts.plan is None:
        yield _NO_PLAN
        return
    if rule.on is On.INTERVAL and facts.plan.confidence < LEAST_CONFIDENCE:
        yield _too_narrow(facts.plan)
        return
    if not facts.tables:
        yield _NO_TABLE
    criterion = Criterion(
        id=control.id,
        kind=CATALOG[rule.measure].kind,
        measure=rule.measure,
        minimum=rule.minimum,
        maximum=rule.maximum,
        on=rule.on,
        slice=rule.slice,
        operating_point=rule.operating_point,
        minimum_n=rule.minimum_n,
    )
    for table in facts.tables:
        mine = [each for each in facts.measured if each.table == table.id and each.plan_digest == facts.plan.digest]
        evidence = tuple(sorted({f"audit:{each.audit}" for each in mine})) or (f"table:{table.id}",)
        for check in checks.apply((criterion,), [each.measurement for each in mine]):
            label = CATALOG[rule.measure].label
            remedy = "" if check.verdict is Verdict.MET else "Improve the model, or measure it on more patients."
            yield Statement(
                STATUS_OF_VERDICT[check.verdict], f"{table.name}: {label}: {check.reason}", evidence, remedy
            )


def _too_narrow(plan: Plan) -> Statement:
    # The makers choose the plan: with a low confidence any interval would shrink until it respects the pack's bound.
    text = (
        f"Plan {plan.number} has intervals of {plan.confidence:.4g} confidence; "
        f"the policy compares those of at least {LEAST_CONFIDENCE:g}."
    )
    return Statement(Status.NOT_EVALUABLE, text, (f"plan:{plan.digest}",), "Submit a new version with such a plan.")
