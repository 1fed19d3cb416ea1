import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from samscope.records.store import open_study
from samscope.report.page import write_report
from samscope.report.wording import number
from samscope.support.printable import printable
from tests.planted import FEW_POSITIONS, planted, row
from tests.quick_decoding import quick_page
from tests.report.chromium import DESKTOP, PHONE, Visit, chromium, visit
from tests.report.conftest import HOSTILE

pytestmark = pytest.mark.slow

TOOL = "#browser-tool"
CURVES = "#curves-tool"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def seen(browser: Browser, report: Path) -> Visit:
    return visit(browser, report / "report.html")


@pytest.fixture
def page(seen: Visit) -> Page:
    seen.page.reload()
    return seen.page


def _source(page: Page) -> str:
    return str(page.get_attribute(f"{TOOL} [data-part=picture]", "src"))


def _facts(page: Page) -> str:
    return page.inner_text(f"{TOOL} [data-part=facts]")


def _overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)])
def test_says_nothing_asks_for_nothing_and_fits(
    browser: Browser, report: Path, size: tuple[int, int], *, dark: bool
) -> None:
    opened = visit(browser, report / "report.html", size, dark=dark)
    page = opened.page
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    for turned in (False, True):
        page.emulate_media(color_scheme="dark" if dark != turned else "light")
        assert opened.complaints == []
        assert [url for url in opened.requests if not url.startswith("data:")] == [
            (report / "report.html").as_uri()
        ]
        assert _overflow(page) <= 0
        broken = page.eval_on_selector_all(
            "img", "all => all.filter(one => one.offsetParent && !one.naturalWidth).length"
        )
        assert broken == 0
    page.context.close()


def test_a_hostile_name_is_shown_and_not_run(seen: Visit, page: Page) -> None:
    shown = printable(HOSTILE)
    assert shown in page.inner_text("#run")
    assert shown in page.inner_text(f"{TOOL} [data-part=clip]")
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    assert seen.complaints == []


def test_the_slider_moves_frame_maps_facts_and_cursors_by_keyboard(page: Page, report: Path) -> None:
    frames = open_study(report).frames
    slider = page.locator(f"{TOOL} [data-part=slider]")
    slider.focus()
    assert slider.input_value() == "12"
    page.keyboard.press("Home")
    first = _source(page)
    cursor = page.get_attribute(f"{TOOL} [data-part=score] .cursor line", "x1")
    assert page.locator(f"{TOOL} .missing-map").count() == 2
    for _ in range(14):
        page.keyboard.press("ArrowRight")
    assert slider.input_value() == "14"
    assert _source(page) != first
    assert page.get_attribute(f"{TOOL} [data-part=score] .cursor line", "x1") != cursor
    assert page.locator(f"{TOOL} .missing-map").count() == 0
    score = row(frames, set="obscuration", clip=0, frame=14)["object_score"]
    assert number(score).replace("-", "\N{MINUS SIGN}") in _facts(page)
    assert f"Object score {number(score)}" in str(slider.get_attribute("aria-valuetext"))
    page.keyboard.press("End")
    assert slider.input_value() == "27"
    page.keyboard.press("Home")
    assert _source(page) == first


def test_sets_are_switched_by_keyboard_and_by_click(page: Page) -> None:
    radios = page.locator(f"{TOOL} input[type=radio]")
    assert radios.count() == 2
    radios.nth(0).focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(f"{TOOL} input[type=radio]:checked").get_attribute("value") == "obscuration"
    page.locator(f"{TOOL} [data-part=slider]").fill("14")
    assert "80 % obscured" in _facts(page)
    assert page.locator(f"{TOOL} [data-part=curve] path.line").count() == 2
    page.locator(f"{TOOL} label:has(input[type=radio])").first.click()
    assert radios.nth(0).is_checked()
    assert "obscured" not in _facts(page)
    assert page.locator(f"{TOOL} [data-part=curve] path.line").count() == 1


