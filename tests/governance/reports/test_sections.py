"""Does the report leave out what says nothing, and does it say where the rest stands?"""

from __future__ import annotations

from governance.reports.blocks import Cell
from governance.reports.evidence import Entry
from governance.reports.sections import requirement
from governance.reports.sections_answers import _key
from governance.reports.sections_record import _lines
from governance.reports.words import in_line


def entry(idx: int, kind: str, actor: str = "Ann") -> Entry:
    return Entry(
        idx=idx, at=f"2026-01-01T10:00:{idx:02}+00:00", kind=kind, actor=actor, object_type="", object_id="",
        entry="", leaf_hash=f"{idx:064x}", proof=(),
    )  # fmt: skip


def said(*entries: Entry) -> list[tuple[str, str]]:
    return [(row[0].text, row[2].text) for row in _lines(entries)]


def test_entries_of_one_kind_by_one_person_in_a_row_share_a_line() -> None:
    found = said(entry(1, "plan frozen"), *(entry(n, "waiver given") for n in range(2, 6)), entry(6, "gate decision"))
    dash = "\N{EN DASH}"
    assert found == [("1", "plan frozen"), (f"2{dash}5", "waiver given, 4 times"), ("6", "gate decision")]


def test_two_in_a_row_and_two_people_keep_their_lines() -> None:
    assert len(said(entry(1, "a"), entry(2, "a"))) == 2
    assert len(said(entry(1, "a"), entry(2, "a", "Bob"), entry(3, "a"))) == 3


def test_a_finding_is_named_in_words() -> None:
    assert _key("every group | race=other & sex=f | watch") == "every group: race: other, sex: f, watch"


def test_an_interval_stands_beside_its_number() -> None:
    assert in_line(Cell("0.74", note="0.70 to 0.78")) == Cell("0.74 (0.70 to 0.78)")
    assert in_line(Cell("0.74")) == Cell("0.74")


def test_a_requirement_says_where_its_citation_was_not_read() -> None:
    asked = {"requirement": "Incidents are reported."}
    assert requirement({**asked, "verification": "unverified"}) == "Incidents are reported. (citation not checked)"
    assert requirement({**asked, "verification": "secondary"}) == "Incidents are reported. (citation from a summary)"
    assert requirement({**asked, "verification": "read"}) == requirement(asked) == "Incidents are reported."
