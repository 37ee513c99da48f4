"""Who tried to sign in and could not? Recent failures per user name; what the lock counts."""

from django.db import models

from registry.models.base import Record


class FailedSignIn(Record):
    username = models.CharField(max_length=150, help_text="As typed, letter case folded; no account need have it.")

    class Meta:
        indexes = [models.Index(fields=["username", "created_at"], name="failed_sign_in_recent")]

    def __str__(self) -> str:
        return self.username
