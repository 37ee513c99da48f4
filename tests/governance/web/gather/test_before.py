"""Is it said in one line how much of a plan a table of this size can decide?"""

from __future__ import annotations

from audits.core.feasibility import Counts, Possible, Statement
from audits.models.plan import ValidationPlan
from governance.web.gather.before import BADGES, Before, StatementLine
from registry.models.table import PredictionTable


def before(*answers: Possible) -> Before:
    lines = [StatementLine(Statement("c", "auroc", "", each, "because."), BADGES[each], "everyone") for each in answers]
    return Before(ValidationPlan(), PredictionTable(), Counts(9, 3, 6), lines, open=True)


def test_the_three_answers_are_counted() -> None:
    said = before(Possible.YES, Possible.YES, Possible.NO, Possible.UNKNOWN).summary
    assert said == "Large enough for 2 of 4, too small for 1, not known before the run for 1"


def test_what_does_not_occur_is_not_counted() -> None:
    assert before(Possible.YES).summary == "Large enough for 1 of 1"


def test_every_answer_has_its_badge() -> None:
    assert set(BADGES) == set(Possible)
