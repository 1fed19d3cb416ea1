import re
from io import BytesIO

import matplotlib
import numpy as np
import pytest
from PIL import Image

from samscope.figures.features_over_time import features_over_time
from samscope.figures.saving import DPI, FORMATS, FigureFormat, render, rendered
from samscope.figures.style import PAGE_WIDTH
from samscope.records.store import Study


@pytest.mark.parametrize("file_format", ["png", "svg"])
def test_the_same_figure_is_the_same_bytes(study: Study, file_format: FigureFormat) -> None:
    first, second = (render(features_over_time(study, "frame"), file_format) for _ in range(2))
    assert first == second
    assert not re.search(rb"20\d\d-\d\d-\d\d|Matplotlib v", first)


def test_png_has_the_size_and_a_white_ground(study: Study) -> None:
    picture = Image.open(BytesIO(render(features_over_time(study, "frame"), "png"))).convert("RGB")
    assert picture.width == round(PAGE_WIDTH * DPI)
    assert np.asarray(picture)[0, 0].tolist() == [255, 255, 255]


def test_a_ground_that_the_caller_made_transparent_stays_so(study: Study) -> None:
    with matplotlib.rc_context({"figure.facecolor": "none", "savefig.facecolor": "none"}):
        picture = Image.open(BytesIO(render(features_over_time(study, "frame"), "png")))
    assert picture.mode == "RGBA"
    assert np.asarray(picture)[0, 0, 3] == 0


def test_svg_needs_no_font_and_no_network(study: Study) -> None:
    svg = render(features_over_time(study, "frame"), "svg").decode()
    assert "<text" not in svg
    assert not re.search(r'(?:href|src)="(?:https?:)?//', svg)


def test_every_format_of_one_layout_and_the_figure_stays_as_it_was(study: Study) -> None:
    figure = features_over_time(study, "frame")
    engine = figure.get_layout_engine()
    drawn = rendered(figure)
    assert list(drawn.files) == list(FORMATS)
    assert figure.get_layout_engine() is engine
    assert rendered(features_over_time(study, "frame")).files == drawn.files
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(drawn.files["png"]))), drawn.pixels)
    assert drawn.pixels.shape[1] == round(PAGE_WIDTH * DPI)
    assert b"<svg" in drawn.files["svg"]
