"""Is a record shown so that a person can read it? Words side by side, sentences one below the other."""

from __future__ import annotations

from governance.web.records import Node, nodes


def test_words_stand_side_by_side_and_each_sentence_on_a_line_of_its_own() -> None:
    assert nodes({"roles": ["reviewer", "approver"], "count": [1, 2.5]}) == (
        Node("Roles", text="reviewer, approver"),
        Node("Count", text="1, 2.5"),
    )
    told = nodes({"asks_less": ["One is gone.", "Another is advisory."]})
    assert told == (Node("Asks less", children=(Node("", text="One is gone."), Node("", text="Another is advisory."))),)