def test_what_was_looked_at_is_shown_under_each_remembered_frame(page: Page) -> None:
    memories = page.locator(f"{TOOL} [data-part=memories] li")
    pointers = page.locator(f"{TOOL} [data-part=pointers] li")
    slider, looked_from = (page.locator(f"{TOOL} [data-part={name}]") for name in ("slider", "looked_from"))
    none = page.locator(f"{TOOL} [data-part=looked_none]")
    slider.fill("10")
    assert (memories.count(), pointers.count()) == (7, 7)
    told = memories.all_inner_texts()
    assert told[0] == "frame 0: 38\N{NO-BREAK SPACE}%"
    assert told[1].startswith("frame 4: ")
    titles = [page.inner_text(f"{TOOL} [data-part={kind}_title]") for kind in ("memories", "pointers")]
    assert titles == [
        f"{kind}: {share}\N{NO-BREAK SPACE}% of the attention"
        for kind, share in (("Memories", 66), ("Pointers", 34))
    ]
    filled = "one => one.firstElementChild.getBoundingClientRect().width / one.getBoundingClientRect().width"
    widths = [memories.nth(at).locator(".bar").evaluate(filled) for at in (0, 1)]
    assert widths == pytest.approx([1, (1 - 0.375) / 13 / 0.375], abs=0.02)
    assert memories.nth(0).locator("img").evaluate("one => one.naturalWidth") > 0
    assert not none.is_visible()
    looked_from.select_option("share_from_object")
    assert memories.nth(0).inner_text() == "frame 0: 75\N{NO-BREAK SPACE}%"
    looked_from.select_option("share_from_rival")
    assert none.inner_text() == "This frame has no such pixel."
    looked_from.select_option("share")
    slider.fill("1")
    assert (memories.count(), pointers.count()) == (1, 1)
    slider.fill("0")
    assert (memories.count(), pointers.count()) == (0, 0)
    assert none.inner_text() == "The prompted frame is taken without memory."


def test_position_and_feature_of_the_curve_are_switched(page: Page) -> None:
    line = f"{TOOL} [data-part=curve] path.line"
    before = page.get_attribute(line, "d")
    page.select_option(f"{TOOL} [data-part=position]", "frame")
    other = page.get_attribute(line, "d")
    page.select_option(f"{TOOL} [data-part=feature]", "ratio")
    assert len({before, other, page.get_attribute(line, "d")}) == 3
    assert "Short-term ratio, position 0" in page.inner_text(f"{TOOL} [data-part=feature_title]")


def test_outlines_are_drawn_and_switched_off(page: Page) -> None:
    for name, box in (("true_outline", "truth"), ("predicted_outline", "predicted")):
        outline = f"{TOOL} [data-part={name}]"
        assert str(page.get_attribute(outline, "d")).startswith("M")
        page.uncheck(f"{TOOL} [data-part={box}]")
        assert page.get_attribute(outline, "d") == ""


