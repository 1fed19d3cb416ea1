from pathlib import Path

import numpy as np
import pytest

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
    pictures = [axes for axes in figure.axes if axes.images]
    assert len(pictures) == 2 * (len(MAP_POSITIONS) + 1)
    assert clipped(figure) == []
    assert overlapping(figure) == []
    render(figure, "svg")


def test_a_pair_shares_its_colour_scales(study: Study) -> None:
    def scales(set_name: str, beside: str) -> list[tuple[float, float]]:
        figure = position_maps(study, set_name, 0, 14, beside=(beside,))
        return [axes.images[0].get_clim() for axes in figure.axes if axes.images]

    assert scales("clean", "obscuration") == scales("obscuration", "clean")
    alone = position_maps(study, "clean", 0, 14)
    assert [axes.images[0].get_clim() for axes in alone.axes if axes.images] != scales("clean", "obscuration")


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
    for figure, shown in ((plain, 2), (outlined, 2 + 2 * len(MAP_POSITIONS))):
        pictures = [axes for axes in figure.axes if axes.images]
        assert sum(bool(axes.collections) for axes in pictures) == shown
    assert "on the maps as well" in words(outlined)
    assert "on the maps" not in words(plain)
    for axes in outlined.axes:
        if axes.images:
            left, right, bottom, top = axes.images[0].get_extent()
            assert (right - left, bottom - top) == (96, 54)  # the mask's pixels, whatever the map's own
            assert axes.get_xlim() == (-0.5, 95.5)
    assert clipped(outlined) == []
    render(outlined, "svg")


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
