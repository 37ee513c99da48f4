"""What does each kind of rule find in the facts? One function a rule; what is absent never counts in favour.

`governance.core.rules_on_audits` answers the rules about audits and measures.
"""

from __future__ import annotations

from collections.abc import Iterator

from audits.core.values import On
from governance.core.consent import Coverage
from governance.core.facts import Approval, Facts
from governance.core.policy import AttributeRule, ConsentRule, Control, LedgerRule, PlanRule, SignatureRule, StateRule
from governance.core.statements import Statement, Status


def attribute(rule: AttributeRule, control: Control, facts: Facts) -> Iterator[Statement]:
    said = {name for name, text in facts.attributes if text.strip()}
    for name in rule.fields:
        if name not in said:
            text = f"The model does not state its {name.replace('_', ' ')}."
            yield Statement(Status.NOT_MET, text, remedy=f"State the {name.replace('_', ' ')}.")
    if said.issuperset(rule.fields):
        yield Statement(Status.MET, "Every field that is asked for is filled in.", (f"version:{facts.version}",))


def plan(rule: PlanRule, control: Control, facts: Facts) -> Iterator[Statement]:
    found = facts.plan
    if found is None:
        yield Statement(Status.NOT_MET, "No validation plan is frozen.", remedy="Freeze a plan, before any audit.")
        return
    evidence = (f"plan:{found.digest}",)
    if found.first_audit_at is not None and found.first_audit_at < found.frozen_at:
        text = f"Plan {found.number} was frozen after the first audit under it was asked for."
        yield Statement(Status.NOT_MET, text, evidence, "Submit a new version, and freeze its plan first.")
    else:
        yield Statement(Status.MET, f"Plan {found.number} was frozen beforehand.", evidence)


def state(rule: StateRule, control: Control, facts: Facts) -> Iterator[Statement]:
    evidence = (f"version:{facts.version}",)
    if facts.state in rule.none_of:
        text = f"The version is {facts.state.replace('_', ' ')}."
        yield Statement(Status.NOT_MET, text, evidence, "Submit a new version, or lift the suspension.")
    else:
        yield Statement(Status.MET, f"The version is {facts.state.replace('_', ' ')}.", evidence)


def ledger(rule: LedgerRule, control: Control, facts: Facts) -> Iterator[Statement]:
    if facts.ledger_size is None:
        text = "The ledger cannot be read, or its head contradicts its entries."
        yield Statement(Status.NOT_MET, text, remedy="Verify the ledger; restore it from a backup if it is damaged.")
    else:
        text = f"The ledger holds {facts.ledger_size:,} entries."
        yield Statement(Status.MET, text, (f"ledger:{facts.ledger_size}",))


def consent(rule: ConsentRule, control: Control, facts: Facts) -> Iterator[Statement]:
    if not facts.tables:
        yield Statement(Status.NOT_EVALUABLE, "There is no evaluation table.", remedy="Upload an evaluation table.")
    counted = {each.table: each for each in facts.coverages if each.purpose == rule.purpose}
    for table in facts.tables:
        yield _covered(rule, table.name, counted.get(table.id), (f"table:{table.id}",))


def _covered(rule: ConsentRule, table: str, found: Coverage | None, evidence: tuple[str, ...]) -> Statement:
    if found is None:
        return Statement(Status.NOT_EVALUABLE, f"{table}: consent was not counted.", evidence, "Ask the gate again.")
    if not found.consent_based:
        return Statement(Status.NOT_APPLICABLE, f"{table}: {found.reason}", evidence)
    if found.value is None or found.low is None or found.high is None:
        remedy = "Upload the table with a subject column."
        return Statement(Status.NOT_EVALUABLE, f"{table}: {found.reason}", evidence, remedy)
    share = f"{table}: {found.covered:,} of {found.eligible:,} patients ({found.value:.1%}) consented to {rule.purpose}"
    remedy = "Import the consents that are missing, or upload a table without the patients who gave none."
    low, high = (found.value, found.value) if rule.on is On.ESTIMATE else (found.low, found.high)
    if rule.on is On.INTERVAL:
        share += f", 95% interval {found.low:.1%} to {found.high:.1%}"
    if low >= rule.minimum:
        return Statement(Status.MET, f"{share}; at least {rule.minimum:.0%} is asked for.", evidence)
    if high < rule.minimum:
        return Statement(Status.NOT_MET, f"{share}; at least {rule.minimum:.0%} is asked for.", evidence, remedy)
    text = f"{share}, which straddles {rule.minimum:.0%}: we cannot tell yet."
    return Statement(Status.NOT_EVALUABLE, text, evidence, remedy)


def signature(rule: SignatureRule, control: Control, facts: Facts) -> Iterator[Statement]:
    """Met when `count` persons signed and, with `other_than`, at least one more signed there: existence, no order.

    Read so, a further signature can only help and a missing one can only harm.
    """
    signed = [each for each in facts.approvals if each.role == rule.role and each.meaning == rule.meaning]
    counting = [each for each in signed if not why_not(each, facts)]
    persons = {each.signer for each in counting}
    others = {each.signer for each in facts.approvals if each.role == rule.other_than and not why_not(each, facts)}
    names = ", ".join(sorted({each.printed_name for each in counting}))
    evidence = tuple(f"approval:{each.id}" for each in counting)
    if len(persons) < rule.count:
        text = f"{len(persons)} of {rule.count} signatures as {rule.role} count{f': {names}' if names else ''}."
        text += "".join(
            f" The one of {each.printed_name} does not: {why_not(each, facts)}."
            for each in signed
            if why_not(each, facts)
        )
        remedy = f"Ask somebody with the role of {rule.role} who took no part in the work to sign."
        yield Statement(Status.NOT_MET, text, evidence, remedy)
    elif rule.other_than and (not others or len(persons | others) < rule.count + 1):
        text = f"{names} signed as {rule.role}, but no other person has signed as {rule.other_than} yet."
        yield Statement(Status.NOT_MET, text, evidence, f"Ask another person to sign as {rule.other_than}.")
    else:
        yield Statement(Status.MET, f"Signed as {rule.role} by {names}.", evidence)


def why_not(approval: Approval, facts: Facts) -> str:
    """Why a signature does not count now; "" when it does."""
    if approval.why_not:
        return approval.why_not
    if facts.plan is None or approval.plan_digest != facts.plan.digest:
        return "it was given under another validation plan than the one in force"
    return ""
