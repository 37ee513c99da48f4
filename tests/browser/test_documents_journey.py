"""Can a developer upload a document and a reviewer sign it, in a real browser, at a desk and on a phone?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import INSTALLED, opened, sign_in
from tests.browser.test_signing_journey import too_wide
from tests.conftest import PASSWORD
from tests.governance import document_files as files
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = [pytest.mark.django_db(transaction=True), INSTALLED]


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return scenes.bare(subjects=1)


@pytest.fixture
def browser(scene: Scene) -> Iterator[Browser]:
    with opened() as found:
        yield found


def upload(page: Page, file: Path) -> None:
    page.get_by_role("link", name="Upload: Instructions for use").click()
    page.get_by_label("Title").fill("Instructions for use")
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("In effect from").fill("2026-01-15")
    page.get_by_label("What is it for?").fill("section 1")
    assert not too_wide(page)
    page.get_by_role("button", name="Upload").click()


def review(page: Page) -> None:
    page.get_by_role("link", name="Review revision 1").click()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download ifu.pdf").click()
    assert fetched.value.suggested_filename == "ifu.pdf"
    page.get_by_label("Reviewer").check()
    page.get_by_label("Accept: I examined it").check()
    page.get_by_label("Reason").fill("It says what users need.")
    page.get_by_label("Your password").fill(PASSWORD)
    assert not too_wide(page)
    page.get_by_role("button", name="Sign as Rita Reviewer").click()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)], ids=["desk", "phone"])
def test_a_document_is_uploaded_by_one_person_and_reviewed_by_another(
    width: int, height: int, scene: Scene, live_server: LiveServer, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "ifu.pdf").write_bytes(files.pdf())
    size: ViewportSize = {"width": width, "height": height}
    address = f"{live_server.url}/models/{scene.model.slug}/documents/"
    page = browser.new_page(viewport=size)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, address, "dora_developer")
    assert not too_wide(page)
    upload(page, tmp_path / "ifu.pdf")
    assert page.get_by_role("status").first.inner_text().startswith("Kept as D-1, revision 1")

    reading = browser.new_context(viewport=size, java_script_enabled=False, accept_downloads=True).new_page()
    sign_in(reading, address, "rita_reviewer")
    reading.get_by_role("link", name="Instructions for use").first.click()
    review(reading)
    assert "Rita Reviewer" in reading.get_by_role("region", name="Who examined revision 1").inner_text()
    assert not too_wide(page)
    assert complaints == []
