"""Is the vocabulary of documents whole, and are its words fit for a person who reads them?"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from governance.core.documents import DOCUMENTS, DocumentKind, Scope

PACKS = Path(__file__).resolve().parents[3] / "governance" / "packs"
KEY = re.compile(r"[a-z][a-z0-9_]*")


def named(value: object) -> set[str]:
    """Every kind of document that a part of a pack names."""
    if isinstance(value, dict):
        own = {value["document"]} if value.get("kind") == "document" else set()
        return own.union(*(named(inner) for inner in value.values()))
    return set().union(*(named(inner) for inner in value)) if isinstance(value, list) else set()


def test_every_kind_says_in_a_sentence_what_it_is() -> None:
    for key, kind in DOCUMENTS.items():
        assert kind.key == key
        assert KEY.fullmatch(key)
        assert len(key) <= 60
        assert kind.label[:1].isupper()
        assert kind.meaning.endswith(".")
        assert "\N{EM DASH}" not in kind.meaning + kind.label


def test_every_question_of_a_checklist_is_a_question() -> None:
    for kind in DOCUMENTS.values():
        for key, question in kind.fields.items():
            assert KEY.fullmatch(key), kind.key
            assert question.endswith("?"), (kind.key, key)


def test_the_labels_are_all_different() -> None:
    assert len({kind.label for kind in DOCUMENTS.values()}) == len(DOCUMENTS)


def test_the_dataset_sheet_answers_the_eight_questions_of_data_governance() -> None:
    asked = ("design_choices", "origin", "preparation", "assumptions", "suitability")
    assert {*asked, "bias_examination", "bias_measures", "gaps"} <= DOCUMENTS["dataset_sheet"].fields.keys()


def test_the_instructions_for_use_answer_the_twelve_questions_that_users_have() -> None:
    asked = {"provider", "purpose", "accuracy", "risk_circumstances", "explainability", "group_performance"}
    asked |= {"input_data", "interpretation", "predetermined_changes", "oversight", "resources", "log_handling"}
    assert asked <= DOCUMENTS["ifu"].fields.keys()


@pytest.mark.parametrize("path", sorted(PACKS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_document_that_a_pack_asks_for_is_in_the_vocabulary(path: Path) -> None:
    assert named(yaml.safe_load(path.read_text())) <= DOCUMENTS.keys()


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 15), 12, date(2027, 1, 15)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 1, 1), None, None),
    ],
)
def test_the_usual_end_is_so_many_months_later(start: date, months: int | None, end: date | None) -> None:
    assert DocumentKind("k", "K", "M.", Scope.MODEL, months=months).usual_end(start) == end
