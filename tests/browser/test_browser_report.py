"""The report in a real browser: no errors, nothing to scroll sideways, accessible, no scripts."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from languages.sentences import LANGUAGES
from tests.reports.sample_pages import SAMPLES, lab_page, whole_page

pytestmark = pytest.mark.browser

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = 360, 1400
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
PAINT_ALL = "document.querySelectorAll('.lab').forEach(o => o.style.contentVisibility = 'visible')"
WIDER = "[document.documentElement.scrollWidth, innerWidth]"

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample page in each language, and a page of each lab."""
    folder = tmp_path_factory.mktemp("pages")
    html = {code: whole_page(code) for code in LANGUAGES}
    html |= {f"{lab}-{code}": lab_page(lab, code) for lab in SAMPLES for code in LANGUAGES}
    for name, text in html.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in html}


@pytest.fixture
def opened(chromium: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    """Opens the page; at the end nothing may have been logged or asked for but the page itself."""
    said: list[str] = []
    asked: list[str] = []
    contexts = []

    def open_page(code: str = "en", width: int = DESK, **settings: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, offline=True, **settings
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(files[code].as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert {url for url in asked if not url.startswith("data:")} <= {
        path.as_uri() for path in files.values()
    }


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_page_fits_and_has_no_accessibility_violations(
    opened: Opened, screenshots: Path, code: str, scheme: str, width: int
) -> None:
    page = opened(code, width, color_scheme=scheme)
    page.screenshot(path=screenshots / f"summary-{code}-{scheme}-{width}.png")
    page.evaluate(OPEN_ALL)
    page.evaluate(PAINT_ALL)
    scrolled, inner = page.evaluate(WIDER)
    assert scrolled <= inner
    assert violations(page) == []


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("lab", ["connection", "syn-timeout", "simultaneous-open"])
@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_pictures_of_labs_are_kept_for_people_to_look_at(
    opened: Opened, screenshots: Path, code: str, lab: str, width: int, scheme: str
) -> None:
    page = opened(f"{lab}-{code}", width, color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    page.evaluate(PAINT_ALL)  # else a page's height is a guess, and its end is cut off
    picture = screenshots / f"{lab}-{code}-{scheme}-{width}.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 50_000


CUT = "all => all.map(one => one.scrollWidth - one.clientWidth)"


def test_a_picture_of_two_points_is_whole_on_a_small_laptop(opened: Opened) -> None:
    page = opened("simultaneous-open-en", 1100)
    page.evaluate(OPEN_ALL)
    figures = page.locator("figure:has(svg.drawing[aria-labelledby*='-line-'])")
    assert figures.count()
    assert figures.evaluate_all(CUT) == [0] * figures.count()


def test_a_far_too_wide_picture_stays_readable(opened: Opened) -> None:
    page = opened("simultaneous-open-en", PHONE)
    page.evaluate(OPEN_ALL)
    figure = page.locator("figure:has(svg.drawing[aria-labelledby*='-line-'])").first
    assert figure.evaluate("one => one.scrollWidth") > 800


def violations(page: Page) -> list[str]:
    """What axe-core finds: its rule, and the first elements that break it."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]


def test_axe_would_notice(opened: Opened) -> None:
    page = opened()
    page.evaluate("document.body.style.color = '#999'; document.documentElement.lang = ''")
    assert {text.partition(":")[0] for text in violations(page)} >= {
        "color-contrast",
        "html-has-lang",
    }


def test_without_scripts_everything_can_be_read(opened: Opened) -> None:
    page = opened(java_script_enabled=False)
    assert page.get_by_text("differs in flags").first.is_visible()
    listing = page.locator("pre").first
    assert not listing.is_visible()
    page.get_by_text("At svr4 eth0", exact=True).first.click()
    assert listing.is_visible()


def test_the_keyboard_reaches_results_labs_and_pictures(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.getBoundingClientRect().x")
    assert skip >= 0  # the link is hidden until it has the focus
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "connection"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#lab-1"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.localName") == "summary"
    figures = page.locator("figure[tabindex='0']")
    assert figures.count() == page.locator("figure").count()


def test_time_lines_are_text_to_a_screen_reader(opened: Opened) -> None:
    page = opened()
    figure = page.get_by_role("group", name="Time line of svr4.1037 and bsdi.discard").first
    said = figure.aria_snapshot()
    for words in ("S 1000:1000(0) win 4096 <mss 1024>", "FP 1:1(0) ack 2 win 4096", "TIME_WAIT"):
        assert words in said


def test_printed_pages_have_what_was_folded(opened: Opened, screenshots: Path) -> None:
    page = opened()
    page.emulate_media(media="print")
    assert page.locator("pre").first.evaluate("one => one.getBoundingClientRect().height") > 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    breaks = page.locator(".lab > h2").evaluate_all(
        "all => all.map(one => getComputedStyle(one).breakBefore)"
    )
    assert breaks == ["auto"] + ["page"] * (len(breaks) - 1)
    assert len(breaks) > 1
    page.pdf(path=screenshots / "printed.pdf", format="A4")
