"""Do intervals that are compared lie on one axis?"""

from __future__ import annotations

from audits.core.values import Estimate
from governance.web.plots import WIDTH, plots


def test_a_plot_puts_every_interval_on_one_axis() -> None:
    narrow, wide, none = Estimate(0.8, 0.7, 0.9, 9), Estimate(0.5, 0.1, 0.9, 9), Estimate.undefined("too few")
    drawn = plots([narrow, wide, none], reference=0.8)
    assert drawn[2] is None
    assert drawn[0] is not None
    assert drawn[1] is not None
    assert drawn[0].value == drawn[0].reference == drawn[1].reference
    assert 0 < drawn[1].low < drawn[0].low < drawn[0].high == drawn[1].high < WIDTH
