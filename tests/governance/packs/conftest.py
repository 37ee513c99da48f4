"""What do the proofs of the packs share? One world, built once and left behind empty; each test undoes what it did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from governance.services import catalog
from tests.governance.packs import world as worlds
from tests.governance.packs.world import World


@pytest.fixture(scope="package")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Committed, for audits keep their lease over a connection of their own; so it is emptied at the end."""
    with django_db_blocker.unblock():
        try:
            yield worlds.build()
        finally:
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False, allow_cascade=False)
            catalog.forget()


@pytest.fixture
def world(shared_world: World, db: None) -> Iterator[World]:
    catalog.forget()
    for each in (shared_world.version, shared_world.version.model, shared_world.bare, shared_world.bare.model):
        each.refresh_from_db()
    yield shared_world
    catalog.forget()
