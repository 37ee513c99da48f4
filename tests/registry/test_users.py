"""Can an account be made that no e-mail reaches?"""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from registry.models.user import Role, User
from registry.services import users
from registry.services.users import EmailInvalid

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


def made(email: str, username: str = "ada") -> User:
    return users.create(
        by=None, username=username, full_name="Ada", email=email, password=PASSWORD, roles=[Role.ADMINISTRATOR]
    )


@pytest.mark.parametrize("email", ["ada", "ada@", "@example.org", "ada@example.org\nBcc: x@example.org", "a b@c.org"])
def test_what_is_no_e_mail_address_is_refused(email: str) -> None:
    with pytest.raises(EmailInvalid):
        made(email)
    assert not User.objects.exists()


def test_an_address_is_kept_without_blanks_and_may_be_left_out() -> None:
    assert made(" ada@example.org ").email == "ada@example.org"
    assert made("", "bea").email == ""


def test_the_first_administrator_needs_a_good_address_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_ADMINISTRATOR_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="not an e-mail address"):
        call_command("first_administrator", "ada", full_name="Ada", email="ada at example")
    assert not User.objects.exists()
