import re
from xml.etree import ElementTree

from matplotlib.figure import Figure

from samscope.figures.saving import render
from samscope.figures.style import INK, SET_STYLES, dress, new_figure, styled
from samscope.report.dark_figures import DARK, themed


@styled
def _drawn() -> Figure:
    figure = new_figure(3, 2)
    axes = figure.subplots()
    for style in SET_STYLES.values():
        axes.plot([0, 1], color=style.colour)
    dress(figure, "A title", "A note.")
    return figure


def _figure() -> str:
    return render(_drawn(), "svg").decode()


def test_colours_of_a_figure_have_dark_ones_for_dark_screens_alone() -> None:
    svg = themed(_figure())
    ElementTree.fromstring(svg)  # noqa: S314
    (style,) = re.findall(r"<style>(.*?)</style>", svg, re.DOTALL)
    assert style.startswith("@media screen and (prefers-color-scheme:dark){")
    for set_style in SET_STYLES.values():
        assert f'[style*="stroke: {set_style.colour.lower()}"]' in style
    assert f'[style*="fill: {INK.lower()}"]{{fill:{DARK[INK.lower()]}!important}}' in style


def test_the_ground_is_left_out_and_nothing_else_changes() -> None:
    plain, svg = _figure(), themed(_figure())
    assert plain.count('style="fill: #ffffff"') == 2
    assert 'style="fill: #ffffff"' not in svg
    without = re.sub(r"<style>@media.*?</style>", "", svg, flags=re.DOTALL)
    assert without == plain.replace('style="fill: #ffffff"', 'style="fill: none"')
