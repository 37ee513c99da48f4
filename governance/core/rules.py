"""What do the version's state, its plans, the ledger and Formulary itself say? One function a rule.

What is absent never counts in favour. The other rules stand beside: `rules_on_card`, `rules_on_documents`,
`rules_on_audits`, `rules_on_people`, `rules_on_risks`; `answers` knows which rule is answered where.
"""

from __future__ import annotations

from collections.abc import Iterator

from governance.core.capabilities import CAPABILITIES
from governance.core.facts import Facts
from governance.core.plans import PLANS
from governance.core.policy import CapabilityRule, ChangeRule, Control, LedgerRule, PlanRule, StateRule
from governance.core.statements import Statement, Status, lacking

VALIDATION = "validation"


def plan(rule: PlanRule, control: Control, facts: Facts) -> Iterator[Statement]:
    return _validation(rule, facts) if rule.plan == VALIDATION else _governed(rule, facts)


def _validation(rule: PlanRule, facts: Facts) -> Iterator[Statement]:
    """Its sections are the audits for which it sets a criterion."""
    found, key = facts.plan, f"plan:{VALIDATION}"
    if found is None:
        yield lacking(Status.NOT_MET, "No validation plan is frozen.", key, "Freeze a plan, before any audit.")
        return
    evidence = (f"plan:{found.digest}",)
    if found.first_audit_at is not None and found.first_audit_at < found.frozen_at:
        text = f"Plan {found.number} was frozen after the first audit of the version was asked for."
        yield lacking(Status.NOT_MET, text, f"{key}.late", "Submit a new version, and freeze its plan first.", evidence)
    elif missing := [name for name in rule.sections if name not in found.kinds]:
        text = f"Plan {found.number} sets no criterion for {_listed(missing)}."
        yield lacking(
            Status.NOT_MET, text, f"{key}.criteria.{','.join(missing)}", "Freeze a plan that sets one.", evidence
        )
    else:
        yield Statement(Status.MET, f"Plan {found.number} was frozen beforehand.", evidence)


def _governed(rule: PlanRule, facts: Facts) -> Iterator[Statement]:
    found = [each for each in facts.plans if each.kind == rule.plan]
    spec, key = PLANS.get(rule.plan), f"plan:{rule.plan}"
    label = spec.label.lower() if spec else f"{rule.plan} plan"
    if not found:
        text = f"No {label} is frozen for the model."
        yield lacking(Status.NOT_MET, text, key, f"Write the {label} and freeze it.")
        return
    newest = max(found, key=lambda each: each.number)
    evidence = (f"governed_plan:{newest.id}",)
    if missing := [name for name in rule.sections if name not in newest.sections]:
        named = _listed(
            [f"“{spec.sections[name].question}”" if spec and name in spec.sections else name for name in missing]
        )
        text = f"The {label} (number {newest.number}) does not answer {named}"
        remedy = f"Freeze a new {label} that answers {named}."
        yield lacking(Status.NOT_MET, f"{text}.", f"{key}.sections.{','.join(missing)}", remedy, evidence)
    else:
        text = f"The {label} (number {newest.number}) is in force since {newest.frozen_at:%Y-%m-%d}."
        yield Statement(Status.MET, text, evidence)


def change(rule: ChangeRule, control: Control, facts: Facts) -> Iterator[Statement]:
    """A first version is met: there is nothing that it could depart from."""
    evidence = (f"version:{facts.version}",)
    why = " ".join(facts.change_reasons)
    key = "plan:change.declared"
    if not facts.change:
        yield Statement(Status.MET, "There is no earlier version that this one could change.", evidence)
    elif facts.change == rule.judged:
        yield Statement(Status.MET, "What this version changes stays inside the change plan.", evidence)
    elif facts.change == "out_of_plan":
        text = f"What this version changes is outside the change plan. {why}".rstrip()
        remedy = "Have it assessed whether the change needs a new submission."
        yield lacking(Status.NOT_MET, text, key, remedy, evidence)
    else:
        text = f"Nobody can tell whether this version stays inside the change plan. {why}".rstrip()
        remedy = "Declare what the version changes, and audit what the change plan bounds."
        yield lacking(Status.NOT_EVALUABLE, text, key, remedy, evidence)


def state(rule: StateRule, control: Control, facts: Facts) -> Iterator[Statement]:
    evidence = (f"version:{facts.version}",)
    text = f"The version is {facts.state.replace('_', ' ')}."
    if facts.state in rule.none_of:
        yield lacking(Status.NOT_MET, text, "state:usable", "Submit a new version, or lift the suspension.", evidence)
    else:
        yield Statement(Status.MET, text, evidence)


def ledger(rule: LedgerRule, control: Control, facts: Facts) -> Iterator[Statement]:
    if facts.ledger_size is None:
        text = "The ledger cannot be read, or its head contradicts its entries."
        remedy = "Verify the ledger; restore it from a backup if it is damaged."
        yield lacking(Status.NOT_MET, text, "ledger:intact", remedy)
    else:
        text = f"The ledger holds {facts.ledger_size:,} entries."
        yield Statement(Status.MET, text, (f"ledger:{facts.ledger_size}",))


def capability(rule: CapabilityRule, control: Control, facts: Facts) -> Iterator[Statement]:
    found = next((each for each in facts.capabilities if each.key == rule.capability), None)
    known = CAPABILITIES.get(rule.capability)
    label = known.label if known else rule.capability.replace("_", " ")
    key, evidence = f"capability:{rule.capability}", (f"capability:{rule.capability}",)
    remedy = known.remedy if known else "Run a release of Formulary that has it."
    if found is None:
        text = f"{label}: nobody looked whether the running system does this."
        yield lacking(Status.NOT_EVALUABLE, text, key, remedy)
    elif found.holds:
        yield Statement(Status.MET, f"{label}: {found.text}", evidence)
    else:
        yield lacking(Status.NOT_MET, f"{label}: {found.text}", key, remedy, evidence)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
