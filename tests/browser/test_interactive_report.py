"""Does Evidently's report draw in a real browser, and can its scripts reach nothing of ours or of anybody's?"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Frame, Page
from pytest_django.live_server_helper import LiveServer

from audits.core.values import Column, Kind
from audits.engines.connection import Limits
from audits.evidently_report import drawn
from audits.models.audit import Audit
from registry import storage
from tests.audits import tables
from tests.browser.chromium import INSTALLED, opened, sign_in
from tests.governance import scene as scenes

pytestmark = [pytest.mark.django_db(transaction=True), INSTALLED]
#: What a hostile script would try, as one more script in the same page. Each answer is its success or its failure.
ATTEMPTS = """
async () => {
  const tried = {};
  const attempt = async (name, act) => {
    try { tried[name] = 'got ' + (await act()); } catch (error) { tried[name] = 'failed: ' + error.name; }
  };
  await attempt('cookie', () => document.cookie);
  await attempt('storage', () => localStorage.length);
  await attempt('page', async () => (await fetch(OURS, {credentials: 'include'})).status);
  await attempt('blind', async () => (await fetch(OURS, {credentials: 'include', mode: 'no-cors'})).type);
  await attempt('parent', () => window.parent.document.title);
  await attempt('elsewhere', async () => (await fetch('https://example.org/', {mode: 'no-cors'})).type);
  await attempt('image', () => new Promise((done, fail) => {
    const picture = new Image(); picture.onload = () => done('loaded'); picture.onerror = () => fail(new Error('no'));
    picture.src = OURS + 'static/icons/formulary.svg';
  }));
  tried.origin = self.origin;
  tried.window = String(window.open('about:blank'));
  return tried;
}
"""


UPWARDS = """
() => {
  try { window.top.location.href = 'https://example.org/?up=1'; return 'went'; }
  catch (e) { return 'failed: ' + e.name; }
}
"""


#: A data channel by way of a server of the script's choice; a page without the headers reaches it.
CALL = """
async (address) => {
  const call = new RTCPeerConnection({iceServers: [{urls: address}]});
  call.createDataChannel('out');
  await call.setLocalDescription(await call.createOffer());
}
"""


@pytest.fixture
def audit(transactional_db: None, tmp_path: Path) -> Audit:
    scene = scenes.ready()
    scene.audit(Kind.DRIFT, result="drawn")
    made = scene.audits[Kind.DRIFT]
    roles = (*tables.COLUMNS, Column("age", "feature", "number"))
    before, now = (
        tables.write(tmp_path, {**tables.clean(500, seed=seed), "age": np.arange(500.0) * seed}, roles, name=str(seed))
        for seed in (1, 2)
    )
    html, facts = drawn(now, before, 7, Limits())
    blob = storage.put_stream([html], limit=len(html))
    Audit.objects.filter(pk=made.pk).update(report_sha256=blob.sha256, facts={"evidently": facts})
    return made


@pytest.fixture
def context(audit: Audit) -> Iterator[BrowserContext]:
    with opened() as browser:
        yield browser.new_context(viewport={"width": 1440, "height": 1000})


def framed(page: Page) -> Frame:
    return next(frame for frame in page.frames if frame.url.endswith("/content/"))


def open_report(page: Page, live_server: LiveServer, audit: Audit) -> None:
    sign_in(page, f"{live_server.url}/audits/{audit.pk}/", "rita_reviewer")
    page.get_by_role("link", name="Open the interactive report (Evidently)").click()
    page.frame_locator("iframe").get_by_text("Dataset Drift").first.wait_for(timeout=20_000)


def test_it_draws_and_asks_nobody_for_anything(audit: Audit, live_server: LiveServer, context: BrowserContext) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_report(page, live_server, audit)
    frame = page.frame_locator("iframe")
    frame.get_by_text("age", exact=True).first.wait_for()
    assert frame.locator("tbody canvas").count() >= 2
    frame.locator("tbody tr button").first.click()
    frame.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=20_000)
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []


def test_its_scripts_are_nobodys(audit: Audit, live_server: LiveServer, context: BrowserContext) -> None:
    page = context.new_page()
    open_report(page, live_server, audit)
    assert any("session" in cookie["name"] for cookie in context.cookies())
    tried = framed(page).evaluate(ATTEMPTS.replace("OURS", repr(f"{live_server.url}/")))
    assert tried["origin"] == "null"
    assert tried["window"] == "null"
    assert {name: told for name, told in tried.items() if told.startswith("got")} == {}


def test_opened_directly_it_is_shown_in_its_frame_or_kept_as_a_file(
    audit: Audit, live_server: LiveServer, context: BrowserContext
) -> None:
    page = context.new_page()
    sign_in(page, f"{live_server.url}/audits/{audit.pk}/", "rita_reviewer")
    page.goto(f"{live_server.url}/audits/{audit.pk}/interactive-report/content/")
    assert page.url == f"{live_server.url}/audits/{audit.pk}/interactive-report/"
    page.frame_locator("iframe").get_by_text("Dataset Drift").first.wait_for(timeout=20_000)
    with page.expect_download() as told:
        page.evaluate("to => { location.href = to; }", f"{live_server.url}/api/v1/audits/{audit.pk}/interactive-report")
    assert told.value.suggested_filename == "drift.html"
    assert page.url == f"{live_server.url}/audits/{audit.pk}/interactive-report/"


def test_its_scripts_send_nothing_over_webrtc(audit: Audit, live_server: LiveServer, context: BrowserContext) -> None:
    page = context.new_page()
    open_report(page, live_server, audit)
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(3)
        framed(page).evaluate(CALL, f"stun:127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(TimeoutError):
            listener.recv(2000)


def test_the_frame_cannot_take_itself_elsewhere(audit: Audit, live_server: LiveServer, context: BrowserContext) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_report(page, live_server, audit)
    tried = framed(page).evaluate(UPWARDS)
    assert tried.startswith("failed")
    framed(page).evaluate("() => { location.href = 'https://example.org/?stolen=1'; }")
    page.wait_for_timeout(500)
    assert [url for url in asked if "example.org" in url] == []
    assert page.url.startswith(live_server.url)
