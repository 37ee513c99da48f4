"""Does the matrix say what it should, and are entries judged by what they say?"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from governance.core.hazards import CHARACTERISTICS, HAZARDS, label
from governance.core.risk import (
    MATRIX,
    PROBABILITY,
    SEVERITY,
    Level,
    Written,
    against_accepting,
    against_keeping,
    level,
    rises,
    worst,
)

SAID = Written(
    hazard="drift",
    title="The laboratory changes its method",
    sequence="The unit of lactate changes.",
    situation="Scores are too low.",
    harm="Sepsis is found late.",
    characteristics=("validity",),
)
ESTIMATED = replace(SAID, probability=4, severity=4)
JUDGED = replace(ESTIMATED, residual_probability=2, residual_severity=4)
RANK = list(Level).index


def test_the_matrix_has_a_level_for_every_pair() -> None:
    assert set(MATRIX) == set(SEVERITY) == set(PROBABILITY) == {1, 2, 3, 4, 5}
    assert {level(p, s) for p, s in product(range(1, 6), repeat=2)} == set(Level)


def test_more_probable_or_more_severe_is_never_better() -> None:
    for probability, severity in product(range(1, 6), range(1, 5)):
        assert RANK(found(probability, severity)) <= RANK(found(probability, severity + 1))
        assert RANK(found(severity, probability)) <= RANK(found(severity + 1, probability))


def found(probability: int, severity: int) -> Level:
    answer = level(probability, severity)
    assert answer is not None
    return answer


def test_death_is_never_simply_acceptable() -> None:
    assert Level.ACCEPTABLE not in MATRIX[5]


def test_there_is_no_level_until_both_numbers_are_known() -> None:
    assert level(None, 3) is None
    assert level(3, None) is None


@pytest.mark.parametrize(("probability", "severity"), [(0, 1), (6, 1), (1, 0), (1, 6)])
def test_a_number_off_the_matrix_has_no_level(probability: int, severity: int) -> None:
    with pytest.raises(LookupError):
        level(probability, severity)


def test_a_whole_entry_is_kept_at_every_stage() -> None:
    for said in (SAID, ESTIMATED, JUDGED, replace(SAID, hazard="other", characteristics=())):
        assert against_keeping(said) is None


@pytest.mark.parametrize("field", ["title", "sequence", "situation", "harm"])
def test_an_entry_without_one_of_its_parts_is_not_kept(field: str) -> None:
    problem = against_keeping(replace(SAID, **{field: "  "}))  # type: ignore[arg-type]
    assert problem is not None
    assert (problem.code, problem.field) == ("risk_incomplete", field)


@pytest.mark.parametrize("change", [{"hazard": "gremlins"}, {"characteristics": ("validity", "beauty")}])
def test_words_that_the_vocabulary_does_not_have_are_not_kept(change: dict[str, object]) -> None:
    problem = against_keeping(replace(SAID, **change))  # type: ignore[arg-type]
    assert problem is not None
    assert problem.code == "risk_unknown_word"


@pytest.mark.parametrize(
    "change",
    [
        {"probability": 3},
        {"severity": 3},
        {"probability": 0, "severity": 3},
        {"probability": 3, "severity": 6},
        {"probability": 3, "severity": 3, "residual_probability": 2},
        {"residual_probability": 2, "residual_severity": 2},
    ],
)
def test_an_estimate_that_is_half_or_off_the_scale_or_too_early_is_not_kept(change: dict[str, int]) -> None:
    problem = against_keeping(replace(SAID, **change))  # type: ignore[arg-type]
    assert problem is not None
    assert problem.code == "risk_estimate_refused"


@pytest.mark.parametrize("change", [{"residual_probability": 5}, {"residual_severity": 5}])
def test_a_risk_that_grows_through_its_controls_needs_a_reason(change: dict[str, int]) -> None:
    grown = replace(JUDGED, **change)  # type: ignore[arg-type]
    assert rises(grown)
    problem = against_keeping(grown)
    assert problem is not None
    assert problem.code == "reason_missing"
    assert against_keeping(replace(grown, reason="The alarm itself delays care.")) is None


def test_what_is_left_can_be_accepted_once_it_is_judged_and_controlled() -> None:
    assert against_accepting(JUDGED, is_open=True, in_place=1) is None
    small = replace(ESTIMATED, residual_probability=1, residual_severity=1)
    assert against_accepting(small, is_open=True, in_place=0) is None


@pytest.mark.parametrize(
    ("said", "is_open", "in_place", "words"),
    [
        (JUDGED, False, 1, "closed"),
        (SAID, True, 1, "not estimated"),
        (ESTIMATED, True, 1, "not judged"),
        (JUDGED, True, 0, "control must be in place"),
    ],
)
def test_what_is_not_carried_far_enough_cannot_be_accepted(
    said: Written, is_open: bool, in_place: int, words: str
) -> None:
    problem = against_accepting(said, is_open=is_open, in_place=in_place)
    assert problem is not None
    assert problem.code == "risk_not_ready"
    assert words in problem.message


def test_what_is_not_acceptable_needs_a_benefit_that_outweighs_it() -> None:
    grave = replace(ESTIMATED, residual_probability=3, residual_severity=4)
    problem = against_accepting(grave, is_open=True, in_place=1)
    assert problem is not None
    assert problem.code == "risk_not_acceptable"
    weighed = replace(grave, benefit_note="Without the model, more septic patients are missed.")
    assert against_accepting(weighed, is_open=True, in_place=1) is None


def test_the_worst_of_several_is_unknown_while_one_is_unknown() -> None:
    assert worst([Level.ACCEPTABLE, Level.NOT_ACCEPTABLE, Level.AS_LOW_AS_POSSIBLE]) is Level.NOT_ACCEPTABLE
    assert worst([Level.ACCEPTABLE, None]) is None
    assert worst([]) is None


def test_every_hazard_is_a_whole_suggestion_and_all_eight_characteristics_occur() -> None:
    assert len(CHARACTERISTICS) == 8
    for hazard, known in HAZARDS.items():
        said = Written(hazard, known.label, known.sequence, known.situation, known.harm, known.characteristics)
        assert against_keeping(said) is None
        assert label(hazard) == known.label
    assert label("other") == "Another hazard"