def test_a_press_on_a_curve_goes_to_its_frame(page: Page) -> None:
    chart = page.locator(f"{TOOL} [data-part=curve] svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 12, box["y"] + 60)
    assert page.input_value(f"{TOOL} [data-part=slider]") == "27"


def test_opens_where_most_becomes_of_the_object(page: Page) -> None:
    assert page.locator(f"{TOOL} input[type=radio]:checked").get_attribute("value") == "obscuration"
    assert page.input_value(f"{TOOL} [data-part=slider]") == "12"


def test_a_lost_clip_leads_to_its_frame(browser: Browser, tmp_path: Path) -> None:
    study = planted(clips=2, sets=("clean", "obscuration"), positions=FEW_POSITIONS[:1])
    frames = study.frames
    late = (frames["set"] == "obscuration") & (frames["frame"] >= 20)
    frames.loc[late & (frames["clip"] == 0), "j"] = 0.1
    frames.loc[late & (frames["clip"] == 1), "j"] = 0.2
    with quick_page():
        written = write_report(study.write(tmp_path / "study"))
    page = visit(browser, written).page
    links = page.locator("#lost a[data-set]")
    assert [links.nth(at).get_attribute("data-draw") for at in range(2)] == ["0", "1"]
    slider = page.locator(f"{TOOL} [data-part=slider]")
    assert slider.input_value() == "20"
    slider.fill("3")
    links.nth(1).click()
    assert slider.input_value() == "20"
    assert "no pictures" in page.locator(f"{TOOL} [data-part=clip] option:checked").inner_text()
    assert not page.locator(f"{TOOL} .frame").is_visible()
    assert "0.20" in _facts(page)
    links.nth(0).click()
    assert page.locator(f"{TOOL} .frame").is_visible()
    page.context.close()


def test_a_word_explains_itself_where_it_has_the_focus(page: Page) -> None:
    term = page.locator("#answer > .note a.term").first
    shown = "one => getComputedStyle(one, '::after').content"
    assert term.evaluate(shown) == "none"
    term.focus()
    assert str(term.get_attribute("data-meaning"))[:20] in term.evaluate(shown)


def test_vector_figures_turn_dark_and_stay_light_in_print(browser: Browser, report: Path) -> None:
    opened = visit(browser, report / "report.html", dark=True)
    plate = opened.page.locator("#separability-by-position .vectors img")
    grounds = []
    for media in ("screen", "print"):
        opened.page.emulate_media(media=media, color_scheme="dark")
        plate.scroll_into_view_if_needed()
        with Image.open(BytesIO(plate.screenshot())) as picture:
            grounds.append(int(np.median(np.asarray(picture.convert("L")))))
    assert grounds[0] < 60
    assert grounds[1] > 240
    opened.page.context.close()


def test_play_moves_on_and_stops(page: Page) -> None:
    play = page.locator(f"{TOOL} [data-part=play]")
    play.click()
    expect(page.locator(f"{TOOL} [data-part=slider]")).to_have_value(re.compile("^1[4-9]$"))
    play.click()
    assert play.inner_text() == "Play"


def test_curves_read_the_table_of_the_analysis(page: Page, report: Path) -> None:
    table = pd.read_csv(report / "tables" / "timecourse.csv").query("references == 'present'")
    page.select_option(f"{CURVES} [data-part=position]", "frame")
    page.locator(f"{CURVES} [data-part=frame]").fill("20")
    expected = row(table, set="interjection", position="frame", feature="short", frame=20)
    rows = page.locator(f"{CURVES} [data-part=rows] tr").all_inner_texts()
    (of_set,) = [text for text in rows if text.startswith("Interjection")]
    mean, low, high = (
        f"{value:.1f}" if value >= 10 else f"{value:.2f}" for value in expected[["mean", "low", "high"]]
    )
    assert mean in of_set
    assert f"{low} to {high}" in of_set


def test_hovering_tells_the_values_and_moves_every_cursor(page: Page) -> None:
    charts = page.locator(f"{CURVES} .chart svg")
    assert charts.count() == 3
    charts.nth(1).scroll_into_view_if_needed()
    box = charts.nth(1).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    tip = page.locator(f"{CURVES} .tip:visible")
    frame = page.input_value(f"{CURVES} [data-part=frame]")
    assert tip.inner_text().startswith(f"Frame {frame}")
    assert "Object removal" in tip.inner_text()
    places = page.eval_on_selector_all(
        f"{CURVES} .cursor line", "all => all.map(one => one.getAttribute('x1'))"
    )
    assert len(places) == 3
    assert np.ptp([float(place) for place in places]) < 1
    page.mouse.move(1, 1)
    assert page.locator(f"{CURVES} .tip:visible").count() == 0


def test_sets_of_the_curves_are_switched_by_keyboard(page: Page) -> None:
    lines = page.locator(f"{CURVES} .chart >> nth=0 >> css=path.line")
    shown = lines.count()
    page.focus(f"{CURVES} input[value=overlay]")
    page.keyboard.press("Space")
    assert lines.count() == shown + 1
    assert "Overlay" in page.inner_text(f"{CURVES} [data-part=rows]")


def test_the_first_key_leads_past_the_contents(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "answer"


def test_focus_can_be_seen(page: Page) -> None:
    for part in (
        f"{TOOL} [data-part=play]",
        f"{TOOL} [data-part=slider]",
        f"{CURVES} [data-part=position]",
        "summary",
    ):
        page.locator(part).first.focus()
        page.keyboard.press("Shift")
        style = "one => getComputedStyle(one).outlineStyle"
        assert page.locator(part).first.evaluate(style) != "none", part


def test_every_control_has_a_name(page: Page) -> None:
    unnamed = page.eval_on_selector_all(
        "input, select, button",
        "all => all.filter(one => !(one.labels?.length && one.labels[0].innerText.trim())"
        " && !one.innerText.trim()).map(one => one.outerHTML)",
    )
    assert unnamed == []


def test_a_file_of_numbers_is_saved_from_the_page(page: Page, report: Path, tmp_path: Path) -> None:
    with page.expect_download() as started:
        page.locator(".filelist a[download='accuracy.csv']").click()
    saved = tmp_path / "saved.csv"
    started.value.save_as(saved)
    assert saved.read_bytes() == (report / "tables" / "accuracy.csv").read_bytes()


def test_print_has_light_colours_and_no_controls(browser: Browser, report: Path) -> None:
    opened = visit(browser, report / "report.html", dark=True)
    opened.page.emulate_media(media="print", color_scheme="dark")
    style = opened.page.evaluate(
        "() => [getComputedStyle(document.body).backgroundColor,"
        " getComputedStyle(document.querySelector('nav')).display,"
        " getComputedStyle(document.querySelector('.controls')).display]"
    )
    assert style == ["rgb(255, 255, 255)", "none", "none"]
    pdf = opened.page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    opened.page.context.close()


def test_without_scripts_the_rest_is_there(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((report / "report.html").as_uri())
    assert not page.locator(TOOL).is_visible()
    assert "Scripts are switched off here" in page.inner_text("#frames")
    assert page.locator("#separability-by-position img").is_visible()
    context.close()
