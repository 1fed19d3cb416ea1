from pathlib import Path

import numpy as np
import pytest

from samscope.figures.examples import example_clip, example_pair, most_obscured
from samscope.records.store import Study, open_study
from samscope.report.drawings import Drawing
from samscope.report.page import drawings_by_part
from samscope.report.results import compute_results
from tests.planted import FEW_POSITIONS, Planted, planted


def test_the_example_is_the_first_draw_with_maps_of_both_clips(tmp_path: Path) -> None:
    study = planted(clips=3, positions=FEW_POSITIONS)
    maps = study.maps.copy()
    study.maps.clear()
    study.maps.update(
        {(name, clip): maps[name, 0] for name, clip in (("clean", 0), ("clean", 2), ("obscuration", 2))}
    )
    found = open_study(study.write(tmp_path / "study"))
    assert example_clip(found) == example_pair(found) == 2


def test_without_maps_the_pair_is_the_first_draw_with_both_clips(tmp_path: Path) -> None:
    found = open_study(planted(clips=2, positions=FEW_POSITIONS, maps=False).write(tmp_path / "study"))
    assert example_clip(found) is None
    assert example_pair(found) == 0
    alone = open_study(
        planted(clips=2, sets=["clean"], positions=FEW_POSITIONS, maps=False).write(tmp_path / "clean")
    )
    assert example_pair(alone) is None


def test_the_frame_shown_is_the_most_obscured_one() -> None:
    study = planted(clips=2, positions=FEW_POSITIONS, maps=False)
    frames = study.frames
    of_clip = (frames["set"] == "obscuration") & (frames["clip"] == 1)
    frames.loc[of_clip, "obscured"] = np.nan
    frames.loc[of_clip & (frames["frame"] == 21), "obscured"] = 0.3
    assert most_obscured(study.study, 1) == 21
    assert most_obscured(study.study, 0) == 14


def _drawings(study: Study) -> list[Drawing]:
    """Return the figures of boxes: set by set, and through one clip."""
    return drawings_by_part(compute_results(study))["decoded"]


def _written(study: Planted, folder: Path) -> Study:
    return open_study(study.write(folder / "study"))


def test_boxes_stand_on_the_frames_of_the_maps(tmp_path: Path) -> None:
    beside, through = _drawings(_written(planted(clips=3, positions=FEW_POSITIONS[:1]), tmp_path))
    assert through.missing == beside.missing == ""
    assert len([axes for axes in through.draw().axes if axes.images]) == 8
    panels = [axes.get_title(loc="left") for axes in beside.draw().axes if axes.images]
    assert [title.split(",")[0] for title in panels] == ["Clean", "Obscuration"]
    assert "frame 14" in beside.caption
    assert all("frame 14" in title for title in panels)


def test_one_set_is_enough(tmp_path: Path) -> None:
    study = planted(clips=3, sets=["clean"], positions=FEW_POSITIONS[:1])
    drawings = _drawings(_written(study, tmp_path))
    assert [drawing.missing for drawing in drawings] == ["", ""]
    assert "frame 12" in drawings[0].caption


@pytest.mark.parametrize(
    ("videos", "maps", "said"),
    [(["camel", "goat"], False, "No frames were kept"), (["camel"], True, "No pointer of these frames")],
)
def test_what_is_missing_is_said(tmp_path: Path, videos: list[str], maps: bool, said: str) -> None:
    study = planted(clips=2, videos=videos, positions=FEW_POSITIONS[:1], maps=maps)
    drawings = _drawings(_written(study, tmp_path))
    assert all(drawing.missing.startswith(said) for drawing in drawings)
