"""Is Evidently's drawing bounded, repeatable, silent, free of patients, and never a reason for an audit to fail?"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audits import evidently_report, runner
from audits.core.values import Column, Source
from audits.engines.connection import Limits
from audits.evidently_report import attach, drawn
from audits.models.job import JobState
from registry import storage
from tests.audits import tables
from tests.audits.story import small_version

ROLES = (
    *tables.COLUMNS,
    Column("age", "feature", "number"),
    Column("note", "feature", "text"),
    Column("visit_day", "date", "text"),
    Column("person_key", "subject", "text"),
)


def table(folder: Path, name: str, *, n: int = 600, seed: int = 1, **changes: Any) -> Source:
    rng = np.random.default_rng(seed)
    notes = rng.choice(["stable", "worse"], n).astype(object)
    notes[:3] = "Zebulon Quackenbush"
    data = {**tables.clean(n, seed=seed), "age": rng.normal(60, 10, n), "note": notes}
    people = [f"patient-{name}-{place}" for place in range(n)]
    data |= {"visit_day": ["2025-07-19"] * n, "person_key": people, **changes}
    return tables.write(folder, data, ROLES, name=name)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Source, Source]:
    return table(tmp_path, "now", seed=2), table(tmp_path, "before")


def test_the_same_tables_give_the_same_bytes(pair: tuple[Source, Source]) -> None:
    first, facts = drawn(*pair, 7, Limits())
    again, _ = drawn(*pair, 7, Limits(threads=1))
    assert first == again
    assert facts == {"rows": 600, "reference_rows": 600, "columns": 6, "columns_left_out": 0}


def test_no_patient_date_or_rare_text_goes_in(pair: tuple[Source, Source]) -> None:
    text = drawn(*pair, 7, Limits())[0].decode()
    assert "stable" in text
    assert not [word for word in ("patient-now", "2025-07-19", "Zebulon", "person_key", "visit_day") if word in text]


def test_large_tables_are_sampled(pair: tuple[Source, Source], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidently_report, "MOST_ROWS", 200)
    _, facts = drawn(*pair, 7, Limits())
    assert (facts["rows"], facts["reference_rows"]) == (200, 200)


def test_nothing_is_loaded_from_elsewhere_and_nobody_is_told(
    pair: tuple[Source, Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def refuse(*where: object) -> None:
        asked.append(where)
        raise OSError("there is no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    text = drawn(*pair, 7, Limits())[0].decode()
    assert asked == []
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)\s*=\s*[\"']?(?!data:)[^>]*>", text) == []


def test_names_and_levels_cannot_close_the_script_they_are_written_into(tmp_path: Path) -> None:
    evil = "</script><script>document.title='owned'</script>"
    levels = np.where(np.arange(600) % 2 == 0, evil, "plain").astype(object)
    roles = (*ROLES[:4], Column(evil, "feature", "number"), Column("note", "feature", "text"))
    data = {**tables.clean(600), evil: np.arange(600.0), "note": levels}
    source = tables.write(tmp_path, data, roles)
    text = drawn(source, source, 7, Limits())[0].decode()
    assert "<script>document.title" not in text
    assert "owned" in text


def test_names_and_levels_that_become_alike_stay_apart(tmp_path: Path) -> None:
    names = ("a&b", "a+b", "a+b (2)")
    levels = np.array(["x<1", "x\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}1", "x<1"] * 200, dtype=object)
    roles = (*ROLES[:4], *(Column(name, "feature", "number") for name in names), Column("note", "feature", "text"))
    rng = np.random.default_rng(3)
    data = {**tables.clean(600), **{name: rng.normal(size=600) for name in names}, "note": levels}
    source = tables.write(tmp_path, data, roles)
    html, facts = drawn(source, source, 7, Limits())
    assert facts["columns"] == 8
    text = html.decode()
    assert all(f'"{name}"' in text for name in ("a+b", "a+b (2)", "a+b (3)"))
    drawn_levels = re.search(r'"reference_distribution": \{"x": (\["x[^\]]*\]), "y": (\[[^\]]*\])', text)
    assert drawn_levels is not None
    assert sorted(json.loads(drawn_levels[2])) == [200, 400]


@pytest.mark.parametrize(
    "changes",
    [
        {"age": np.full(600, np.nan)},
        {"age": np.full(600, np.inf)},
        {"age": np.full(600, 7.0)},
        {"note": [None] * 600},
        {"note": [f"own words {place}" for place in range(600)]},
        {"y": np.zeros(600, dtype=np.int8)},
    ],
    ids=["missing", "infinite", "constant", "no text", "all different", "no events"],
)
def test_columns_without_anything_to_draw_are_no_reason_to_fail(changes: dict[str, Any], tmp_path: Path) -> None:
    html, facts = drawn(table(tmp_path, "now", **changes), table(tmp_path, "before"), 7, Limits())
    assert facts["columns"] in (5, 6)
    assert len(html) > 1_000_000


def test_tables_that_share_nothing_are_refused_in_words(pair: tuple[Source, Source]) -> None:
    source, reference = pair
    other = replace(reference, columns=(Column("person_key", "subject", "text"),))
    plan = tables.plan()
    told = "The two tables share no column that has values in both."
    assert attach(source, other, plan).facts == {"refused": told}
    assert attach(source, None, plan).facts == {"refused": "There is no reference table to compare with."}


def test_a_failure_is_told_and_does_not_spread(pair: tuple[Source, Source], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise MemoryError

    monkeypatch.setattr(evidently_report, "_html", fail)
    attached = attach(*pair, tables.plan())
    assert (attached.sha256, attached.facts) == ("", {"refused": "The report could not be drawn (MemoryError)."})


@pytest.mark.django_db(transaction=True)  # the heartbeat looks from a connection of its own
def test_a_drift_audit_carries_its_report_and_other_audits_none() -> None:
    small = small_version(rows=300)
    drift, quality = small.audit("drift"), small.audit("quality")
    for audit in (drift, quality):
        runner.run(str(audit.pk))
        audit.refresh_from_db()
        assert audit.state == JobState.SUCCEEDED, audit.error_message
    with storage.open_blob(drift.report_sha256) as blob:
        assert b"drawDashboard" in blob.read()
    assert drift.facts["evidently"]["rows"] == 300
    assert (quality.report_sha256, quality.facts.get("evidently")) == ("", None)


@pytest.mark.django_db(transaction=True)  # the heartbeat looks from a connection of its own
def test_a_report_that_fails_makes_no_other_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise RuntimeError

    def noted(document: Any) -> str:
        documents.append(document)
        return "0" * 64

    documents: list[Any] = []
    monkeypatch.setattr(runner, "digest", noted)
    monkeypatch.setattr(evidently_report, "_html", fail)
    audit = small_version(rows=300).audit("drift")
    runner.run(str(audit.pk))
    audit.refresh_from_db()
    assert audit.state == JobState.SUCCEEDED
    assert audit.facts["evidently"] == {"refused": "The report could not be drawn (RuntimeError)."}
    assert audit.report_sha256 == ""
    assert [("evidently" in each["facts"], "columns" in each["facts"]) for each in documents] == [(False, True)]


def test_evidently_is_only_imported_when_something_is_drawn() -> None:
    code = "import sys, json; import audits.evidently_report; print(json.dumps('evidently' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) is False
