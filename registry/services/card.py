"""Answering the questions of a model's card, and looking at the answers again: every word is a further entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from registry import signals
from registry.core import card
from registry.core.card import CARD
from registry.core.scopes import CARD_WRITE
from registry.errors import Conflict, IllegalMove, Refused
from registry.models.card import CardEntry
from registry.models.model import Model
from registry.models.user import Role, User
from registry.services import card_said
from registry.services.access import check_scope
from registry.services.card_said import Said
from registry.services.card_words import Word, checked, known
from registry.services.teams import check_member


class NothingToReview(IllegalMove):
    """There is no answer yet that somebody could look at and leave as it is."""

    code = "card_not_answered"


class CardChanged(Conflict):
    """Somebody answered one of these questions since the form was shown. keys: of the questions."""

    code = "card_changed"

    def __init__(self, message: str, *, keys: Iterable[str]) -> None:
        self.keys = tuple(keys)
        super().__init__(message, keys=list(self.keys))


def check_may_write(person: User, model: Model) -> None:
    """A developer of the model's team, or a compliance officer. Raises: ScopeNotHeld, NotAMember."""
    check_scope(person, CARD_WRITE)
    if not person.holds(Role.COMPLIANCE):
        check_member(person, model.team)


def may_write(person: User, model: Model) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    try:
        check_may_write(person, model)
    except Refused as refused:
        return False, refused.message
    return True, ""


def state(*, model: Model, key: str, value: object, by: User) -> CardEntry:
    """Answer one question. Raises as `state_many` does."""
    return state_many(model=model, values={key: value}, by=by)[0]


def state_not_available(*, model: Model, key: str, reason: str, by: User) -> CardEntry:
    """Say that there is no answer, and why. Raises as `state_many` does."""
    return state_many(model=model, not_available={key: reason}, by=by)[0]


def reviewed(*, model: Model, keys: Iterable[str], by: User) -> list[CardEntry]:
    """Looked at, unchanged. Raises as `state_many` does."""
    return state_many(model=model, reviewed=keys, by=by)


@transaction.atomic
def state_many(
    *,
    model: Model,
    by: User,
    values: Mapping[str, object] | None = None,
    not_available: Mapping[str, object] | None = None,
    reviewed: Iterable[str] = (),
    expected: Mapping[str, int] | None = None,
) -> list[CardEntry]:
    """Answer several questions, all or none of them; the same answer again counts as a review.

    expected: under some of these questions, the number of the entry that the author was shown; 0 for none.
    Raises: ScopeNotHeld, NotAMember, UnknownCardField, CardValueRefused, NotAvailableRefused, NothingToReview,
    CardChanged.
    """
    check_may_write(by, model)
    words = checked(values or {}, not_available or {})
    looked_at = [key for key in known(reviewed) if key not in words]
    locked = Model.objects.select_for_update(of=("self",)).select_related("created_by").get(pk=model.pk)
    said = card_said.current(locked)
    if missing := [key for key in looked_at if key not in said]:
        raise NothingToReview(f"There is no answer to look at under: {', '.join(missing)}.", keys=missing)
    words |= {key: Word(said[key].value, said[key].not_available) for key in looked_at}
    _check_unchanged(said, {key: number for key, number in (expected or {}).items() if key in words})
    entries = [_append(locked, key, word, said.get(key), by) for key, word in words.items()]
    _copy_to_columns(model, words)
    _tell(model, entries, by)
    return entries


def _check_unchanged(said: Mapping[str, Said], expected: Mapping[str, int]) -> None:
    """Raises: CardChanged."""
    numbers = {key: said[key].number if key in said else 0 for key in expected}
    if changed := [key for key, number in expected.items() if numbers[key] != number]:
        labels = ", ".join(CARD[key].label for key in changed)
        raise CardChanged(f"Somebody answered this meanwhile: {labels}. Read the new answer first.", keys=changed)


def _append(model: Model, key: str, word: Word, said: Said | None, by: User) -> CardEntry:
    same = said is not None and (said.value, said.not_available) == (word.value, word.not_available)
    return CardEntry.objects.create(
        model=model,
        key=key,
        number=said.number + 1 if said else 1,
        value=word.value,
        not_available=word.not_available,
        unchanged=same,
        reviewed_on=timezone.now().date(),
        author=by,
    )


def _copy_to_columns(model: Model, words: Mapping[str, Word]) -> None:
    """What registering a model asked is kept beside it too, for lists and filters; both always say the same."""
    changed = [key for key in card.REGISTERED if key in words]
    for key in changed:
        setattr(model, key, words[key].value)
    if changed:
        model.save(update_fields=changed)


def _tell(model: Model, entries: list[CardEntry], by: User) -> None:
    told = ((signals.card_stated, False), (signals.card_reviewed, True))
    for signal, unchanged in told:
        if some := [each for each in entries if each.unchanged is unchanged]:
            signal.send(Model, model=model, entries=some, actor=by, at=timezone.now())
