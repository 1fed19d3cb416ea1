import numpy as np
import pyarrow as pa
import pytest

from samscope.clips.facts import CLIPS, FRAME_FACTS, clip_row, draw_of, frame_fact_rows, mask_box, timeline_of
from tests.clips.folders import small_clip


def test_rows_fit_their_schemas_and_name_every_column() -> None:
    clip = small_clip()
    assert list(clip_row(clip)) == CLIPS.names
    frames = frame_fact_rows(clip)
    assert all(list(row) == FRAME_FACTS.names for row in frames)
    assert pa.Table.from_pylist([clip_row(clip)], schema=CLIPS).num_rows == 1
    assert pa.Table.from_pylist(frames, schema=FRAME_FACTS).num_rows == clip.timeline.length


def test_draw_and_timeline_survive_the_table() -> None:
    clip = small_clip()
    (row,) = pa.Table.from_pylist([clip_row(clip)], schema=CLIPS).to_pylist()
    assert draw_of(row) == clip.draw
    assert timeline_of(row) == clip.timeline
    assert (row["height"], row["width"]) == clip.frames.shape[1:3]


def test_frame_facts_are_those_of_the_masks() -> None:
    clip = small_clip()
    rows = frame_fact_rows(clip)
    assert [row["segment"] for row in rows] == ["prefix"] * 2 + ["middle"] + ["suffix"]
    assert [row["frame"] for row in rows] == [0, 1, 2, 3]
    visible = rows[0]
    assert visible["true_box"] == [5.0, 10.0, 15.0, 20.0]
    assert visible["true_area"] == pytest.approx(100 / (40 * 60))
    assert visible["present"]
    hidden = rows[2]
    assert hidden["true_box"] is None
    assert hidden["true_area"] == 0
    assert hidden["obscured"] is None
    assert not hidden["present"]
    assert rows[3]["obscured"] == pytest.approx(0.5)


def test_box_of_one_pixel_and_of_none() -> None:
    mask = np.zeros((5, 7), bool)
    assert mask_box(mask) is None
    mask[4, 6] = True
    assert mask_box(mask) == [6.0, 4.0, 7.0, 5.0]
    mask[0, 2] = True
    assert mask_box(mask) == [2.0, 0.0, 7.0, 5.0]
