from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from samscope.analysis.pointers.boxes import box_overlap
from samscope.analysis.pointers.decoding import Decoding
from samscope.analysis.pointers.frames import TARGETS
from samscope.figures.decoded_boxes import BoxPanel, boxes_on_frames, decoded_boxes
from samscope.figures.saving import render
from samscope.records.store import open_study
from samscope.support.errors import SamscopeError, UsageError
from tests.figures.drawn import clipped, overlapping, words
from tests.moving_boxes import RIDGE, moving_boxes, ridge_decoded

LABELS = {"true box", "predicted mask's box", "decoded from the pointer"}


@pytest.fixture(scope="module")
def decoding() -> Decoding:
    return ridge_decoded(moving_boxes(clips=6, sets=["clean", "interjection", "obscuration"]))


def _panel(frame: int, set_name: str = "clean", clip: int = 1) -> BoxPanel:
    rows, columns = np.mgrid[:54, :96]
    picture = np.repeat((2 * rows + columns)[..., None], 3, axis=2).astype(np.uint8)
    return BoxPanel(set_name, clip, frame, picture)


def _drawn(axes: Axes) -> dict[str, np.ndarray]:
    """Return the boxes on a panel as x_min, y_min, x_max, y_max, by their labels."""
    return {
        str(box.get_label()): np.array(
            [*box.get_xy(), box.get_x() + box.get_width(), box.get_y() + box.get_height()]
        )
        for box in axes.patches
        if isinstance(box, Rectangle)
    }


def _titles(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_boxes_are_those_of_the_frame(decoding: Decoding) -> None:
    frames = [3, 9, 14, 20, 27]
    figure = decoded_boxes(decoding, [_panel(frame) for frame in frames])
    box = TARGETS["box"]
    rows = decoding.rows("clean", 1)[frames]
    expected = {
        "true box": decoding.frames.truth[rows, box],
        "predicted mask's box": decoding.frames.predicted_mask[rows, box],
        "decoded from the pointer": decoding.readings[RIDGE][rows, box],
    }
    for number, axes in enumerate(figure.axes):
        found = _drawn(axes)
        assert set(found) == LABELS
        for label, edges in found.items():
            np.testing.assert_allclose(edges, expected[label][number].clip(0, 1), atol=1e-12)
    overlaps = box_overlap(expected["decoded from the pointer"], expected["true box"])
    assert _titles(figure) == [
        f"frame {frame} · IoU {overlap:.2f}" for frame, overlap in zip(frames, overlaps, strict=True)
    ]
    assert {text.get_text() for legend in figure.legends for text in legend.get_texts()} >= LABELS
    assert "clip 1" in words(figure)
    assert decoding.frames.videos[rows[0]] in words(figure)


def test_boxes_differ_in_more_than_colour(decoding: Decoding) -> None:
    axes = decoded_boxes(decoding, [_panel(9)]).axes[0]
    looks = {
        (to_hex(box.get_edgecolor()), str(box.get_linestyle()), box.get_linewidth()) for box in axes.patches
    }
    assert len({colour for colour, _, _ in looks}) == 3
    assert len({(line, width) for _, line, width in looks}) == 3
    assert len({line.get_marker() for line in axes.lines}) == 3


def test_absent_and_prompted_frames_say_so(decoding: Decoding) -> None:
    figure = decoded_boxes(decoding, [_panel(frame, "interjection") for frame in (0, 13, 20)])
    assert [title.split(" · ")[1].split()[0] for title in _titles(figure)] == ["prompted", "absent", "IoU"]
    assert [set(_drawn(axes)) for axes in figure.axes] == [
        LABELS - {"decoded from the pointer"},
        {"decoded from the pointer"},
        LABELS,
    ]
    assert "was trained on" not in words(figure)


@pytest.mark.parametrize("count", [1, 3, 4, 7])
@pytest.mark.parametrize("sets", [["clean"], ["clean", "interjection", "obscuration"]])
def test_nothing_lies_on_anything(decoding: Decoding, count: int, sets: list[str]) -> None:
    panels = [_panel(3 + number, sets[number % len(sets)]) for number in range(count)]
    figure = decoded_boxes(decoding, panels)
    assert len(figure.axes) == count
    assert clipped(figure) == []
    assert overlapping(figure) == []
    assert render(figure, "png") == render(decoded_boxes(decoding, panels), "png")


def test_panels_of_several_sets_name_them(decoding: Decoding) -> None:
    figure = decoded_boxes(decoding, [_panel(9, "clean"), _panel(9, "obscuration")])
    assert [title.split(" · ")[0] for title in _titles(figure)] == ["Clean, frame 9", "Obscuration, frame 9"]


def test_upright_pictures_keep_their_proportions(decoding: Decoding) -> None:
    upright = BoxPanel("clean", 1, 9, np.zeros((96, 54, 3), np.uint8))
    figure = decoded_boxes(decoding, [upright, _panel(10)])
    for axes, proportion in zip(figure.axes, (96 / 54, 54 / 96), strict=True):
        extent = axes.get_window_extent()
        assert extent.height / extent.width == pytest.approx(proportion)
    assert overlapping(figure) == []


def test_a_pasted_object_whose_video_was_trained_on_has_no_decoded_box() -> None:
    decoding = ridge_decoded(moving_boxes(clips=6, sets=["clean", "object_removal"]))
    panels = [_panel(9, "clean"), _panel(9, "object_removal")]
    figure = decoded_boxes(decoding, panels)
    assert "was trained on" in words(figure)
    with pytest.raises(SamscopeError, match="no pointer of these frames was decoded"):
        decoded_boxes(decoding, panels[1:])


def test_what_is_not_there_is_refused(decoding: Decoding) -> None:
    with pytest.raises(UsageError, match="name at least one"):
        decoded_boxes(decoding, [])
    with pytest.raises(SamscopeError, match="no clip 40 of the set clean"):
        decoded_boxes(decoding, [_panel(3, clip=40)])
    with pytest.raises(SamscopeError, match="has no frame 28; it has 28 frames"):
        decoded_boxes(decoding, [_panel(28)])
    with pytest.raises(SamscopeError, match="no pointer of these frames was decoded"):
        decoded_boxes(decoding, [_panel(3)], decoder="mlp")


def test_boxes_are_drawn_on_the_frames_of_the_study(tmp_path: Path) -> None:
    made = moving_boxes(clips=6, sets=["clean"])
    pictures = np.repeat(np.arange(28, dtype=np.uint8)[:, None, None, None], 3, axis=3)
    empty = np.zeros((len(pictures), 54, 96), np.uint8)
    maps = {("clean", 1): {"frames": np.tile(pictures, (1, 54, 96, 1)), "masks": empty, "predicted": empty}}
    study = open_study(replace(made, maps=maps).write(tmp_path / "study"))
    decoding = ridge_decoded(made)
    figure = boxes_on_frames(study, decoding, [("clean", 1, frame) for frame in (3, 27)])
    expected = decoded_boxes(decoding, [_panel(3), _panel(27)])
    assert _titles(figure) == _titles(expected)
    shown = [np.asarray(axes.images[0].get_array())[0, 0, 0] for axes in figure.axes]
    assert shown == [3, 27]
    with pytest.raises(UsageError, match="clip 1 of the set clean has no frame 28; its frames are 0 to 27"):
        boxes_on_frames(study, decoding, [("clean", 1, 28)])
    with pytest.raises(UsageError, match="has no maps of clip 0"):
        boxes_on_frames(study, decoding, [("clean", 0, 3)])
    with pytest.raises(UsageError, match="no frames to draw boxes on"):
        boxes_on_frames(study, decoding, [])
