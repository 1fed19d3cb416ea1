import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from samscope.report.prompt_page import PromptFrame, write_prompt_page
from tests.report.chromium import DESKTOP, PATIENCE, PHONE, chromium, visit

pytestmark = pytest.mark.slow

HEIGHT, WIDTH = 90, 160
CANVAS = "[data-part=drawing]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (3, HEIGHT, WIDTH, 3), np.uint8)
    frames = [PromptFrame(index * 5, index / 5, frame) for index, frame in enumerate(pixels)]
    page = tmp_path_factory.mktemp("page") / "prompts.html"
    write_prompt_page(page, frames, "film.mp4", "samscope track film.mp4 --prompts prompts.json --out masks")
    return page


@pytest.fixture
def page(browser: Browser, path: Path) -> Iterator[Page]:
    opened = visit(browser, path)
    yield opened.page
    assert opened.complaints == []
    assert all(request.startswith(("file:", "data:", "blob:")) for request in opened.requests)
    opened.page.context.close()


def _at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Return where a pixel of the frame is in the window."""
    box = page.locator(CANVAS).bounding_box()
    assert box is not None
    return box["x"] + (x + 0.25) / WIDTH * box["width"], box["y"] + (y + 0.25) / HEIGHT * box["height"]


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*_at(page, *start))
    page.mouse.down()
    page.mouse.move(*_at(page, *end), steps=4)
    page.mouse.up()


def _choose(page: Page, tool: str) -> None:
    page.check(f"input[name=tool][value={tool}]", force=True)


def _saved(page: Page) -> Any:
    with page.expect_download(timeout=PATIENCE) as download:
        page.click("[data-part=save]")
    assert download.value.suggested_filename == "prompts.json"
    return json.loads(Path(download.value.path()).read_text(encoding="utf-8"))


def test_boxes_and_clicks_by_mouse_for_two_objects(page: Page) -> None:
    assert page.is_disabled("[data-part=save]")
    _drag(page, (100, 60), (20, 10))
    page.click("[data-part=add]")
    page.fill("input[aria-label='Name of object 2']", "duck")
    page.keyboard.press("Tab")
    page.click("button[aria-label='Frame 5']")
    _choose(page, "positive")
    page.mouse.click(*_at(page, 40, 30))
    _choose(page, "negative")
    page.mouse.click(*_at(page, 120, 80))
    assert _saved(page) == {
        "objects": [
            {"id": 1, "name": "object 1", "prompts": [{"frame": 0, "box": [20, 10, 100, 60]}]},
            {
                "id": 2,
                "name": "duck",
                "prompts": [{"frame": 5, "points": [[40, 30], [120, 80]], "labels": [1, 0]}],
            },
        ]
    }


def test_a_new_box_replaces_the_old_one_and_undo_brings_it_back(page: Page) -> None:
    _drag(page, (10, 10), (30, 30))
    _drag(page, (50, 50), (80, 70))
    assert _saved(page)["objects"][0]["prompts"] == [{"frame": 0, "box": [50, 50, 80, 70]}]
    page.click("[data-part=undo]")
    assert _saved(page)["objects"][0]["prompts"] == [{"frame": 0, "box": [10, 10, 30, 30]}]
    page.click("[data-part=clear]")
    assert page.is_disabled("[data-part=save]")


def test_a_click_is_removed_and_what_is_no_box_is_told(page: Page) -> None:
    _drag(page, (10, 10), (11, 30))
    assert "opposite" in page.inner_text("[data-part=said]")
    _choose(page, "positive")
    for place in ((40, 30), (100, 30)):
        page.mouse.click(*_at(page, *place))
    _choose(page, "remove")
    page.mouse.click(*_at(page, 101, 30))
    page.mouse.click(*_at(page, 80, 80))
    assert "no click" in page.inner_text("[data-part=said]")
    assert _saved(page)["objects"][0]["prompts"] == [{"frame": 0, "points": [[40, 30]], "labels": [1]}]


def test_an_object_without_prompt_is_left_out_and_named(page: Page) -> None:
    _drag(page, (10, 10), (30, 30))
    page.click("[data-part=add]")
    assert "object 2" in page.inner_text("[data-part=without]")
    assert [one["id"] for one in _saved(page)["objects"]] == [1]
    page.click("button[aria-label='Remove object 1']")
    assert page.is_disabled("[data-part=save]")


def test_by_keyboard_alone(page: Page) -> None:
    page.focus("[data-part=picture]")
    page.keyboard.press("b")
    page.focus("[data-part=picture]")
    page.keyboard.press("ArrowRight")
    assert "80, 45" in page.inner_text("[data-part=said]")
    page.keyboard.press("Enter")
    for _ in range(7):
        page.keyboard.press("Shift+ArrowRight")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press(".")
    page.keyboard.press("n")
    page.focus("[data-part=picture]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    prompts = _saved(page)["objects"][0]["prompts"]
    assert prompts[0] == {"frame": 0, "box": [80, 45, 87, 57]}
    assert prompts[1] == {"frame": 5, "points": [[87, 54]], "labels": [0]}


def test_by_finger(browser: Browser, path: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.locator("input[name=tool][value=positive]").tap()
    page.touchscreen.tap(*_at(page, 50, 40))
    assert _saved(page)["objects"][0]["prompts"] == [{"frame": 0, "points": [[50, 40]], "labels": [1]}]
    page.locator("input[name=tool][value=box]").tap()
    touches = context.new_cdp_session(page)
    for kind, place in (("touchStart", (20, 20)), ("touchMove", (60, 50)), ("touchEnd", None)):
        x, y = _at(page, *place) if place else (0.0, 0.0)
        points = [{"x": x, "y": y}] if place else []
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert _saved(page)["objects"][0]["prompts"][0] == {"frame": 0, "box": [20, 20, 60, 50]}
    context.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("dark", [False, True])
def test_fits_and_says_nothing(browser: Browser, path: Path, size: tuple[int, int], *, dark: bool) -> None:
    opened = visit(browser, path, size, dark=dark)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert opened.page.evaluate(wide) == 0
    assert opened.complaints == []
    opened.page.context.close()
