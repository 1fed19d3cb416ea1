import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from samscope.analysis.grids import GAP_SET
from samscope.clips.clip import SETS
from samscope.figures.style import (
    ABSENT,
    INK,
    MUTED,
    PAGE_WIDTH,
    PRESENT,
    SET_STYLES,
    dress,
    new_figure,
    position_title,
    sample_size,
    styled,
    wrapped,
)
from tests.figures.drawn import clipped, overlapping

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
VISIONS = {
    "common": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def _linear(colour: str) -> NDArray[np.float64]:
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _seen(colour: str, vision: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.clip(vision @ _linear(colour), 0, 1)
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(rgb2lab(rgb[None, None])[0, 0])


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_differ_for_every_kind_of_colour_vision(vision: str) -> None:
    colours = [style.colour for style in SET_STYLES.values()]
    pairs = [*itertools.combinations(colours, 2), (PRESENT, ABSENT)]
    seen = {colour: _seen(colour, VISIONS[vision]) for pair in pairs for colour in pair}
    for one, other in pairs:
        assert deltaE_ciede2000(seen[one], seen[other]) > 12, (one, other)


def test_text_stands_out_from_white() -> None:
    for colour in (INK, MUTED):
        luminance = float(np.array([0.2126, 0.7152, 0.0722]) @ _linear(colour))
        assert 1.05 / (luminance + 0.05) >= 4.5


def test_every_set_has_a_look_of_its_own() -> None:
    assert set(SET_STYLES) == {*SETS, GAP_SET}
    looks = {(str(style.line), style.marker) for style in SET_STYLES.values()}
    assert len(looks) >= len(SET_STYLES) - 1


def test_the_style_is_only_in_use_while_a_figure_is_drawn() -> None:
    before = dict(mpl.rcParams)
    figure = styled(lambda: new_figure(3, 2))()
    assert dict(mpl.rcParams) == before
    assert figure.get_facecolor() == (1, 1, 1, 1)


def test_title_legend_and_note_keep_clear_of_panels_and_edges() -> None:
    figure = new_figure(PAGE_WIDTH, 2.5)
    axes = figure.subplots(1, 2)
    lines = [one for panel in axes for one in panel.plot([0, 1], label="a set of clips")]
    for panel in axes:
        panel.set(title="a panel", xlabel="frame")
    dress(figure, "A title", "A note that goes on and on. " * 12, lines)
    assert clipped(figure) == []
    assert overlapping(figure) == []


def test_notes_are_wrapped_to_the_width() -> None:
    note = "word " * 100
    assert len(wrapped(note, 3.5)) > len(wrapped(note, 7)) > 1
    assert " ".join(wrapped(note, 7)) == note.strip()


def test_words() -> None:
    assert position_title("object_pointer_ungated") == "4 · Object pointer, ungated"
    assert sample_size(1, 1) == "1 clip of 1 source video"
    assert sample_size(24, 9) == "24 clips of 9 source videos"
