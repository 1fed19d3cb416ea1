"""Vector figures that turn dark with the page, without being drawn a second time."""

from samscope.figures.style import INK, MIDDLE, MUTED, PRESENT, SET_STYLES, STYLE

DARK: dict[str, str] = {
    **{style.colour.lower(): style.on_dark for style in SET_STYLES.values()},
    INK.lower(): "#e7ebf1",
    MUTED.lower(): "#a8b2c0",
    MIDDLE.lower(): "#22352a",
    PRESENT.lower(): "#8fb4de",
    "#c1121f": "#ff7a70",
    "#000000": "#e7ebf1",
    "#ffffff": "#12171e",
    str(STYLE["axes.edgecolor"]).lower(): "#8592a3",
    str(STYLE["grid.color"]).lower(): "#333d4b",
    "#c8c8c8": "#4a5565",
    "#bdbdbd": "#4a5565",
    "#8a8a8a": "#9aa4b2",
}
"""What stands in the place of a figure's colours on a dark ground."""

_GROUND = 'style="fill: #ffffff"'
"""How matplotlib writes the ground of a figure and of its panels, and nothing else."""


def themed(svg: str) -> str:
    """Return a figure of matplotlib's without its white ground, and with dark colours for dark screens.

    The colours go into a style element of the picture, which a browser heeds inside an ``img`` as well; other
    programs show the light ones. Where the page is printed they are light, too.

    Args:
        svg: the figure as ``figures.saving`` renders it. Colours that are not in ``DARK`` stay.
    """
    rules = [
        f'[style*="{part}: {colour}"]{{{part}:{dark}!important}}'
        for colour, dark in DARK.items()
        for part in ("fill", "stroke")
        if f"{part}: {colour}" in svg
    ]
    style = f"<style>@media screen and (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"
    without_ground = svg.replace(_GROUND, 'style="fill: none"')
    opened = without_ground.index(">", without_ground.index("<svg")) + 1
    return f"{without_ground[:opened]}{style}{without_ground[opened:]}"
