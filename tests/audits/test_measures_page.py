"""Does the page of measures say what the catalogue says, and all of it?"""

from __future__ import annotations

from pathlib import Path

from audits.core.catalog import ENTRIES
from audits.measures_page import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "measures.md"


def test_the_page_in_the_docs_is_the_one_that_the_catalogue_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_measure_has_its_words_its_pitfall_and_its_source_on_the_page() -> None:
    text = page()
    for entry in ENTRIES:
        for words in (f"### {entry.label}\n", entry.meaning, entry.misread, f"`{entry.key}`", entry.citation):
            assert words in text, entry.key
