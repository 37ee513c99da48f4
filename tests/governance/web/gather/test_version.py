"""Is the time that a stage still takes said as roughly as it is known?"""

from __future__ import annotations

import pytest

from governance.web.gather.version import left


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""), (0, "a few seconds"), (9, "a few seconds"), (42, "about 40 seconds"), (89, "about 90 seconds"),
        (90, "about 2 minutes"), (600, "about 10 minutes"),
    ],
)  # fmt: skip
def test_the_time_left_is_rounded_as_a_guess_deserves(seconds: int | None, words: str) -> None:
    assert left(seconds) == words
