"""What is wrong with a pack that its schema cannot see? Ids, dates, bounds, nesting, and words that lead nowhere.

Every function yields (where, sentence), where being a JSON pointer below the thing that it was given.
"""

from __future__ import annotations

from collections.abc import Iterator

from governance.core import pack_words
from governance.core.pack_meaning_rules import JSON, Found, below, of_rule
from governance.core.pack_words import QUESTIONS, dangling, unknown

# Whoever could waive these could waive the rest: numbers, consent, duties, the plan made beforehand, the record itself.
NEVER_WAIVED = frozenset({"measure", "consent", "signature", "ledger", "state"})


def of_pack(document: JSON) -> Found:
    """Everything that is wrong with a document of the right shape."""
    # Dates are ISO text, which sorts as time does.
    if document.get("effective_to", document["effective_from"]) < document["effective_from"]:
        yield "/effective_to", "the last day is before the first"
    yield from below("/applies", _applies(document.get("applies", {})))
    yield from of_controls(document["controls"])


def of_controls(controls: list[JSON]) -> Found:
    """What is wrong with any of them, each under its position."""
    seen: set[str] = set()
    for position, control in enumerate(controls):
        yield from below(f"/controls/{position}", _control(control, seen))
        seen.add(control["id"])


def _control(control: JSON, seen: set[str]) -> Found:
    if control["id"] in seen:
        yield "/id", f"another control has the id “{control['id']}” already"
    verdicts = [term["verdict"] for term in control.get("waivers", ())]
    if len(set(verdicts)) != len(verdicts):
        yield "/waivers", "each verdict is named once"
    for position, alternative in enumerate(control.get("applies", ())):
        yield from below(f"/applies/{position}", _applies(alternative))
    if verdicts and (bound := sorted(set(_never(control["evidence"])))):
        yield "/waivers", f"a rule of this kind cannot be waived: {', '.join(bound)}"
    yield from below("/evidence", of_rule(control["evidence"]))


def _never(rule: JSON) -> Iterator[str]:
    """The kinds of rule in it that cannot be waived."""
    for each in rule.get("rules", ()):
        yield from _never(each)
    if rule["kind"] in NEVER_WAIVED:
        yield str(rule["kind"])
    if rule["kind"] == "plan" and rule.get("plan", "validation") == "validation":
        yield "validation plan"


def _applies(item: JSON) -> Found:
    if item.get("to", "9999") < item.get("from", ""):
        yield "/to", "the last day is before the first"
    for key, question in QUESTIONS.items():
        yield from _answers(f"/{key}", question, item.get(key, ()))
    for position, condition in enumerate(item.get("when", ())):
        pointer = f"/when/{position}"
        missing = list(dangling([condition["field"]], "field of the model card"))
        yield from ((f"{pointer}/field", message) for message in missing)
        if not missing:
            yield from _answers(f"{pointer}/any_of", condition["field"], condition["any_of"])


def _answers(pointer: str, question: str, words: list[str]) -> Found:
    known = pack_words.answers_to(question)
    if words and not known:
        yield pointer, f"the card's field “{question}” has no choices, so nothing can depend on its answer"
        return
    for word in words:
        if word not in known:
            yield pointer, unknown(word, known, f"answer to “{question}”")
