"""Which counts of consents may leave, and what stands in the place of the others?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.core.consent import Category, coverage_of
from governance.core.consent_shown import ShownCoverage, shown
from governance.core.suppression import is_small

COUNTS = st.fixed_dictionaries({each.value: st.one_of(st.integers(0, 12), st.integers(0, 400)) for each in Category})


def of(**counts: int) -> ShownCoverage:
    return shown(coverage_of(table="t", purpose="p", counts=counts))


@given(COUNTS)
def test_no_small_count_is_shown_or_left_over(counts: dict[str, int]) -> None:
    found = of(**counts)
    said = [number for _, number in found.counts if isinstance(number, int)]
    assert not any(map(is_small, said))
    if found.covered is not None and found.eligible is not None:
        assert not is_small(found.covered)
        assert not is_small(found.eligible - found.covered)
        assert found.value == pytest.approx(found.covered / found.eligible) if found.eligible else True
    if found.eligible is not None:
        hidden = [name for name, number in found.counts if isinstance(number, str)]
        assert len(hidden) != 1
        assert not is_small(found.eligible - sum(said))


def test_every_small_number_without_consent_reads_the_same() -> None:
    assert len({of(covered=300 - few, missing=few) for few in range(1, 11)}) == 1
    assert len({of(covered=few, missing=300 - few).value for few in range(1, 11)}) == 1


def test_covered_stays_exact_while_several_reasons_share_the_rest() -> None:
    found = of(covered=400, missing=5, withdrawn=100)
    assert (found.covered, found.eligible, found.reason) == (400, 505, None)
    assert dict(found.counts)["missing"] == "<11"
    assert dict(found.counts)["withdrawn"] == "withheld"


def test_a_tiny_table_says_nothing() -> None:
    found = of(covered=4, missing=3)
    assert (found.covered, found.eligible, found.value) == (None, None, None)


def test_a_table_without_small_counts_is_shown_whole() -> None:
    found = of(covered=600)
    assert (found.covered, found.eligible, found.value) == (600, 600, 1.0)
