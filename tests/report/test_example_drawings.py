from pathlib import Path

import numpy as np

from samscope.figures.examples import example_clip, example_pair, most_obscured
from samscope.records.store import open_study
from tests.planted import FEW_POSITIONS, planted


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
