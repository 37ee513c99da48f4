"""What do the tests of engines share? One Spark for all of them, because it takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.audits.engines import conformance_engines


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """A local Spark; tests are skipped by name where pyspark or Java is absent."""
    conformance_engines.skip_without_spark()
    with conformance_engines.spark() as session:
        yield session
