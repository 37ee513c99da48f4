"""What does every record have? An id that is never reused and the moment it was made."""

import uuid

from django.db import models


class Record(models.Model):
    """A row with a random id (safe to show, impossible to enumerate) and its creation time in UTC."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
