"""Can a reviewer sign in, open a version and sign it, in a real browser, at a desk and on a phone?"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from audits.models.audit import Audit
from audits.models.job import JobState
from tests.browser.chromium import INSTALLED, opened, sign_in
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.scene import Scene
from tests.governance.web.conftest import running

pytestmark = [pytest.mark.django_db(transaction=True), INSTALLED]


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return scenes.ready()


@pytest.fixture
def running_audit(scene: Scene) -> Audit:
    return running(scene)


@pytest.fixture
def browser(scene: Scene) -> Iterator[Browser]:
    with opened() as found:
        yield found


def sign(page: Page) -> None:
    page.get_by_role("link", name="Review and sign").click()
    page.get_by_label("Reviewer").check()
    page.get_by_label("Sign: the evidence").check()
    page.get_by_label("Reason").fill("The measures fit the intended use.")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign as Rita Reviewer").click()


def too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)], ids=["desk", "phone"])
def test_a_reviewer_signs_in_opens_a_version_and_signs_it(
    width: int, height: int, scene: Scene, live_server: LiveServer, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    sign_in(page, live_server.url, "rita_reviewer")
    page.get_by_role("region", name="Waiting").get_by_role("link", name="Sepsis early warning, version 1").first.click()
    assert not too_wide(page)
    sign(page)

    assert page.get_by_role("status").first.inner_text().startswith("Signed: approved as reviewer")
    assert "Rita Reviewer" in page.get_by_role("region", name="Signatures").inner_text()
    assert not too_wide(page)
    assert complaints == []


def test_the_page_works_without_javascript(scene: Scene, live_server: LiveServer, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    sign_in(page, f"{live_server.url}/models/{scene.model.slug}/versions/1/", "rita_reviewer")
    sign(page)
    assert page.get_by_text("Signed: approved as reviewer").is_visible()


def cancel(audit: Audit) -> None:
    """As a worker does it: in a thread and on a connection of its own."""

    def work() -> None:
        Audit.objects.filter(pk=audit.pk).update(state=JobState.CANCELLED)
        connection.close()

    worker = Thread(target=work)
    worker.start()
    worker.join()


def test_running_audits_renew_themselves_on_the_page(
    running_audit: Audit, scene: Scene, live_server: LiveServer, browser: Browser
) -> None:
    page = browser.new_page()
    sign_in(page, f"{live_server.url}/models/{scene.model.slug}/versions/1/", "rita_reviewer")
    part = page.get_by_role("region", name="Audits")
    part.get_by_text("counting rows, 64%").wait_for()
    cancel(running_audit)
    part.get_by_text("All audits have finished.").wait_for()
