"""Can a hidden count be read, or worked out from what is shown?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.core.suppression import Sum, derivable, hidden, is_small, mask, masked_method, tells_few

Table = tuple[dict[str, tuple[int, ...]], list[Sum]]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A cross-table of two attributes with all its margins; each cell counts patients, events and non-events."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    few = st.one_of(st.integers(0, 12), st.integers(0, 400))
    pairs = [[(draw(few), draw(few)) for _ in range(columns)] for _ in range(rows)]
    cells = {f"r{r}c{c}": np.array([a + b, a, b]) for r, row in enumerate(pairs) for c, (a, b) in enumerate(row)}
    sums = [Sum(f"r{r}", tuple(f"r{r}c{c}" for c in range(columns))) for r in range(rows)]
    sums += [Sum(f"c{c}", tuple(f"r{r}c{c}" for r in range(rows))) for c in range(columns)]
    sums += [Sum("all", tuple(f"r{r}" for r in range(rows))), Sum("all", tuple(f"c{c}" for c in range(columns)))]
    for each in sums:
        cells[each.whole] = sum((cells[part] for part in each.parts), np.zeros(3, dtype=int))
    return {name: tuple(int(v) for v in values) for name, values in cells.items()}, sums


@given(tables())
@settings(deadline=None, max_examples=150)
def test_no_hidden_cell_follows_from_the_totals(table: Table) -> None:
    counts, sums = table
    concealed = sorted(hidden(counts, sums))
    if len(concealed) == len(counts):
        return
    matrix = np.zeros((len(sums), len(concealed)))
    for row, each in enumerate(sums):
        for column, cell in enumerate(concealed):
            matrix[row, column] = (cell in each.parts) - (cell == each.whole)
    rank = np.linalg.matrix_rank(matrix) if concealed else 0
    for column in range(len(concealed)):
        unit = np.zeros((1, len(concealed)))
        unit[0, column] = 1
        assert np.linalg.matrix_rank(np.vstack([matrix, unit])) == rank + 1


@given(tables())
@settings(deadline=None, max_examples=150)
def test_nothing_small_is_shown_nor_left_over_when_the_shown_is_subtracted(table: Table) -> None:
    counts, sums = table
    concealed = hidden(counts, sums)
    assert not any(is_small(value) for cell in counts.keys() - concealed for value in counts[cell])
    for each in sums:
        parts = [counts[part] for part in each.parts if part in concealed]
        if each.whole not in concealed:
            assert not any(is_small(sum(values)) for values in zip(*parts, strict=True))


def test_a_table_without_small_counts_is_shown_whole() -> None:
    assert hidden({"all": (50,), "a": (30,), "b": (20,)}, [Sum("all", ("a", "b"))]) == frozenset()


def test_the_smallest_neighbour_is_hidden_with_a_single_small_cell() -> None:
    counts = {"all": (1000,), "a": (900,), "b": (94,), "c": (6,)}
    assert hidden(counts, [Sum("all", ("a", "b", "c"))]) == {"b", "c"}


def test_two_small_cells_are_not_enough_when_their_sum_is_small() -> None:
    counts = {"all": (1007,), "a": (900,), "b": (100,), "c": (4,), "d": (3,)}
    assert hidden(counts, [Sum("all", ("a", "b", "c", "d"))]) == {"b", "c", "d"}


def test_an_empty_cell_does_not_shield_a_small_one() -> None:
    counts = {"all": (105,), "a": (100,), "b": (5,), "c": (0,)}
    assert "a" in hidden(counts, [Sum("all", ("a", "b", "c"))])


def test_elimination_finds_what_several_sums_give_away_together() -> None:
    sums = [Sum("x", ("a", "b")), Sum("y", ("b", "c")), Sum("z", ("a", "c"))]
    assert derivable({"a", "b", "c"}, sums) == {"a", "b", "c"}
    assert derivable({"a", "b"}, sums[:1]) == frozenset()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("3 of 200 patients (1.5%) consented; more", "<11 of 200 patients consented; more"),
        ("195 of 200 subjects (97.5%)", "all but <11 of 200 subjects"),
        (
            "Ward: 1,995 of 2,000 patients (99.8%) consented to care, 95% interval 99.4% to 99.9%; 90% is asked for.",
            "Ward: all but <11 of 2,000 patients consented to care; 90% is asked for.",
        ),
        ("580 of 600 patients (96.7%) consented", "580 of 600 patients (96.7%) consented"),
        ("600 of 600 patients (100.0%)", "600 of 600 patients (100.0%)"),
        ("4 of 9 patients", "<11 of <11 patients"),
        ("race=b: 4 flagged rows, and at least 10 are needed", "race=b: <11 flagged rows, and at least 10 are needed"),
    ],
)
def test_parts_of_patients_are_masked_from_both_sides(said: str, shown: str) -> None:
    assert mask(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Tango score interval, 3 against 5 disagreements in 200", "Tango score interval, disagreements not shown"),
        ("McNemar, exact binomial, 30 against 5 disagreements", "McNemar, exact binomial, disagreements not shown"),
        ("McNemar, chi-squared, 30 against 15 disagreements", "McNemar, chi-squared, 30 against 15 disagreements"),
        ("log-log band; 3 outcomes not known yet count", "log-log band; <11 outcomes not known yet count"),
        ("outcomes are known yet: 7 of 60 are not", "outcomes are known yet: <11 of 60 are not"),
        ("5 values in this window, and at least 100", "<11 values in this window, and at least 100"),
        ("2 scores of 0 or 1 clipped", "<11 scores of 0 or 1 clipped"),
        ("log scale; 6 observed, 5.2 expected", "log scale; <11 observed, 5.2 expected"),
        ("widened by the root of 1 rows per patient", "widened by the root of 1 rows per patient"),
        ("1.2 rows per patient, in 4.5 rows", "1.2 rows per patient, in 4.5 rows"),
    ],
)
def test_counts_of_outcomes_values_and_disagreements_are_masked(said: str, shown: str) -> None:
    assert mask(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Wilson, 3 of 700", "Wilson, <11 of 700"),
        ("Wilson, 695 of 700", "Wilson, all but <11 of 700"),
        ("Newcombe method 10, 1 of 9 against 133 of 192", "Newcombe method 10, <11 of <11 against 133 of 192"),
        ("Wilson, 300 of 700", "Wilson, 300 of 700"),
        ("order statistics 3 to 9 of 60", "order statistics 3 to 9 of 60"),
        ("no interval: 3 of 200 replicates do not reach it", "no interval: 3 of 200 replicates do not reach it"),
    ],
)
def test_a_method_loses_its_small_parts(said: str, shown: str) -> None:
    assert masked_method(said) == shown
    assert tells_few(said) == (said != shown)
