"""Who counts as trained, and when does the first of them no longer?"""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from governance.core.courses import COURSES
from governance.core.training import Held, cover, standings

TODAY = date(2026, 11, 21)
STAFF = [("north", "17"), ("north", "18"), ("north", "19")]


def held(person: str, until: date | None = None, **changes: object) -> Held:
    values: dict[str, object] = {
        "site": "north",
        "person": person,
        "course": "privacy",
        "course_version": "3",
        "completed_on": date(2026, 1, 1),
        "valid_until": until,
    }
    return Held(**{**values, **changes})  # type: ignore[arg-type]


def test_every_course_has_a_label_and_a_sentence() -> None:
    assert all(each.label and each.meaning.endswith(".") and key == each.key for key, each in COURSES.items())
    assert {"ai_literacy", "model_use", "oversight", "security_awareness", "part11_signing"} <= set(COURSES)
    assert {"privacy", "gmlp"} <= set(COURSES)


def test_coverage_counts_people_with_a_valid_record_and_says_when_the_first_ends() -> None:
    records = [held("17", date(2027, 5, 1)), held("18", date(2026, 12, 1)), held("19", date(2026, 11, 20))]
    found = cover("privacy", "north", STAFF, records, today=TODAY)
    assert (found.expected, found.current, found.lapses_on, found.lapsed) == (3, 2, date(2026, 12, 1), 1)


def test_a_record_counts_on_its_first_and_its_last_day() -> None:
    record = held("17", TODAY, completed_on=TODAY)
    assert record.counts_on(TODAY)
    assert not record.counts_on(TODAY - timedelta(days=1))
    assert not record.counts_on(TODAY + timedelta(days=1))


def test_records_without_an_end_never_lapse() -> None:
    found = cover("privacy", "north", STAFF, [held("17")], today=TODAY)
    assert (found.current, found.lapses_on) == (1, None)


def test_the_record_that_lasts_longest_speaks_for_a_person() -> None:
    records = [held("17", date(2026, 12, 1)), held("17", date(2027, 3, 1), course_version="4")]
    assert cover("privacy", "north", STAFF, records, today=TODAY).lapses_on == date(2027, 3, 1)


def test_a_correction_takes_the_place_of_the_row_that_it_corrects() -> None:
    records = [held("17", date(2030, 1, 1)), held("17", date(2026, 6, 1))]
    assert cover("privacy", "north", STAFF, records, today=TODAY).current == 0
    assert cover("privacy", "north", STAFF, records[::-1], today=TODAY).current == 1


def test_a_revoked_record_never_counted() -> None:
    records = [held("17"), held("17", revoked=True)]
    (first, *_) = standings("privacy", STAFF, records, today=TODAY)
    assert (first.current, first.ended) == (False, None)


def test_who_lacks_a_course_is_told_when_the_last_record_ended() -> None:
    records = [held("17", date(2026, 6, 1)), held("17", date(2026, 9, 1), course_version="4")]
    (first, second, _) = standings("privacy", STAFF, records, today=TODAY)
    assert (first.current, first.ended) == (False, date(2026, 9, 1))
    assert (second.current, second.ended) == (False, None)


def test_records_of_another_course_or_site_do_not_count() -> None:
    records = [held("17", course="gmlp"), held("17", site="south")]
    assert cover("privacy", "north", STAFF, records, today=TODAY).current == 0


def test_a_person_at_two_sites_is_expected_and_trained_at_each() -> None:
    both = [("north", "17"), ("south", "17")]
    found = cover("privacy", "", both, [held("17")], today=TODAY)
    assert (found.site, found.expected, found.current) == ("", 2, 1)


def test_nobody_expected_is_nobody_trained() -> None:
    found = cover("privacy", "north", [], [held("17")], today=TODAY)
    assert (found.expected, found.current, found.lapses_on) == (0, 0, None)


@given(st.lists(st.tuples(st.sampled_from(["17", "18", "19"]), st.none() | st.integers(-3, 3), st.booleans())))
def test_no_more_people_are_current_than_expected_and_none_lapses_in_the_past(
    said: list[tuple[str, int | None, bool]],
) -> None:
    records = [
        held(who, None if days is None else TODAY + timedelta(days=days), revoked=revoked)
        for who, days, revoked in said
    ]
    found = cover("privacy", "north", STAFF, records, today=TODAY)
    assert 0 <= found.current <= found.expected == 3
    assert found.lapses_on is None or found.lapses_on >= TODAY
