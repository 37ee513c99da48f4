"""What is most worth doing next? What is missing over all packs, each once, by how many controls it would satisfy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from governance.core.assessment import ControlResult
from governance.core.crosswalk import ControlName
from governance.core.policy import Severity
from governance.core.statements import Need
from registry.core.card import CARD

# How much work it is, roughly: a sentence is quicker than a document, a document than an audit, an audit than a person.
EFFORT: Mapping[str, int] = MappingProxyType(
    {
        "card": 1,
        "attribute": 1,
        "log": 2,
        "document": 3,
        "review": 4,
        "risk": 5,
        "plan": 6,
        "training": 7,
        "table": 8,
        "audit": 9,
        "signature": 10,
        "incident": 11,
        "consent": 12,
        "finding": 13,
        "measure": 14,
        "state": 15,
        "capability": 16,
        "ledger": 17,
    }
)
# A question of the card that decides whether a control binds is answered where the card is filled in.
QUESTION, ANSWER = "question", "attribute"
# The card is filled in at one sitting, so all of its questions that are enough for some control are one thing to do.
CARD_ITEM = "card"
_NAMED = 3
_MOST = max(EFFORT.values()) + 1


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do. what, why: in words.

    satisfies: the controls for which nothing else is missing. helps: those that need it among other things. decides:
    those of which nobody can tell yet whether they bind, for which it may settle that.
    """

    key: str
    what: str
    why: str
    satisfies: tuple[ControlName, ...]
    helps: tuple[ControlName, ...]
    decides: tuple[ControlName, ...] = ()

    @property
    def unlocks(self) -> tuple[ControlName, ...]:
        """The controls that stop being open for want of it."""
        return (*self.satisfies, *self.decides)


@dataclass(slots=True)
class _Tally:
    remedies: dict[str, None] = field(default_factory=dict)
    questions: dict[str, None] = field(default_factory=dict)
    alone: dict[ControlName, None] = field(default_factory=dict)
    among: dict[ControlName, None] = field(default_factory=dict)
    decided: dict[ControlName, None] = field(default_factory=dict)


def most_useful(results: Iterable[ControlResult], *, most: int = 10) -> tuple[Item, ...]:
    """The things to do of which each unlocks most, the best first.

    Ordered by the blocking controls that it unlocks, then all that it unlocks, then the blocking ones and all that it
    helps, then by effort.
    """
    tallies: dict[str, _Tally] = {}
    for result in results:
        if not result.holds:
            _count(result, tallies)
    if CARD_ITEM in tallies:
        _gather(tallies)
    items = (
        Item(key, _what(each), _why(each), tuple(each.alone), tuple(each.among), tuple(each.decided))
        for key, each in tallies.items()
    )
    return tuple(sorted(items, key=_order)[:most])


def _on_the_card(way: Sequence[Need]) -> bool:
    """Whether answers on the card are all that this way asks."""
    return {need.key.partition(":")[0] for need in way} <= {QUESTION, ANSWER}


def _answers(way: Sequence[Need], name: ControlName, tallies: dict[str, _Tally]) -> None:
    """Count a way that only asks for answers on the card."""
    tally = tallies.setdefault(CARD_ITEM, _Tally())
    decides = any(need.key.partition(":")[0] == QUESTION for need in way)
    (tally.decided if decides else tally.alone)[name] = None
    for need in way:
        tally.questions[need.key.partition(":")[2].partition(".")[0]] = None
        tally.remedies[need.remedy] = None


def _gather(tallies: dict[str, _Tally]) -> None:
    """What a question of the card helps with besides is counted with the card."""
    card = tallies[CARD_ITEM]
    for question in card.questions:
        other = tallies.pop(f"{ANSWER}:{question}", None)
        if other is not None:
            card.among |= other.alone | other.among
            card.decided |= other.decided


def _what(tally: _Tally) -> str:
    """What to do, in words; of many questions the first few by name."""
    if len(tally.questions) < 2:
        return " ".join(tally.remedies)
    keys = list(tally.questions)
    named = ", ".join(f"“{CARD[key].label if key in CARD else key}”" for key in keys[:_NAMED])
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return f"Answer {len(keys)} questions on the model's card: {named}{more}."


def _count(result: ControlResult, tallies: dict[str, _Tally]) -> None:
    name = ControlName.of(result)
    for way in result.ways:
        if _on_the_card(way):
            _answers(way, name, tallies)
    others = [way for way in result.ways if not _on_the_card(way)]
    alone = {key for keys in ({need.key for need in way} for way in others) if len(keys) == 1 for key in keys}
    for need in (need for way in others for need in way):
        kind, _, rest = need.key.partition(":")
        tally = tallies.setdefault(f"{ANSWER}:{rest}" if kind == QUESTION else need.key, _Tally())
        tally.remedies[need.remedy] = None
        if kind == QUESTION:
            tally.decided[name] = None
        else:
            (tally.alone if need.key in alone else tally.among)[name] = None


def _why(tally: _Tally) -> str:
    """How much it brings, in one sentence."""
    parts = []
    if tally.alone:
        alone = "Together they are all that is" if len(tally.questions) > 1 else "It alone is"
        parts.append(f"{alone} missing for {_controls(tally.alone)}")
    if tally.decided:
        helps = "they help" if len(tally.questions) > 1 else "it helps"
        parts.append(f"{helps} to decide whether {_controls(tally.decided)} must be met at all")
    if tally.among:
        among = "they are among" if len(tally.questions) > 1 else "it is one of"
        parts.append(f"{among} several things missing for {_controls(tally.among)}")
    words = "; ".join(parts)
    return f"{words[:1].upper()}{words[1:]}."


def _controls(names: Collection[ControlName]) -> str:
    blocking = _blocking(names)
    return f"{len(names)} control{'' if len(names) == 1 else 's'}{f' ({blocking} blocking)' if blocking else ''}"


def _blocking(names: Iterable[ControlName]) -> int:
    return sum(name.severity is Severity.BLOCKING for name in names)


def _order(item: Item) -> tuple[int, int, int, int, int, str]:
    effort = EFFORT.get(item.key.partition(":")[0], _MOST)
    unlocked, helped = item.unlocks, item.helps
    return -_blocking(unlocked), -len(unlocked), -_blocking(helped), -len(helped), effort, item.key
