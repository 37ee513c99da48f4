"""Who acts? A person or a service with an account, and the roles that were granted to them."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from registry.models.base import Record


class Role(models.TextChoices):
    """The duties that a person can hold. What each may do is written down once, in `registry.core.scopes`."""

    DEVELOPER = "developer", "Developer"
    REVIEWER = "reviewer", "Reviewer"
    APPROVER = "approver", "Approver"
    STEWARD = "steward", "Data steward"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"
    COMPLIANCE = "compliance", "Compliance officer"


class User(AbstractUser):
    """An account. Never deleted and its name never reused: signatures must stay attributable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    full_name = models.CharField(max_length=200, help_text="As it is printed beside a signature.")
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    REQUIRED_FIELDS = ["email", "full_name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("username"), name="user_name_unique_in_any_case")]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def holds(self, *roles: Role | str) -> bool:
        """Whether this active account holds any of the given roles."""
        return self.is_active and bool(self.role_names & {str(role) for role in roles})

    @property
    def role_names(self) -> frozenset[str]:
        """The roles held now, read once per request."""
        cached: frozenset[str] | None = self.__dict__.get("_role_names")
        if cached is None:
            cached = frozenset(self.role_grants.values_list("role", flat=True))
            self.__dict__["_role_names"] = cached
        return cached


class RoleGrant(Record):
    """A role that somebody gave to an account."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_granted_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
