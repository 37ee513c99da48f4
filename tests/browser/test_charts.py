"""Do an audit's charts answer to the pointer in a real browser, and stay pictures without JavaScript?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from audits import runner
from tests.audits.story import Small, small_version
from tests.browser.chromium import INSTALLED, opened, sign_in
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), INSTALLED]


@pytest.fixture
def audited(transactional_db: None) -> tuple[Small, str]:
    """A finished validation, and its page's path."""
    small = small_version()
    audit = small.audit("validation")
    runner.run(str(audit.pk))
    small.developer.set_password(PASSWORD)
    small.developer.save()
    return small, f"/audits/{audit.pk}/"


@pytest.fixture
def browser(audited: tuple[Small, str]) -> Iterator[Browser]:
    with opened() as found:
        yield found


def test_a_chart_is_drawn_anew_under_the_strict_policy_and_says_its_numbers(
    audited: tuple[Small, str], live_server: LiveServer, browser: Browser
) -> None:
    small, path = audited
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, live_server.url + path, small.developer.username)

    figure = page.locator("figure", has_text="How well the scores rank patients")
    figure.scroll_into_view_if_needed()
    live = figure.locator(".chart-live svg")
    live.wait_for()
    assert (live.get_attribute("aria-label") or "").startswith("ROC curve. AUROC: 0.")
    assert not figure.locator("img").is_visible()
    assert complaints == []


def test_without_javascript_the_drawn_pictures_are_there_with_their_words(
    audited: tuple[Small, str], live_server: LiveServer, browser: Browser
) -> None:
    small, path = audited
    page = browser.new_context(java_script_enabled=False).new_page()
    sign_in(page, live_server.url + path, small.developer.username)
    picture = page.get_by_role("img", name="ROC curve.")
    picture.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    box = picture.bounding_box()
    assert box is not None
    assert box["height"] > 150


def test_on_a_phone_a_wide_chart_scrolls_in_its_own_box_and_the_keyboard_reaches_it(
    audited: tuple[Small, str], live_server: LiveServer, browser: Browser
) -> None:
    small, path = audited
    page = browser.new_page(viewport={"width": 390, "height": 844})
    sign_in(page, live_server.url + path, small.developer.username)
    figure = page.locator("figure.wide").first
    figure.scroll_into_view_if_needed()
    figure.locator(".chart-live svg").wait_for()
    box = figure.locator(".canvas[tabindex='0']")
    box.wait_for()
    drawn, given = box.evaluate("each => [each.scrollWidth, each.clientWidth]")
    assert drawn > given
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    square = page.locator("figure:not(.wide)").first
    assert square.locator(".canvas[tabindex]").count() == 0


def test_measures_open_and_close_from_the_keyboard(
    audited: tuple[Small, str], live_server: LiveServer, browser: Browser
) -> None:
    small, path = audited
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    sign_in(page, live_server.url + path, small.developer.username)
    first, second = page.locator("details.topic").nth(0), page.locator("details.topic").nth(1)
    assert first.get_attribute("open") is not None
    assert second.get_attribute("open") is None
    second.locator("> summary").focus()
    page.keyboard.press("Enter")
    assert second.get_attribute("open") is not None
