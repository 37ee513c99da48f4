"""How does a person want to hear of what waits? By e-mail each day, or in a calendar behind a secret address."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from registry.models.base import Record
from registry.models.user import User


class WorkSetting(Record):
    """feed_sha256: of the secret in the calendar's address; "" where there is none. The secret itself is not kept."""

    person = models.OneToOneField(User, on_delete=models.PROTECT, related_name="work_setting")
    digest = models.BooleanField(default=True, help_text="Whether a daily e-mail tells of what waits.")
    digest_sent_on = models.DateField(null=True)
    feed_sha256 = models.CharField(max_length=64, blank=True)
    feed_made_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed_sha256"], condition=~Q(feed_sha256=""), name="work_feed_once"),
            models.CheckConstraint(
                condition=Q(feed_sha256="", feed_made_at=None) | (~Q(feed_sha256="") & Q(feed_made_at__isnull=False)),
                name="work_feed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"How {self.person} hears of work"
