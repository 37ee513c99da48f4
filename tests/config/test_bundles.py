"""Is the browser's chart library there, whole, and written once?"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from pytest_django import Settings

from config.bundles import NAME, VegaFinder


@pytest.fixture
def finder(settings: Settings, tmp_path: Path) -> VegaFinder:
    settings.BUNDLES_DIR = tmp_path
    return VegaFinder()


def test_the_library_is_written_at_first_asking_and_kept(finder: VegaFinder) -> None:
    first = Path(finder.find(NAME))
    text = first.read_text(encoding="utf-8")
    assert "window.vegaEmbed" in text
    first.write_text("kept", encoding="utf-8")
    assert Path(finder.find(NAME)).read_text(encoding="utf-8") == "kept"


def test_collecting_static_files_brings_it_along(finder: VegaFinder) -> None:
    ((name, storage),) = finder.list([])
    assert name == NAME
    assert storage.size(name) > 500_000


def test_other_paths_are_not_its_business() -> None:
    assert finders.find("vega/other.js") is None
