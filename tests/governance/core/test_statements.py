"""What is open, whichever way is taken, however many ways there are?"""

from __future__ import annotations

from governance.core.assessment import missing
from governance.core.policy import AllOf, AnyOf, DocumentRule, LogRule
from governance.core.statements import Need, Statement, Status, ways_out
from tests.governance.core.world import facts_with, said

MANY = tuple(
    Statement(Status.NOT_MET, f"S{n}.", ways=((Need(f"a:{n}", "Do a."),), (Need(f"b:{n}", "Do b."),))) for n in range(8)
)
EVERYTHING = {f"{kind}:{n}" for kind in "ab" for n in range(8)}


def test_every_key_that_is_open_is_named_though_there_are_more_ways_than_are_kept() -> None:
    assert missing(MANY) == EVERYTHING


def test_where_ways_are_left_out_the_last_is_to_do_everything() -> None:
    ways = ways_out(MANY)
    assert len(ways) <= 64
    assert {need.key for need in ways[-1]} == EVERYTHING


def test_alternatives_that_are_long_lists_of_alternatives_lose_no_key() -> None:
    pairs = tuple(AnyOf((DocumentRule(f"d{n}"), LogRule(f"l{n}"))) for n in range(8))
    (found,) = said(AnyOf((AllOf(pairs), DocumentRule("other"))), facts_with())
    asked = {f"document:d{n}" for n in range(8)} | {f"log:l{n}" for n in range(8)} | {"document:other"}
    assert missing((found,)) == asked
