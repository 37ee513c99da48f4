"""For whom, where and when does a control bind, as a person reads it? One sentence for each alternative. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from governance.core.policy import Applies, Control, Pack
from registry.core.card import CARD

EVERYWHERE = "Everywhere."
_FIELDS = (("jurisdictions", "jurisdictions"), ("our_roles", "roles"))
_CLASSES = (("risk_class", "risk_classes"), ("device_class", "device_classes"))


def of_pack(pack: Pack) -> str:
    """What holds for every control of the pack; "" where nothing is said."""
    return _sentence(pack.applies)


def of_control(control: Control) -> tuple[str, ...]:
    """The alternatives of a control; one of them must hold."""
    return tuple(filter(None, (_sentence(each) for each in control.applies))) or (EVERYWHERE,)


def _sentence(part: Applies) -> str:
    words = "; ".join(_parts(part))
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def _parts(part: Applies) -> Iterator[str]:
    for field, name in (*_FIELDS, *_CLASSES):
        if chosen := getattr(part, name):
            yield _asked(field, chosen)
    for condition in part.when:
        yield _asked(condition.field, condition.any_of)
    if part.environments:
        yield f"in {' and '.join(part.environments)} only"
    if part.since is not None:
        yield f"from {part.since}"
    if part.until is not None:
        yield f"until {part.until}"


def _asked(field: str, chosen: tuple[str, ...]) -> str:
    """Model card, label: these answers."""
    entry = CARD.get(field)
    label = entry.label if entry is not None else field.replace("_", " ")
    words = entry.choices if entry is not None else {}
    return f"{label}: {' or '.join(f'“{words.get(each, each)}”' for each in chosen)}"
