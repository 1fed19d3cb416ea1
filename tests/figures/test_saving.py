import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from samscope.figures.features_over_time import features_over_time
from samscope.figures.saving import DPI, FigureFormat, render
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


def test_svg_needs_no_font_and_no_network(study: Study) -> None:
    svg = render(features_over_time(study, "frame"), "svg").decode()
    assert "<text" not in svg
    assert not re.search(r'(?:href|src)="(?:https?:)?//', svg)
