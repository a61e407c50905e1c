"""Debian's Chromium under Playwright, against the portal in this process."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.test.testcases import LiveServerThread
from playwright.sync_api import BrowserContext, Page
from tests.builders import lists

# the first is the same engine without the windows around a page, for two thirds of the processor
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Each window prepares the drop-down lists of an address bar that nobody sees, for a second of a processor. The switch
# replaces the one of Playwright: what that names and tests could feel is named again.
FEATURES_OFF = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "AimEnabled"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "PaintHolding", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect"),
    *("LensOverlay", "MediaRouter", "OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
)

# What a browser says that has no time or has died. A page that lacks something says otherwise, and is not asked again.
NO_ANSWER = [r"Page\.goto: Timeout", "from pytest-timeout", "Target crashed", "Page crashed", r"BrowserType\.launch"]


def chromium() -> str | None:
    """Where the browser is."""
    return os.environ.get("CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    is_missing = chromium() is None and os.environ.get("NMFO_REQUIRE_BROWSER") != "1"
    for item in items:
        if "tests/browser" not in str(item.path):
            continue
        item.add_marker(pytest.mark.timeout(240))
        item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=NO_ANSWER))
        if is_missing:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine: ./test installs it when run by root"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {
        "executable_path": chromium(),
        "args": [
            *("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"),
            f"--disable-features={','.join(FEATURES_OFF)}",
            "--use-fake-device-for-media-stream",  # a camera that shows a test picture
            "--use-fake-ui-for-media-stream",  # given to whoever asks: there is no window in which to ask
        ],
    }


def _straight(application: Any) -> Any:
    return application


@pytest.fixture
def context(context: BrowserContext) -> Iterator[BrowserContext]:
    """Closed page by page: Chromium may never end a context whose page is loading through a service worker.

    Pages that were without a link load anew when it comes back, which it does at the end.
    """
    yield context
    for page in context.pages:
        page.close()
    context.set_offline(False)


@pytest.fixture
def portal(transactional_db: None, settings: Any) -> Iterator[str]:
    """The address of the portal, with its lists. Static files come as in earnest: collected, through WhiteNoise."""
    lists()
    server = LiveServerThread("localhost", _straight, connections_override={})  # type: ignore[arg-type]  # any wrapper will do
    server.daemon = True
    server.start()
    server.is_ready.wait()
    settings.BASE_URL = f"http://localhost:{server.port}"
    yield settings.BASE_URL
    server.terminate()


def reader_of(page: Page, text: str) -> None:
    """Chromium of Debian reads no bar codes: put a reader in its place that sees `text` in the third picture."""
    page.add_init_script(
        """window.BarcodeDetector = class {
          static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
          async detect(video) {
            if (!video.videoWidth) throw new Error("no picture yet");
            this.seen = (this.seen || 0) + 1;
            return this.seen < 3 ? [] : [{ rawValue: window.seenByTheReader }];
          }
        };"""
    )
    page.add_init_script(f"window.seenByTheReader = {json.dumps(text)};")


@pytest.fixture
def phone(page: Page) -> Page:
    """A page as wide as a small phone."""
    page.set_viewport_size({"width": 360, "height": 740})
    return page
