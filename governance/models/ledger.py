"""What happened, in which order? The ledger's tables: entries, tree nodes, and erasable bodies.

Only `governance.ledger` writes here; the database itself refuses UPDATE, DELETE and TRUNCATE.
"""

from __future__ import annotations

from django.db import models


class LedgerEntry(models.Model):
    """One fact. entry: the canonical bytes that are hashed and never re-made; leaf_hash: SHA-256(0x00 || entry)."""

    idx = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=60, db_index=True)
    actor_id = models.UUIDField(null=True, db_index=True)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64, db_index=True)
    subject_version_id = models.UUIDField(null=True, db_index=True, help_text="The model version that it concerns.")
    entry = models.BinaryField()
    leaf_hash = models.BinaryField()

    class Meta:
        ordering = ["idx"]

    def __str__(self) -> str:
        return f"{self.idx} {self.kind}"


class LedgerNode(models.Model):
    """The root hash of one complete subtree of 2^level leaves."""

    level = models.PositiveSmallIntegerField()
    position = models.PositiveBigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "position"], name="ledger_node_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.position}"


class LedgerBody(models.Model):
    """What the entry's commitment hides: SHA-256(salt || canonical body) stands in the entry."""

    idx = models.PositiveBigIntegerField(primary_key=True)
    salt = models.BinaryField()
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"body of {self.idx}"
