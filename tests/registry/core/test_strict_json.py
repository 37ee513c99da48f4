"""Which JSON would two readers read differently?"""

from __future__ import annotations

import pytest

from registry.core.strict_json import MAX_DIGITS, StrictJsonError, loads


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1" * 5_000, "more than 300 digits"),
        ("-" + "1" * (MAX_DIGITS + 1), "more than 300 digits"),
        ("[1e999999]", "too large for any reader"),
        ('{"a": -1e400}', "too large for any reader"),
        ("NaN", "not a JSON number"),
        ("-Infinity", "not a JSON number"),
        ('{"a": 1, "a": 1}', "occurs twice"),
        ("[" * 40 + "]" * 40, "levels deep"),
        ("[" * 100_000, "levels deep"),
        ("{", "line 1"),
    ],
)
def test_what_readers_disagree_on_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(StrictJsonError, match=says):
        loads(text)


@pytest.mark.parametrize("number", [10**299, -(10**299), 2**63, 1.7e308, -0.0, 5e-324])
def test_every_number_that_a_double_holds_is_read(number: float) -> None:
    assert loads(repr(number)) == number


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(StrictJsonError, match="not UTF-8"):
        loads(b'"\xff"')
