"""What can go wrong, what did, and what is written down about it? The rules on risks, incidents and logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from governance.core import hazards, incidents
from governance.core.facts import Facts, Log, Risk
from governance.core.hazards import CHARACTERISTICS, HAZARDS
from governance.core.logs import LOGS
from governance.core.policy import Control, IncidentRule, LogRule, RiskRule
from governance.core.risk import Level
from governance.core.statements import Statement, Status, dawn, lacking


def risk(rule: RiskRule, control: Control, facts: Facts) -> Iterator[Statement]:
    found = [each for each in facts.risks if _looked_at(each, rule)]
    evidence = tuple(f"risk:{each.id}" for each in found)
    failing = [
        *_missing(rule, found),
        *_unfinished(rule, found),
        *_before_plan(rule, found, facts),
        *_whole(rule, facts),
    ]
    yield from failing
    if not failing:
        asked = [name for name in _STEPS if getattr(rule, name)]
        done = f", each {' and '.join(asked)}" if asked else ""
        done += f"; {facts.register_accepted_by} accepted it as a whole" if rule.overall else ""
        entries = "entry" if len(found) == 1 else "entries"
        text = f"The risk register has {len(found):,} {entries} that are asked for{done}.{_proofs(rule, found)}"
        yield Statement(Status.MET, text, evidence, ends_at=_proof_ends(rule, found))


def _proofs(rule: RiskRule, found: list[Risk]) -> str:
    """Which audits were taken as showing that controls work, each once."""
    named = dict.fromkeys(name for each in found if rule.proven for name in each.proof.split("; ") if name)
    return f" Shown by: {'; '.join(named)}." if named else ""


def _proof_ends(rule: RiskRule, found: list[Risk]) -> datetime | None:
    """When the first of them stops counting, because a waiver ends."""
    return min((each.proof_ends_at for each in found if rule.proven and each.proof_ends_at is not None), default=None)


def _looked_at(found: Risk, rule: RiskRule) -> bool:
    if not rule.hazards and not rule.characteristics:
        return True
    return found.hazard in rule.hazards or bool(set(found.characteristics) & set(rule.characteristics))


def _missing(rule: RiskRule, found: list[Risk]) -> Iterator[Statement]:
    """What has no entry at all."""
    named = {each.hazard for each in found}
    touched = {name for each in found for name in each.characteristics}
    for name in rule.hazards:
        if name not in named:
            label = hazards.label(name) if name in HAZARDS else name.replace("_", " ")
            text = f"The risk register has no entry on the hazard “{label}”."
            yield lacking(Status.NOT_MET, text, f"risk:{name}", f"Enter what “{label}” means for this model.")
    for name in rule.characteristics:
        if name not in touched:
            label = CHARACTERISTICS[name].label if name in CHARACTERISTICS else name
            text = f"The risk register has no entry that concerns {label.lower()}."
            yield lacking(Status.NOT_MET, text, f"risk:{name}", f"Enter a risk that concerns {label.lower()}.")
    if len(found) < rule.minimum and not (rule.hazards or rule.characteristics):
        text = f"The risk register has {len(found):,} of at least {rule.minimum:,} entries."
        yield lacking(Status.NOT_MET, text, "risk:entries", "Enter the risks of the model in the register.")
    elif len(found) < rule.minimum:
        text = f"The risk register has {len(found):,} of at least {rule.minimum:,} such entries."
        yield lacking(Status.NOT_MET, text, "risk:further", "Enter further risks of this kind in the register.")


# What can be asked of every entry: whether it is so, what is missing otherwise, and what a person does about it.
_STEPS: Mapping[str, tuple[Callable[[Risk], bool], str, str]] = {
    "estimated": (
        lambda each: each.estimated,
        "has no estimate of probability and severity",
        "Estimate the probability and severity of",
    ),
    "controlled": (lambda each: each.controls > 0, "has no control", "Write down what is done against"),
    "proven": (
        lambda each: each.proven,
        "has no control whose effect a finished audit shows",
        "Link an audit that shows the effect of a control of",
    ),
    "accepted": (
        lambda each: bool(each.residual) and bool(each.accepted_by),
        "has no residual risk that somebody accepted by signature",
        "Judge what is left, and ask somebody who did not write it to accept",
    ),
    "acceptable": (
        lambda each: each.residual not in ("", Level.NOT_ACCEPTABLE),
        "has no residual risk that was judged acceptable",
        "Lower, and judge again, what is left of",
    ),
}


def _unfinished(rule: RiskRule, found: list[Risk]) -> Iterator[Statement]:
    """Entries that were not carried as far as is asked."""
    for name, (done, lack, remedy) in _STEPS.items():
        for each in found if getattr(rule, name) else ():
            if not done(each):
                label, key = each.title or hazards.label(each.hazard), f"risk:{each.id}.{name}"
                against = f": {each.proof}" if name == "proven" and each.proof else ""
                text = f"The risk “{label}” {lack}{against}."
                yield lacking(Status.NOT_MET, text, key, f"{remedy} the risk “{label}”.", (f"risk:{each.id}",))


def _whole(rule: RiskRule, facts: Facts) -> Iterator[Statement]:
    """What is asked of the register, not of its entries."""
    if rule.overall and not facts.register_accepted_by:
        text = "Nobody has accepted, by a signature that stands, what is left of all risks together."
        remedy = "Have the whole register accepted by somebody who wrote no part of it, once each risk is."
        yield lacking(Status.NOT_MET, text, "risk:register.accepted", remedy)


def _before_plan(rule: RiskRule, found: list[Risk], facts: Facts) -> Iterator[Statement]:
    """Entries that stand as they were written before there was a plan."""
    if not rule.plan_first:
        return
    plan = next((each for each in facts.plans if each.kind == "risk"), None)
    if plan is None:
        text = "No risk management plan is frozen, so no risk was analysed by one."
        yield lacking(Status.NOT_MET, text, "plan:risk", "Freeze the plan before the analysis starts.")
        return
    frozen = plan.first_frozen_at or plan.frozen_at
    for each in found:
        if each.recorded_at is None or each.recorded_at < frozen:
            label = each.title or hazards.label(each.hazard)
            text = f"The risk “{label}” was written before a plan was frozen on {frozen:%Y-%m-%d}."
            remedy = f"Analyse the risk “{label}” again by the plan, and revise its entry."
            yield lacking(Status.NOT_MET, text, f"risk:{each.id}.plan_first", remedy, (f"risk:{each.id}",))


def incident(rule: IncidentRule, control: Control, facts: Facts) -> Iterator[Statement]:
    late = [each for each in facts.incidents if each.overdue]
    bound = incidents.rank(rule.above)
    grave = [each for each in facts.incidents if not each.closed and incidents.rank(each.severity) > bound]
    # Whatever is found now, it is found otherwise once the next deadline passes.
    due = min((each.due_at for each in facts.incidents if each.due_at is not None), default=None)
    for each in late:
        text = f"The incident {each.title or each.id} is past the deadline of a report."
        remedy = "Make the report, and enter when it was made; or say why none is owed."
        found = lacking(Status.NOT_MET, text, f"incident:{each.id}.overdue", remedy, (f"incident:{each.id}",))
        yield replace(found, ends_at=due)
    for each in grave:
        text = f"The incident {each.title or each.id} ({_severity(each.severity)}) is open."
        remedy = "Find the cause, act on it, and close the incident."
        found = lacking(Status.NOT_MET, text, f"incident:{each.id}", remedy, (f"incident:{each.id}",))
        yield replace(found, ends_at=due)
    if not late and not grave:
        text = f"No incident above “{_severity(rule.above)}” is open, and no report is overdue."
        yield Statement(Status.MET, text, tuple(f"incident:{each.id}" for each in facts.incidents), ends_at=due)


def _severity(key: str) -> str:
    return incidents.SEVERITIES[key].label.lower() if key in incidents.SEVERITIES else key.replace("_", " ")


_BEST_FIRST = (Status.MET, Status.STALE, Status.NOT_MET)


def log(rule: LogRule, control: Control, facts: Facts) -> Iterator[Statement]:
    found = [_log(each, rule, facts) for each in facts.logs if each.kind == rule.log]
    if not found:
        label = log_label(rule.log)
        text = f"Nothing is said about where the “{label}” is kept."
        yield lacking(
            Status.NOT_MET, text, f"log:{rule.log}", f"Register the “{label}”: where it is kept, and how long."
        )
    else:
        yield min(found, key=lambda each: _BEST_FIRST.index(each.status))


def _log(found: Log, rule: LogRule, facts: Facts) -> Statement:
    label, key, evidence = log_label(found.kind), f"log:{found.kind}", (f"log:{found.id}",)
    if found.retention_days < rule.retention_days:
        text = (
            f"The “{label}” is kept for {found.retention_days:,} days; at least {rule.retention_days:,} are asked for."
        )
        remedy = f"Keep the “{label}” for at least {rule.retention_days:,} days, and register that."
        return lacking(Status.NOT_MET, text, f"{key}.retention", remedy, evidence)
    ends_at = None
    if rule.reviewed_within_days is not None:
        ends_at = dawn(found.reviewed_on + timedelta(days=rule.reviewed_within_days + 1))
        if ends_at <= facts.now:
            text = (
                f"The “{label}” was last looked at on {found.reviewed_on}; "
                f"it must be looked at every {rule.reviewed_within_days} days."
            )
            remedy = f"Look whether the “{label}” is written and kept as it should be, and say so."
            return lacking(Status.STALE, text, key, remedy, evidence)
    text = f"The “{label}” is kept for {found.retention_days:,} days; it was last looked at on {found.reviewed_on}."
    return Statement(Status.MET, text, evidence, ends_at=ends_at)


def log_label(kind: str) -> str:
    """How a person calls a kind of log."""
    return LOGS[kind].label if kind in LOGS else kind.replace("_", " ")
