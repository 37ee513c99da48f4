"""Does Holm's adjustment equal statsmodels', and stay within its bounds?"""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from audits.core import holm


@pytest.mark.parametrize(
    "raw", [[0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.2], [1.0, 0.0, 1.0], list(np.linspace(0.001, 0.9, 40))]
)
def test_it_equals_statsmodels(raw: list[float]) -> None:
    expected = multipletests(raw, method="holm")[1]
    assert holm.adjusted(raw) == pytest.approx(list(expected), abs=1e-15)


def test_a_family_without_members_is_empty() -> None:
    assert holm.adjusted([]) == []


def test_one_test_alone_is_not_adjusted() -> None:
    assert holm.adjusted([0.03]) == [0.03]
