"""Are a plan's criteria said in words, with the names that a reader knows?"""

from __future__ import annotations

from audits.models.plan import ValidationPlan
from governance.web.gather.plans import lines


def test_a_criterion_is_said_in_words() -> None:
    criterion = {
        "id": "ranks", "measure": "oe_ratio", "minimum": 0.8, "maximum": 1.25, "minimum_events": 50, "slice": "each",
        "operating_point": "alert",
    }  # fmt: skip
    (line,) = lines([ValidationPlan(document={"criteria": [criterion]})])
    (said,) = line.criteria
    assert (said.name, said.measure) == ("ranks", "Observed to expected ratio")
    assert said.bound == "at least 0.8, at most 1.25; needs 50 events"
    assert said.place == "each group, at “alert”"
