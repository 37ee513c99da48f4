"""Is the report complete, archivable, the same every time, and free of small counts?"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pypdf
import pytest
from django.utils import timezone

from audits.core.values import Verdict
from governance.core.merkle import verify_inclusion
from governance.reports import render, sections
from governance.reports.evidence import Evidence
from governance.reports.gather import as_bytes, gather
from registry.core.canonical import canonical, digest
from tests.governance.reports.hospital import Hospital, hospital
from tests.governance.reports.test_small_counts import OF_COLUMNS, SMALL_IN_WORDS, counts, few, texts, told_small

ODD = 'To #import "x": * and $1+1$ *bold* _it_ <label> @ref "quoted" \\ // end'
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Made:
    """One export, as a worker makes it."""

    evidence: Evidence
    json: bytes
    pdf: bytes

    @property
    def reader(self) -> pypdf.PdfReader:
        return pypdf.PdfReader(io.BytesIO(self.pdf))

    @property
    def root(self) -> Any:
        return self.reader.trailer["/Root"]

    @property
    def text(self) -> str:
        return " ".join("\n".join(page.extract_text() for page in self.reader.pages).split())


def make(place: Hospital, at: Any = None) -> Made:
    at = at or timezone.now()
    found = gather(version=place.version, environment="production", at=at)
    evidence = as_bytes(found)
    report = sections.report_of(found, sha256(evidence).hexdigest())
    return Made(found, evidence, render.pdf(report, evidence, at=at, progress=lambda *_: None))


@pytest.fixture
def place() -> Hospital:
    made = hospital(600, purpose=ODD)
    made.consent(but=3)
    made.audit()
    made.ask()
    return made


@pytest.fixture
def signed(place: Hospital) -> Hospital:
    place.waive()
    place.waive(Verdict.NOT_MET)
    place.sign()
    place.ask()
    return place


def test_a_signed_version_has_a_whole_archivable_report(signed: Hospital) -> None:
    made = make(signed)
    reader, root = made.reader, made.root

    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Evidence report: Progression risk, version 1"
    assert reader.attachments["evidence.json"] == [made.json]
    assert canonical(json.loads(made.json)) == made.json

    text = made.text
    assert "Progression risk, version 1, may be used in production." in text
    for said in ("Ruth Lindqvist", "Amir Haddad", "I judge it sound and sufficient for a decision", "Waived"):
        assert said in text
    assert ODD in text
    assert sha256(made.json).hexdigest() in text.replace(" ", "")


def test_every_picture_has_its_numbers_in_words(place: Hospital) -> None:
    def described(node: Any) -> Iterator[str]:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                yield from described(child)
        elif isinstance(node, dict):
            if node.get("/S") == "/Figure":
                yield str(node["/Alt"])
            if "/K" in node and not isinstance(node["/K"], int):
                yield from described(node["/K"])

    words = list(described(make(place).root["/StructTreeRoot"]))
    assert all(len(said) > 40 for said in words)
    for begins in ("ROC curve. AUROC: 0.", "Precision-recall curve. Average precision: 0.", "Calibration in"):
        assert any(said.startswith(begins) for said in words), begins


def test_the_same_state_and_time_give_the_same_bytes(place: Hospital) -> None:
    at = timezone.now()
    first, second = make(place, at), make(place, at)
    assert first.json == second.json
    assert first.pdf == second.pdf


def test_a_refused_version_shows_all_reasons(place: Hospital) -> None:
    made = make(place)
    assert made.evidence.decision.outcome == "deny"
    text = made.text
    assert "may not be used in production" in text
    assert all(" ".join(reason["message"].split()) in text for reason in made.evidence.decision.reasons)


def test_a_version_without_anything_has_a_report_that_says_so() -> None:
    text = make(hospital(60)).text
    assert "may not be used in production" in text
    assert "The gate was never asked" in text
    assert "Nobody has signed for this version." in text


def test_no_small_group_is_shown_or_can_be_worked_out(place: Hospital) -> None:
    made = make(place)
    table = next(each for each in made.evidence.tables if each.purpose == "evaluation")
    assert {"race=other", "race=black"} <= set(table.hidden_slices)
    assert "race=white" not in table.hidden_slices
    assert {"ward=chapel"} <= set(table.hidden_slices)
    for audit in made.evidence.audits:
        rows = [row for row in audit.measurements if row.slice in {*table.hidden_slices, "2026-02-09"}]
        assert rows or audit.kind == "quality"
        assert all(row.hidden and row.value is None and isinstance(row.n, str) for row in rows)
    drift = next(audit for audit in made.evidence.audits if audit.kind == "drift")
    race = next(column for column in drift.facts["columns"] if column["column"] == "race")
    shares = dict(zip(race["labels"], race["current"], strict=True))
    assert shares["other"] is None
    assert shares["black"] is None
    assert shares["white"] is not None
    for audit in json.loads(made.json)["audits"]:
        told = [row for row in audit["measurements"] if not row["across"] and row["measure"] not in OF_COLUMNS]
        assert [row for row in told if any(few(row[name]) for name in ("n", "events"))] == []
        assert [(path, count) for path, count in counts(audit["facts"]) if few(count)] == []
        said = {row[name] or "" for row in audit["measurements"] for name in ("method", "reason")}
        assert sorted(filter(told_small, {*said, *texts(audit["facts"])})) == []
        assert sorted(filter(told_small, (check["reason"] for check in audit["checks"]))) == []
    said_in_print = SMALL_IN_WORDS.findall(made.text.replace(made.evidence.suppression, ""))
    assert [each for each in said_in_print if not each.endswith("score")] == []


def test_the_ledgers_entries_prove_themselves(signed: Hospital) -> None:
    stated = json.loads(make(signed).json)
    book = stated["ledger"]
    assert book["intact"]
    assert {"plan.frozen", "approval.given", "gate.decision"} <= {entry["kind"] for entry in book["entries"]}
    for entry in book["entries"]:
        leaf = sha256(b"\0" + entry["entry"].encode()).digest()
        assert leaf.hex() == entry["leaf_hash"]
        proof = [bytes.fromhex(part) for part in entry["proof"]]
        assert verify_inclusion(leaf, entry["idx"], book["size"], proof, bytes.fromhex(book["root"]))
    assert digest(stated["plan"]["document"]) == stated["plan"]["digest"]


def test_a_character_that_no_font_has_is_named_instead_of_failing() -> None:
    text = make(hospital(60, purpose="Für Ärzte, \N{CJK UNIFIED IDEOGRAPH-4E2D} and \N{HOT BEVERAGE}")).text
    assert "Für Ärzte, [U+4E2D] and" in text


def test_a_few_missing_consents_are_not_counted_in_the_report() -> None:
    place = hospital(600)
    place.consent(but=3)
    place.ask()
    made = make(place)
    (consent,) = made.evidence.consent
    assert (consent["covered"], dict(consent["counts"])["missing"]) == (None, "<11")
    assert "597" not in "".join(reason["message"] for reason in made.evidence.decision.reasons)
    assert "597 of 600" not in made.text
    assert "At least 98%" in made.text
