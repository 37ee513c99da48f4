"""What of an overlay holds before anybody signed for it, and what does the pack say that comes of it?"""

from __future__ import annotations

from governance.core.overlay import JSON, OF_CONTROL, Document, plain, put
from governance.core.pack_changes import TEXTS, controls_of, differences, of_pack


def settled(current: JSON, wanted: JSON) -> Document:
    """What takes effect unsigned: the wanted pack, but wherever it asks less than the current one, the current words.

    So it is with what the pack says of itself: an overlay changes nothing there, but the content that it extends may.
    """
    before, after = controls_of(current), controls_of(wanted)
    kept = [_settled(each, after[key]) if key in after else plain(each) for key, each in before.items()]
    added = [plain(each) for key, each in after.items() if key not in before]
    whole = dict(wanted)
    for each in of_pack(current, wanted):
        if each.loosens:
            whole = put(whole, each.field, current.get(each.field))
    return {**whole, "controls": [*kept, *added]}


def _settled(current: JSON, wanted: JSON) -> Document:
    found, new = plain(current), plain(wanted)
    told = differences(current, wanted)
    if not any(each.loosens for each in told):
        return new
    for each in told:
        if each.loosens or each.field in TEXTS:  # the words belong to what is still waiting
            continue
        if each.field in OF_CONTROL:
            found = put(found, each.field, new.get(each.field))
        else:
            found["evidence"] = put(found["evidence"], each.field, new["evidence"].get(each.field))
    rule = found["evidence"]
    if rule.get("minimum", 0) > rule.get("maximum", rule.get("minimum", 0)):
        return plain(current)  # half of a band that moves as a whole leaves nothing that could be met
    return found


def effective(result: JSON, base: JSON, overlay: JSON, origin: JSON) -> Document:
    """The document of an effective pack: every control says how it differs from the base. origin: `derived_from`."""
    before = controls_of(base)
    reasons = {each["control"]: each["reason"] for each in overlay.get("changes", ())}
    controls = [_noted(each, before.get(each["id"]), reasons.get(each["id"], "")) for each in result["controls"]]
    return {**result, "controls": controls, "derived_from": dict(origin)}


def _noted(control: JSON, before: JSON | None, reason: str) -> Document:
    stated = plain(control)
    if before is None:
        return {**stated, "terms_changed": "The pack has no such control; the organisation asks for it."}
    told = [f"{each.text[0].upper()}{each.text[1:]}" for each in differences(before, control)]
    why = [f"Reason: {reason}"] if reason and told else []
    return {**stated, **({"terms_changed": " ".join((*told, *why))} if told else {})}
