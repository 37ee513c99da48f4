"""What do the ingest tests share? A desk at which to hand in uploads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.registry.ingest.tables import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
