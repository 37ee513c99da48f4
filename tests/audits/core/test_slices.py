"""Is every group of patients called differently, and is a name read as it was written?"""

from __future__ import annotations

from itertools import combinations, product

import pytest

from audits.core.slices import attributes_of, slice_name
from registry.core.table_schema import SchemaRefused, TableSchema, ambiguity

NAMES = ("a", "b", "a=b", "a & b", "& b", "b &", "a&b", "ab")
#: Texts that levels are made of, so that every way to imitate a name is among them.
PIECES = ("x", " ", "&", "=", "a", "b")
LEVELS = tuple("".join(each) for size in range(1, 6) for each in product(PIECES, repeat=size) if each[0] != " ")


def _accepted(names: tuple[str, ...]) -> bool:
    subgroups = [{"name": name, "role": "subgroup"} for name in names]
    columns = [{"name": "died", "role": "outcome"}, {"name": "risk", "role": "score"}, *subgroups]
    try:
        TableSchema.parse({"columns": columns}, purpose="evaluation")
    except SchemaRefused:
        return False
    return True


PAIRS = [pair for pair in combinations(NAMES, 2) if _accepted(pair)]


def test_there_are_names_to_be_tried() -> None:
    assert len(PAIRS) >= 6


@pytest.mark.parametrize("pair", PAIRS)
def test_no_two_groups_of_what_an_upload_accepts_are_called_the_same(pair: tuple[str, str]) -> None:
    """Every combination of two short levels against every single level that spells it."""
    short = [level for level in LEVELS if len(level) <= 2 and ambiguity(level, pair) is None]
    joined = {slice_name(pair, levels) for levels in product(short, short)}
    assert len(joined) == len(short) ** 2
    for name in joined:
        assert attributes_of(name, pair) == pair
        for attribute in pair:
            if name.startswith(f"{attribute}="):
                level = name.removeprefix(f"{attribute}=")
                assert ambiguity(level, pair) is not None


def test_a_level_that_spells_a_combination_would_be_called_the_same() -> None:
    assert slice_name(("race",), ("white & sex=f",)) == slice_name(("race", "sex"), ("white", "f"))
    assert ambiguity("white & sex=f", ("race", "sex")) == " & sex="
    assert ambiguity("white & age=9", ("race", "sex")) is None
