"""A headless Chromium for the timeline's page, for `tox -e browser`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ..observe.timeline.pictures import busy_mock, mock_with_an_array, mock_with_lanes

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
DRIVER = shutil.which("chromedriver")
#: Chromium runs as root, without network access, and deterministically.
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
)


class Shown(NamedTuple):
    """A page in a browser."""

    driver: Any
    address: str

    def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript on the page and return its result."""
        return self.driver.execute_script(script, *arguments)

    def resize(self, width: int) -> None:
        """Set the width of the window."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def requests(self) -> list[str]:
        """Return the URLs fetched since the last call."""
        messages = [
            json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")
        ]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the pages and the SVG image of a few mocks into a folder."""
    folder = tmp_path_factory.mktemp("pages")
    with busy_mock() as mock:
        folder.joinpath("timeline.html").write_text(mock.timeline().to_html(), encoding="utf-8")
        folder.joinpath("timeline.svg").write_text(mock.timeline().to_svg(), encoding="utf-8")
    with mock_with_lanes() as mock:
        folder.joinpath("lanes.html").write_text(mock.timeline().to_html(), encoding="utf-8")
    with mock_with_an_array() as mock:
        folder.joinpath("array.html").write_text(mock.timeline().to_html(), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start a browser; skip the test if there is none."""
    webdriver = pytest.importorskip("selenium.webdriver")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("there is no chromium with its chromedriver on this machine")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    profile = tmp_path_factory.mktemp("profile")
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    with ExitStack() as stack:
        started = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
        stack.callback(started.quit)
        yield started


@pytest.fixture
def show(driver: Any, pages: Path) -> Callable[..., Shown]:
    """Open a file in a window of a given width, in light or dark mode."""

    def open_page(
        name: str | Path = "timeline.html", *, width: int = 1200, scheme: str = "light"
    ) -> Shown:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        page = Shown(driver, pages.joinpath(name).as_uri())
        page.resize(width)
        for log in ("browser", "performance"):
            driver.get_log(log)
        driver.get(page.address)
        return page

    return open_page
