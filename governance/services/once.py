"""What if the same form is sent twice? Each carries a one-time id, which becomes the id of the row that it makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from django.db import IntegrityError

from governance import recording
from governance.errors import AlreadyRecorded
from registry.models.base import Record


@contextmanager
def once(table: type[Record], pk: UUID | None) -> Iterator[UUID]:
    """A block of `recording.together` that makes one row of the table, under this id. pk: None for any new id.

    Raises: AlreadyRecorded when the id has its row, be it from a moment ago or from a request at the same time.
    """
    if pk is not None:
        _check_new(table, pk)
    try:
        with recording.together():
            yield pk or uuid4()
    except IntegrityError:
        if pk is not None:
            _check_new(table, pk)
        raise


def _check_new(table: type[Record], pk: UUID) -> None:
    if table._default_manager.filter(pk=pk).exists():
        raise AlreadyRecorded("This was recorded when you sent it the first time.")
