import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import product

import numpy as np
import pytest

from samscope.figures.style import SET_STYLES
from samscope.report.scripts import inline, set_rules

STYLE = files("samscope.report").joinpath("page.css").read_text(encoding="utf-8")

TEXT = 4.5
"""WCAG 2.2, 1.4.3 (AA): text against what it stands on."""

GRAPHICS = 3.0
"""WCAG 2.2, 1.4.11 (AA): lines, marks and edges of controls."""

Colour = tuple[float, float, float]


def _palettes() -> dict[str, dict[str, str]]:
    """The colours of the light page, which print has too, and of the dark one, which only changes some."""
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    named = [dict(re.findall(r"--([a-z-]+): ([^;]+);", block)) for block in (light, dark)]
    of_sets = {name: (style.on_page, style.on_dark) for name, style in SET_STYLES.items()}
    return {
        "light": named[0] | {name: on_page for name, (on_page, _) in of_sets.items()},
        "dark": named[0] | named[1] | {name: on_dark for name, (_, on_dark) in of_sets.items()},
    }


PALETTES = _palettes()


def _rgb(value: str) -> Colour:
    if value.startswith("#"):
        red, green, blue = (int(value[at : at + 2], 16) for at in (1, 3, 5))
    else:
        red, green, blue = map(int, value.split())
    return red, green, blue


def _over(value: str, ground: str, share: float) -> Colour:
    mixed = share * np.array(_rgb(value)) + (1 - share) * np.array(_rgb(ground))
    return float(mixed[0]), float(mixed[1]), float(mixed[2])


def _luminance(colour: Colour) -> float:
    shares = np.array(colour) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio by WCAG, 1 to 21."""
    darker, lighter = sorted([_luminance(one), _luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast(_rgb("#777777"), _rgb("#ffffff")) == pytest.approx(4.48, abs=0.005)


def _text_pairs() -> Iterator[tuple[str, str]]:
    yield from product(("ink", "muted", "accent"), ("ground", "panel"))
    yield "on-accent", "accent"
    for verdict in ("holds", "fails", "undecided"):
        yield verdict, f"{verdict}-ground"


@pytest.mark.parametrize("palette", PALETTES)
def test_text_can_be_read(palette: str) -> None:
    colours = PALETTES[palette]
    ratios = {pair: contrast(_rgb(colours[pair[0]]), _rgb(colours[pair[1]])) for pair in _text_pairs()}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < TEXT} == {}


@pytest.mark.parametrize("palette", PALETTES)
def test_numbers_on_tinted_cells_can_be_read(palette: str) -> None:
    colours = PALETTES[palette]
    shares = [
        float(share)
        for share in re.findall(r"\.heat-\d \{ background: rgb\(var\(--heat\) / ([\d.]+)\)", STYLE)
    ]
    assert len(shares) == 5
    for name, share in product(("ink", "heat-muted"), shares):
        assert contrast(_rgb(colours[name]), _over(colours["heat"], colours["ground"], share)) >= TEXT


@pytest.mark.parametrize("palette", PALETTES)
def test_lines_and_controls_can_be_seen(palette: str) -> None:
    colours = PALETTES[palette]
    pairs = [*product((*SET_STYLES, "edge", "accent"), ("ground", "panel")), *product(SET_STYLES, ["middle"])]
    ratios = {pair: contrast(_rgb(colours[pair[0]]), _rgb(colours[pair[1]])) for pair in pairs}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < GRAPHICS} == {}


def test_outlines_can_be_seen_on_their_black_ground() -> None:
    for name in ("truth", "predicted"):
        assert contrast(_rgb(PALETTES["light"][name]), (0, 0, 0)) >= GRAPHICS


def test_every_colour_is_one_that_is_tested() -> None:
    rules = re.sub(r":root \{.*?\}", "", STYLE, flags=re.DOTALL)
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)) <= {"#ffffff", "#000000"}
    assert set(re.findall(r"rgb\([^)]*\)", rules)) <= {"rgb(var(--heat)", "rgb(255 176 0 / 0.16)"}
    assert "hsl" not in rules
    for name in set(re.findall(r"var\(--([a-z-]+)", rules)) - {"of", "dashes", "aspect"}:
        assert name in PALETTES["light"]


def test_every_set_has_a_line_of_its_own() -> None:
    light, dark = set_rules().split("@media screen and (prefers-color-scheme: dark) {")
    for name, style in SET_STYLES.items():
        assert f".of-{name} {{ --of: {style.on_page}; --dashes: " in light
        assert f".of-{name} {{ --of: {style.on_dark}; }}" in dark
    looks = {(style.on_page, style.dashes) for style in SET_STYLES.values()}
    assert len(looks) == len(SET_STYLES)
    assert str(inline(rules=set_rules()).style).endswith(set_rules())
