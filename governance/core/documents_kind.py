"""What is known about a kind of document? Its name, its meaning in a sentence, and the questions that it answers."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class Scope(StrEnum):
    """Whether such a document is about one model, or about the organisation."""

    MODEL = "model"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """meaning: one sentence, what it is and who writes it. fields: its checklist, key to question.

    months: how long a revision usually stays valid; None where nothing is usual. It is a suggestion, never a rule.
    """

    key: str
    label: str
    meaning: str
    scope: Scope = Scope.MODEL
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    months: int | None = None

    def usual_end(self, effective_from: date) -> date | None:
        """The last day on which such a document usually counts; None where nothing is usual."""
        if self.months is None:
            return None
        years, month = divmod(effective_from.month - 1 + self.months, 12)
        year = effective_from.year + years
        return date(year, month + 1, min(effective_from.day, monthrange(year, month + 1)[1]))


def about_model(key: str, label: str, meaning: str, *, months: int | None = None, **fields: str) -> DocumentKind:
    """A kind that always names a model."""
    return DocumentKind(key, label, meaning, Scope.MODEL, MappingProxyType(fields), months)


def about_organisation(key: str, label: str, meaning: str, *, months: int | None = None, **fields: str) -> DocumentKind:
    """A kind that speaks for the organisation, or for one of its models."""
    return DocumentKind(key, label, meaning, Scope.ORGANISATION, MappingProxyType(fields), months)
