"""What was said about a model, by whom and when? Entries of its card: appended to, never changed; the latest speaks."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.model import Model
from registry.models.user import User


class CardEntry(Record):
    """One answer to one question of the card, or the word that somebody looked at it and left it as it was."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="card_entries")
    key = models.CharField(max_length=60, help_text="As in `registry.core.card.CARD`.")
    number = models.PositiveIntegerField(help_text="Counts the entries of this model and key, from 1.")
    value = models.JSONField(null=True, help_text="Null when it is not available.")
    not_available = models.TextField(blank=True, help_text='Why there is nothing to say; "" when there is.')
    unchanged = models.BooleanField(default=False, help_text="Looked at, and left as it was.")
    reviewed_on = models.DateField(help_text="The day, UTC, on which the author looked at it.")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["key", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "key", "number"], name="card_entry_number_once_per_field"),
            models.CheckConstraint(
                condition=models.Q(value__isnull=False, not_available="")
                | (models.Q(value__isnull=True) & ~models.Q(not_available="")),
                name="card_entry_says_a_value_or_why_not",
            ),
            models.CheckConstraint(condition=~models.Q(key=""), name="card_entry_has_a_key"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="card_entry_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.key}, entry {self.number}"
