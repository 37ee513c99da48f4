"""Can packs be adopted and adapted, sites be kept and a model's areas be reached at a desk and on a phone?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from governance.models.overlay import PolicyOverlay
from governance.models.pack import PolicyPack
from governance.services import overlays, pack_adoption, packs, risks
from registry.models.user import Role
from registry.services import sites, versions
from tests.browser.chromium import INSTALLED, opened, sign_in
from tests.governance import scene as scenes
from tests.governance.scene import Scene
from tests.governance.test_pack_overlays import HEAD, LOOSER, TIGHTER

pytestmark = [pytest.mark.django_db(transaction=True), INSTALLED]
SHOTS = os.environ.get("FORMULARY_SHOTS", "")
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}
BASELINE = (packs.SHIPPED / "baseline.yaml").read_bytes()


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """Carla adopted and adapted the baseline; newer content of it was loaded; a second version of the model."""
    scene = scenes.ready()
    carla = scenes.account("carla_compliance", Role.COMPLIANCE)
    scenes.account("cora_compliance", Role.COMPLIANCE)
    pack_adoption.adopt(pack=PolicyPack.objects.get(slug="baseline"), by=carla, gating=True)
    pack_adoption.adopt(pack=PolicyPack.objects.get(slug="us-hipaa"), by=carla, gating=True)
    overlays.load(content=(HEAD + TIGHTER).encode(), by=carla)
    overlays.load(content=(HEAD.replace('"1"', '"2"') + LOOSER).encode(), by=carla)
    packs.load(content=BASELINE.replace(b'"1.0"', b'"1.1"').replace(b"minimum: 0.60", b"minimum: 0.55"), by=None)
    site = sites.create(by=carla, name="North Hospital, Riverside", jurisdiction="EU")
    sites.add_model(by=carla, site=site, model=scene.model)
    sites.create(by=carla, name="Hill Clinic", jurisdiction="UK")
    risks.suggest(model=scene.model, by=scene.dora)
    versions.create(
        by=scene.dora,
        model=scene.model,
        artifact_sha256=scenes.sha("another"),
        artifact_size=10,
        artifact_name="model2.bin",
        training_dataset=scene.dataset,
        outcome="Sepsis within 24 h",
        features=[{"name": "age", "description": ""}],
        operating_points=[],
    )
    return scene


@pytest.fixture
def addresses(scene: Scene) -> dict[str, str]:
    newer = PolicyPack.objects.filter(slug="baseline").order_by("-created_at")[0]
    hipaa, waiting = PolicyPack.objects.get(slug="us-hipaa"), PolicyOverlay.objects.order_by("-created_at")[0]
    unused = PolicyPack.objects.get(slug="us-1557")
    model = f"/models/{scene.model.slug}"
    return {
        "work": "/work/",
        "packs": "/packs/",
        "pack": f"/packs/{hipaa.pk}/",
        "adopt": f"/packs/{unused.pk}/adopt/",
        "adopt-less": f"/packs/{newer.pk}/adopt/",
        "drop": f"/packs/{hipaa.pk}/drop/",
        "overlay": f"/packs/overlays/{waiting.pk}/",
        "overlay-new": "/packs/overlays/new/",
        "sites": "/sites/",
        "site": "/sites/north-hospital-riverside/",
        "model": f"{model}/",
        "version": f"{model}/versions/2/",
        "training": f"{model}/training/",
    }


@pytest.fixture
def browser(addresses: dict[str, str]) -> Iterator[Browser]:
    with opened() as found:
        yield found


def too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def kept(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_without_a_script(
    width: str, scheme: str, addresses: dict[str, str], live_server: LiveServer, browser: Browser
) -> None:
    wide, high = WIDTHS[width]
    page = browser.new_page(
        viewport={"width": wide, "height": high},
        color_scheme=scheme,  # type: ignore[arg-type]  # one of the two above
        java_script_enabled=False,
    )
    sign_in(page, f"{live_server.url}/work/", "cora_compliance")
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        assert page.locator("h1").count() == 1, name
        kept(page, f"{name}-{width}-{scheme}")
        assert not too_wide(page), name


def test_an_overlay_goes_from_its_text_to_what_it_changes(
    addresses: dict[str, str], live_server: LiveServer, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    sign_in(page, f"{live_server.url}/packs/overlays/new/", "cora_compliance")
    text = HEAD.replace('"1"', '"3"') + LOOSER
    page.get_by_label("Text of the overlay").fill(text.replace("drift-audit", "drift-audits"))
    page.get_by_role("button", name="Show what it changes").click()
    assert page.get_by_text("/changes/1/control").is_visible()
    kept(page, "overlay-broken")
    page.get_by_label("Text of the overlay").fill(text)
    page.get_by_role("button", name="Show what it changes").click()
    assert page.get_by_role("heading", name="Waits for a signature").is_visible()
    kept(page, "overlay-preview")
    page.get_by_role("button", name="Upload it").click()
    assert page.get_by_role("heading", level=1, name="Our baseline").is_visible()
