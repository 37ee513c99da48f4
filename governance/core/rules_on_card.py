"""What does the model's card answer to a policy? Said, reviewed lately enough, and nothing that is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from governance.core.facts import Facts, Stated
from governance.core.policy import AttributeRule, Control
from governance.core.statements import Statement, Status, dawn, lacking
from registry.core.card import CARD
from registry.core.card_field import Kind

_SHORT = 60


def attribute(rule: AttributeRule, control: Control, facts: Facts) -> Iterator[Statement]:
    said = {each.key: each for each in facts.stated}
    for field in rule.fields:
        yield _field(field, rule, said.get(field), facts)


def _field(field: str, rule: AttributeRule, found: Stated | None, facts: Facts) -> Statement:
    label, key = label_of(field), f"attribute:{field}"
    if found is None or not (_answers(found) or found.not_available.strip()):
        text = f"The card does not state “{label}”."
        return lacking(Status.NOT_MET, text, key, f"State “{label}” on the model's card.")
    evidence = (f"card:{found.entry}",)
    if not _answers(found) and not rule.not_available:
        text = f"The card says that “{label}” is not available: {found.not_available.strip()} Here it must be stated."
        return lacking(Status.NOT_MET, text, f"{key}.not_available", f"State “{label}” on the model's card.", evidence)
    if open_parts := _unanswered(found):
        text = f"“{label}” leaves open: {', '.join(open_parts)}."
        key = f"{key}.open.{','.join(open_parts)}"
        return lacking(Status.NOT_MET, text, key, f"Answer every part of “{label}”.", evidence)
    if refused := [value for value in _answers(found) if {value, value.rpartition("=")[2]} & set(rule.none_of)]:
        text = f"“{label}” says “{', '.join(refused)}”, which is not accepted here."
        remedy = f"Change what “{label}” says about, or the use of the model."
        return lacking(Status.NOT_MET, text, f"{key}.refused.{','.join(refused)}", remedy, evidence)
    return _reviewed(label, key, rule, found, facts)


def _reviewed(label: str, key: str, rule: AttributeRule, found: Stated, facts: Facts) -> Statement:
    evidence = (f"card:{found.entry}",)
    ends_at = None
    if rule.reviewed_within_days is not None:
        ends_at = dawn(found.reviewed_on + timedelta(days=rule.reviewed_within_days + 1))
        if ends_at <= facts.now:
            text = (
                f"“{label}” was last reviewed on {found.reviewed_on}; "
                f"it must be looked at every {rule.reviewed_within_days} days."
            )
            remedy = f"Look at “{label}” again: change it, or confirm that it is still so."
            return lacking(Status.STALE, text, key, remedy, evidence)
    said = ", ".join(_answers(found)) or f"not available: {found.not_available.strip()}"
    short = said if len(said) <= _SHORT else f"{said[:_SHORT].rstrip()}…"
    text = f"“{label}” says “{short}” (reviewed on {found.reviewed_on})."
    return Statement(Status.MET, text, evidence, ends_at=ends_at)


def _answers(found: Stated) -> tuple[str, ...]:
    return tuple(value.strip() for value in found.values if value.strip())


def _unanswered(found: Stated) -> list[str]:
    """Of a field that asks about several things, those without a state; each is said as "name=state"."""
    field = CARD.get(found.key)
    if field is None or field.kind is not Kind.STATES or not _answers(found):
        return []
    stated = (value.partition("=") for value in _answers(found))
    answered = {name for name, _, state in stated if state.strip()}
    return [label for name, label in field.items.items() if name not in answered]


def label_of(field: str) -> str:
    """How a person calls a field of the card."""
    return CARD[field].label if field in CARD else field.replace("_", " ")
