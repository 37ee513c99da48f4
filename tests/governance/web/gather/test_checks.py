"""Is a finding's key said in words?"""

from __future__ import annotations

from governance.web.gather.checks import key_in_words


def test_a_key_is_said_in_words() -> None:
    assert key_in_words("every group | race=other & sex=f | watch") == "every group, race: other, sex: f, watch"
    assert key_in_words("ranks") == "ranks"
    assert key_in_words("gap | race & sex") == "gap, race, sex"
