"""Can the assessment, its reasons, the packs and the work queue be read at a desk and on a phone, without a script?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from governance.services import assessing, assessment_work
from tests.browser.chromium import INSTALLED, opened, sign_in
from tests.governance import scene as scenes
from tests.governance.scene import Scene
from tests.governance.test_assessments import adopt_all

pytestmark = [pytest.mark.django_db(transaction=True), INSTALLED]
SHOTS = os.environ.get("FORMULARY_SHOTS", "")
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    scene = scenes.ready()
    adopt_all()
    assessing.assess(version=scene.version, environment="production", by=scene.rita)
    assessment_work.work_off(seconds=60)
    return scene


@pytest.fixture
def browser(scene: Scene) -> Iterator[Browser]:
    with opened() as found:
        yield found


def too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def kept(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_and_work_without_a_script(
    width: str, scheme: str, scene: Scene, live_server: LiveServer, browser: Browser
) -> None:
    wide, high = WIDTHS[width]
    page = browser.new_page(
        viewport={"width": wide, "height": high},
        color_scheme=scheme,  # type: ignore[arg-type]  # one of the two above
        java_script_enabled=False,
    )
    version = scene.version
    sign_in(page, f"{live_server.url}/work/", "cora_compliance")
    for name, path in {
        "work": "/work/",
        "packs": "/packs/",
        "assessment": f"/models/{version.model.slug}/versions/{version.number}/assessment/",
        "blocking": f"/models/{version.model.slug}/versions/{version.number}/assessment/?show=blocking",
        "why": f"/versions/{version.pk}/why/?pack=baseline&control=validation-audit",
    }.items():
        answer = page.goto(f"{live_server.url}{path}")
        assert answer is not None
        assert answer.status == 200, name
        if name == "assessment":
            page.locator("details.pack > summary").first.click()
            page.locator("details.control > summary").first.click()
            assert page.locator("details.control").first.get_by_text("Citation").is_visible()
        kept(page, f"{name}-{width}-{scheme}")
    page.goto(f"{live_server.url}/packs/")
    page.get_by_role("link", name="EU AI Act, high-risk systems").first.click()
    kept(page, f"pack-{width}-{scheme}")
    page.close()


def test_nothing_is_wider_than_a_phone(scene: Scene, live_server: LiveServer, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    version = scene.version
    sign_in(page, f"{live_server.url}/work/", "cora_compliance")
    assessment = f"/models/{version.model.slug}/versions/{version.number}/assessment/"
    for path in ("/work/", "/packs/", assessment, f"/versions/{version.pk}/why/?pack=baseline&control=use-documented"):
        page.goto(f"{live_server.url}{path}")
        assert not too_wide(page), path
