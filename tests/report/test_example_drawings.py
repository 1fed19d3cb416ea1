from dataclasses import replace
from pathlib import Path

import numpy as np

from samscope.figures.choices import FigureChoices
from samscope.figures.examples import example_clip, example_pair, most_obscured
from samscope.records.store import open_study
from samscope.report.example_drawings import overlay_drawings
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


def test_a_model_without_pointers_is_said_to_have_none() -> None:
    study = planted(clips=2, positions=FEW_POSITIONS, maps=False).study
    frames = study.frames.assign(object_pointer=None, object_pointer_ungated=None)
    (maps_missing, _, pca) = overlay_drawings(replace(study, frames=frames), FigureChoices())
    assert pca.missing == "This model has no object pointers."
    assert "--maps 1" in maps_missing.missing
    assert overlay_drawings(study, FigureChoices())[-1].missing == ""
