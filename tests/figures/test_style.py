import itertools

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from benchmarks.bench.figure import _COLOURS as COLOURS
from benchmarks.bench.figure import benchmark_figure
from samscope.analysis.absence.separability import separability
from samscope.clips.clip import SETS
from samscope.figures.features_over_time import features_over_time
from samscope.figures.separability_by_position import separability_by_position
from samscope.figures.side_by_side import verdicts_side_by_side
from samscope.figures.style import (
    ABSENT,
    INK,
    MUTED,
    PAGE_WIDTH,
    PRESENT,
    SET_STYLES,
    STYLE,
    applied,
    dress,
    new_figure,
    position_title,
    sample_size,
    styled,
    wrapped,
)
from samscope.records.schema import GAP_SET
from samscope.records.store import Study
from samscope.support.errors import UsageError
from tests.figures.drawn import clipped, overlapping
from tests.planted import FEW_POSITIONS

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


def test_what_the_caller_has_set_goes_before_the_shared_style(study: Study) -> None:
    with mpl.rc_context({"axes.grid": True, "axes.facecolor": "#FFEEDD", "lines.linewidth": 4.0}):
        panel = features_over_time(study, "memory_features").axes[0]
    assert to_hex(panel.get_facecolor()) == "#ffeedd"
    assert panel.xaxis.get_gridlines()[0].get_visible()
    assert panel.lines[0].get_linewidth() == 4
    usual = features_over_time(study, "memory_features").axes[0]
    assert not usual.xaxis.get_gridlines()[0].get_visible()
    assert usual.lines[0].get_linewidth() == STYLE["lines.linewidth"]


def test_type_grows_with_the_size_that_the_caller_has_set(study: Study) -> None:
    def sizes() -> list[float]:
        panel = features_over_time(study, "memory_features").axes[0]
        return [float(text.get_fontsize()) for text in (panel.xaxis.label, panel.get_xticklabels()[0])]

    usual = sizes()
    with mpl.rc_context({"font.size": 2 * STYLE["font.size"]}):
        assert sizes() == pytest.approx([2 * size for size in usual])


def test_within_the_shared_style_all_can_be_set(study: Study) -> None:
    with applied(), mpl.rc_context({"axes.grid": False, "axes.spines.top": True}):
        panel = features_over_time(study, "memory_features").axes[0]
    assert not panel.yaxis.get_gridlines()[0].get_visible()
    assert panel.spines["top"].get_visible()
    assert dict(mpl.rcParams) == dict(mpl.rcParamsOrig)


def test_figures_of_one_axes_are_drawn_into_those_that_are_given(study: Study) -> None:
    whole = Figure(figsize=(8, 4), layout="constrained")
    left, middle, right = whole.subplots(1, 3)
    few = study.features.loc[study.features["position"].isin(FEW_POSITIONS)]
    table = separability(study.clips, study.frames, few)
    names = ["one", "other"]
    claims = pd.DataFrame(
        [(name, "a", "paper", "holds") for name in names], columns=["study", "claim", "definition", "verdict"]
    )
    measured = {
        "description": "samscope",
        "seconds": 1.0,
        "frames": 10,
        "ratio": 1.0,
        "stage_seconds": {part: 0.1 for part in COLOURS if part != "other"},
    }
    results = {
        "measured": [measured], "model": "nano", "clips": 1, "sets": ["clean"], "threads": 1,
        "machine": {"processor": "a processor", "device": "a processor"},
    }  # fmt: skip
    assert separability_by_position(table, sets=["interjection"], axes=left) is whole
    assert verdicts_side_by_side(claims, names, axes=middle) is whole
    assert benchmark_figure(results, axes=right) is whole
    assert [axes.get_title(loc="left").split(":")[0] for axes in whole.axes] == [
        "Absent frames told apart, by position",
        "The paper's claims, study by study",
        "Time of a frame",
    ]
    assert all(axes.get_legend() is not None for axes in whole.axes)
    assert whole.texts == []
    with pytest.raises(
        UsageError, match=r"axes are given, and 2 sets; name one with sets=\['interjection'\]"
    ):
        separability_by_position(table, axes=left)
