import numpy as np

from samscope.analysis.statistics.grids import frame_grid, paired_rows
from samscope.clips.clip import Timeline
from samscope.records.schema import GAP_SET
from tests.planted import planted


def test_lays_out_clips_in_rows_and_frames_in_columns() -> None:
    study = planted(clips=3)
    shuffled = study.frames.sample(frac=1, random_state=0)
    grid = frame_grid(study.clips, shuffled, "interjection")
    assert list(grid.clips) == [0, 1, 2]
    assert list(grid.videos) == ["camel", "dog", "goat"]
    assert grid.recorded.shape == (3, 28)
    assert grid.recorded.all()
    np.testing.assert_array_equal(np.flatnonzero(grid.absent[0]), [12, 13, 14, 15])
    np.testing.assert_array_equal(grid.middle, grid.absent)
    assert grid.prompted.sum() == 3
    assert not (grid.compared & grid.prompted).any()


def test_a_value_lands_on_its_frame_and_an_infinite_one_nowhere() -> None:
    study = planted(clips=3, sets=["clean"])
    grid = frame_grid(study.clips, study.frames, "clean")
    table = study.frames.loc[~((study.frames["clip"] == 1) & (study.frames["frame"] == 5))]
    table = table.assign(number=table["clip"] * 100.0 + table["frame"])
    table.loc[(table["clip"] == 2) & (table["frame"] == 7), "number"] = np.inf
    filled = grid.fill(table, "number")
    expected = np.arange(3)[:, None] * 100.0 + np.arange(28)
    expected[1, 5] = expected[2, 7] = np.nan
    np.testing.assert_array_equal(filled, expected)


def test_rows_of_clips_that_are_not_in_the_grid_are_left_out() -> None:
    study = planted(clips=3, sets=["clean"])
    grid = frame_grid(study.clips.loc[study.clips["clip"] == 1], study.frames, "clean")
    np.testing.assert_array_equal(grid.fill(study.frames, "frame"), np.arange(28.0)[None])


def test_clips_of_different_lengths_leave_frames_unrecorded() -> None:
    study = planted(clips=2, sets=["clean"])
    frames = study.frames.loc[(study.frames["clip"] == 0) | (study.frames["frame"] < 20)]
    grid = frame_grid(study.clips, frames, "clean")
    assert grid.recorded.sum(axis=1).tolist() == [28, 20]
    assert not grid.absent.any()


def test_the_gap_control_has_the_frames_of_the_clean_set() -> None:
    study = planted(clips=2, timeline=Timeline(5, 2, 5))
    gap, clean = (frame_grid(study.clips, study.frames, name) for name in (GAP_SET, "clean"))
    np.testing.assert_array_equal(gap.present, clean.present)
    assert gap.present.all()


def test_a_set_that_was_not_run_is_empty() -> None:
    study = planted(clips=2, sets=["clean"])
    grid = frame_grid(study.clips, study.frames, "overlay")
    assert grid.recorded.shape == (0, 0)
    assert grid.fill(study.frames, "frame").shape == (0, 0)


def test_pairs_clips_of_the_same_draw() -> None:
    study = planted(clips=4)
    first = frame_grid(study.clips.loc[study.clips["clip"] != 1], study.frames, "clean")
    second = frame_grid(study.clips.loc[study.clips["clip"] != 2], study.frames, "interjection")
    rows, other_rows = paired_rows(first, second)
    assert first.clips[rows].tolist() == second.clips[other_rows].tolist() == [0, 3]
