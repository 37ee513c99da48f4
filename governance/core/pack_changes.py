"""What changed from one pack to another? Controls added, removed and changed, field by field, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.core import pack_strictness as strictness
from governance.core.pack_build import alternatives

JSON = Mapping[str, Any]
# What the document of an effective pack says beside its base.
ANNOTATIONS = frozenset({"derived_from", "terms_changed"})
TEXTS = ("requirement", "citation", "verification", "note")
_HEADER = ("title", "version", "issuer", "jurisdiction", "binds", "reviewed_on", "source", "note")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is said differently. loosens: unless it surely asks at least as much as before."""

    field: str
    text: str
    loosens: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """control: its id; "" for what the pack says of itself."""

    control: str
    differences: tuple[Difference, ...]

    @property
    def loosens(self) -> bool:
        return any(each.loosens for each in self.differences)


@dataclass(frozen=True, slots=True)
class Changes:
    """From one content to another. added, removed: ids of controls, in the packs' order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Changed, ...]

    @property
    def none(self) -> bool:
        return not (self.added or self.removed or self.changed)

    @property
    def loosens(self) -> bool:
        """Whether anything is asked no longer, or no longer surely."""
        return bool(self.removed) or any(each.loosens for each in self.changed)

    @property
    def loosening(self) -> tuple[str, ...]:
        """In words, everything that asks less."""
        gone = (f"{each}: the control is removed." for each in self.removed)
        said = (
            f"{each.control or 'The pack'}: {difference.text}"
            for each in self.changed
            for difference in each.differences
            if difference.loosens
        )
        return (*gone, *said)


def changes(old: JSON, new: JSON) -> Changes:
    """Two documents of packs, compared."""
    before, after = controls_of(old), controls_of(new)
    pairs = ((key, differences(before[key], after[key])) for key in after if key in before)
    header = of_pack(old, new)
    return Changes(
        added=tuple(key for key in after if key not in before),
        removed=tuple(key for key in before if key not in after),
        changed=(
            *([Changed("", header)] if header else []),
            *(Changed(key, found) for key, found in pairs if found),
        ),
    )


def controls_of(document: JSON) -> dict[str, JSON]:
    """The controls of a document by id."""
    return {each["id"]: each for each in document["controls"]}


def differences(old: JSON, new: JSON) -> tuple[Difference, ...]:
    """What a control says differently now."""
    return tuple(_of_control(old, new))


def _of_control(old: JSON, new: JSON) -> Iterator[Difference]:
    if old["severity"] != new["severity"]:
        text = f"it is {new['severity']} instead of {old['severity']}."
        yield Difference("severity", text, new["severity"] != "blocking")
    before, after = alternatives(old), alternatives(new)
    if before != after:
        text = f"it applies {_reach(after)} instead of {_reach(before)}."
        yield Difference("applies", text, not strictness.reach_holds(before, after))
    yield from _of_rule(old["evidence"], new["evidence"])
    granted, grants = old.get("waivers", []), new.get("waivers", [])
    if granted != grants:
        text = f"its waivers are {_waivers(grants)} instead of {_waivers(granted)}."
        yield Difference("waivers", text, not strictness.waivers_hold(granted, grants))
    for key in TEXTS:
        if old.get(key) != new.get(key):
            yield Difference(key, f"the {key} reads {said(new.get(key))} instead of {said(old.get(key))}.", False)


def _of_rule(old: JSON, new: JSON) -> Iterator[Difference]:
    if old["kind"] != new["kind"] or "rules" in old:
        if old != new:
            text = f"it asks for {_rule(new)} instead of {_rule(old)}."
            yield Difference("evidence", text, not strictness.rule_holds(old, new))
        return
    for key in strictness.differing(old, new):
        before, after = strictness.value_of(old, key), strictness.value_of(new, key)
        text = f"the {key.replace('_', ' ')} is {said(after)} instead of {said(before)}."
        yield Difference(key, text, not strictness.key_holds(key, old, new))


# A pack binds less when it is no longer law, begins later, ends sooner, or concerns fewer.
_PACK_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "status": lambda _, new: new == "in_force",
    "effective_from": lambda old, new: new <= old,
    "effective_to": lambda old, new: new is None or (old is not None and new >= old),
    "applies": lambda _, new: not new,
}


def of_pack(old: JSON, new: JSON) -> tuple[Difference, ...]:
    """What a pack says differently of itself now."""
    return tuple(_of_pack(old, new))


def _of_pack(old: JSON, new: JSON) -> Iterator[Difference]:
    for key in (*_HEADER, *_PACK_HOLDS):
        before, after = old.get(key), new.get(key)
        if before != after:
            text = f"the {key.replace('_', ' ')} is {said(after)} instead of {said(before)}."
            yield Difference(key, text, key in _PACK_HOLDS and not _PACK_HOLDS[key](before, after))


def said(value: object) -> str:
    """A value of a pack, in words."""
    if value is None or value == [] or value == "":
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{key.replace('_', ' ')} {said(inner)}" for key, inner in value.items())
    if isinstance(value, str | int | float):
        return f"“{value}”" if isinstance(value, str) and " " in value else str(value)
    return ", ".join(said(each) for each in value) if isinstance(value, Sequence) else str(value)


def _reach(found: Sequence[JSON]) -> str:
    return " or ".join(f"({said(each)})" for each in found) or "everywhere"


def _waivers(terms: Sequence[JSON]) -> str:
    return (
        " and ".join(
            f"{term['verdict'].replace('_', ' ')} by {' or '.join(term['roles'])} for {term['maximum_days']} days"
            + (" with a compensating measure" if term["compensating_measure"] else "")
            for term in terms
        )
        or "none"
    )


def _rule(rule: JSON) -> str:
    if "rules" in rule:
        return f"{'one' if rule['kind'] == 'any_of' else 'all'} of ({'; '.join(_rule(each) for each in rule['rules'])})"
    rest = {key: value for key, value in rule.items() if key != "kind"}
    return f"{rule['kind']}{f' ({said(rest)})' if rest else ''}"
