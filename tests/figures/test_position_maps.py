from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from numpy.typing import NDArray

from samscope.figures.position_maps import MAP_POSITIONS, map_limits, position_maps
from samscope.figures.saving import render
from samscope.records.store import Study, open_study
from samscope.support.errors import UsageError
from tests.figures.drawn import clipped, overlapping, words
from tests.planted import FEW_POSITIONS, planted


def test_every_position_over_its_variance(study: Study) -> None:
    figure = position_maps(study, "obscuration", 0, 14, beside=("clean",))
    written = words(figure)
    for part in ("Obscuration: camel, clip 0, frame 14", "channel\nmean", "channel\nvariance", "true mask"):
        assert part in written
    for number in (0, 1, 2, 3, 5):
        assert f"Position {number}\n" in written
    (axes,) = figure.axes
    assert len(axes.images) == 2 * (2 * len(MAP_POSITIONS) + 1)  # a frame, and maps with a colour bar each
    assert clipped(figure) == []
    assert overlapping(figure) == []
    render(figure, "svg")


def test_a_pair_shares_its_colour_scales(study: Study) -> None:
    def scales(set_name: str, beside: str) -> list[tuple[float, float]]:
        figure = position_maps(study, set_name, 0, 14, beside=(beside,))
        return [image.get_clim() for image in figure.axes[0].images]

    assert scales("clean", "obscuration") == scales("obscuration", "clean")
    alone = position_maps(study, "clean", 0, 14)
    assert [image.get_clim() for image in alone.axes[0].images] != scales("clean", "obscuration")


def test_limits_span_the_values_of_all_clips() -> None:
    values = np.linspace(0, 1, 101).reshape(1, 1, 101)
    maps = [{"frame/mean": values}, {"frame/mean": values + 5}]
    assert map_limits(maps)["frame", "mean"] == (0.0, 6.0)
    low, high = map_limits(maps, robust=True)["frame", "mean"]
    assert 0 < low < high < 6


def test_a_position_that_does_not_exist_is_said_so(study: Study) -> None:
    figure = position_maps(study, "clean", 0, 0, robust=True)
    assert words(figure).count("does not exist\non this frame") == 2
    assert "1st to 99th percentile" in words(figure).replace("\n", " ")
    assert clipped(figure) == []
    render(figure, "png")


def test_outlines_are_drawn_on_the_maps_when_asked_for(study: Study) -> None:
    plain, outlined = (
        position_maps(study, "obscuration", 0, 14, outlines=outlines) for outlines in (False, True)
    )
    lines = 2  # black, and white on it
    assert len(plain.axes[0].collections) == lines * 2
    assert len(outlined.axes[0].collections) == lines * (2 + 2 * len(MAP_POSITIONS))
    places = [_place_in_picture(outline, outlined.axes[0]) for outline in outlined.axes[0].collections]
    at_true = [np.allclose(place, places[0]) for place in places]  # the mask's, whatever the map's own pixels
    assert sum(at_true) >= lines * (1 + 2 * len(MAP_POSITIONS))
    assert "on the maps as well" in words(outlined)
    assert "on the maps" not in words(plain)
    assert clipped(outlined) == []
    render(outlined, "svg")


def _place_in_picture(outline: Collection, axes: Axes) -> NDArray[np.float64]:
    """Return the edges of an outline as shares of the picture that it lies in."""
    edges = outline.get_paths()[0].get_extents()
    for image in axes.images:
        left, right, bottom, top = image.get_extent()
        if left <= edges.x0 <= edges.x1 <= right and bottom <= edges.y0 <= edges.y1 <= top:
            return (edges.get_points() - (left, bottom)) / (right - left, top - bottom)
    raise AssertionError("an outline lies in no picture")


def test_a_clip_without_maps_is_refused(study: Study) -> None:
    with pytest.raises(UsageError, match="no maps of clip 3 of clean"):
        position_maps(study, "clean", 3, 0)


def test_a_grey_video_varies_in_no_channel(tmp_path: Path) -> None:
    planted_study = planted(clips=1, sets=["clean"], positions=FEW_POSITIONS)
    planted_study.maps["clean", 0]["frame/variance"][:] = 0
    planted_study.maps["clean", 0]["masks"][:] = 0
    figure = position_maps(open_study(planted_study.write(tmp_path / "study")), "clean", 0, 5)
    assert clipped(figure) == []
    render(figure, "png")
