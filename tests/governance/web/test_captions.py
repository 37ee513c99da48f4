"""Does every chart that an audit draws say in one sentence how it is read?"""

from __future__ import annotations

import inspect
import re

import pytest

from audits.charts import of_audit
from governance.web.captions import HOW_TO, how_to

NAMES = re.findall(r'yield f?"([a-z-]+)', inspect.getsource(of_audit))


def test_the_names_were_found() -> None:
    assert {"roc", "decision", "heat-map", "missing"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_has_its_sentence(name: str) -> None:
    assert how_to(name).endswith(".")


def test_charts_of_one_family_are_read_alike() -> None:
    assert how_to("rest-2") == how_to("rest") == HOW_TO["rest"]
    assert how_to("time-auroc") == how_to("time-oe-ratio") == HOW_TO["time"]


def test_a_chart_without_words_has_none() -> None:
    assert how_to("unknown") == ""
