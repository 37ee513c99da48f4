"""Which cells would a spreadsheet program run?"""

from __future__ import annotations

import pytest

from governance.core.spreadsheet import begins_like_formula, would_run


@pytest.mark.parametrize(
    "cell",
    ["=1", " =1", "\t=1", "\u00a0=1", "@SUM(A1)", "+A1", "-A1", "-1+2", "+cmd|'x'!A", "--1", "\uff1d1", "\uff0bA1"],
)
def test_what_begins_like_a_formula_would_run(cell: str) -> None:
    assert would_run(cell)
    assert begins_like_formula(cell)


@pytest.mark.parametrize("cell", ["-5", "+1", "-0.5", "-.5", "-1,234.5", "+1e-3", "- 7", "-12 %", "-", " -5 "])
def test_a_signed_number_runs_nothing_but_begins_like_a_formula(cell: str) -> None:
    assert not would_run(cell)
    assert begins_like_formula(cell)


@pytest.mark.parametrize("cell", ["", " ", "a=b", "x-1", "5", "1e5", "\u2013", "Grüße @ all"])
def test_everything_else_is_text(cell: str) -> None:
    assert not begins_like_formula(cell)
