"""Chromium for tests of pages: one browser a session, a page of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.program import BROWSERS, packaged

SCREENSHOTS = Path(__file__).parents[2] / "build/screenshots"
# As root too, and without Chromium's own connections. Painted by SwiftShader: else, without a GPU,
# pictures of high pages fail now and then.
OPTIONS = """--no-sandbox --use-angle=swiftshader --disable-quic --no-first-run --disable-sync
    --disable-background-networking --disable-component-update""".split()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, else the one of playwright; without both, all ends with what to do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(BROWSERS))
        try:
            playwright = sync_playwright().start()
            browser = playwright.chromium.launch(executable_path=packaged(), args=OPTIONS)
        except Exception as error:  # noqa: BLE001  playwright's own start raises nothing narrower
            why = str(error).partition("\n")[0]  # its advice below is for another place
            pytest.exit(
                f"no Chromium starts here; ./setup.sh --tests installs one, or says what is in its "
                f"way. {why}",
                returncode=1,
            )
        yield browser
        browser.close()
        playwright.stop()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where screenshots are kept, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS
