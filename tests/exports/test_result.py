import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from samscope.exports.frame import ResultFrame, TrackFacts
from samscope.exports.result import MASKS, Result, ResultWriter, open_result
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.result_folder import TRACK_FILE, is_result, require_study
from samscope.videos.palette import davis_palette
from tests.exports.conftest import ABSENT, BEGINS, LENGTH, NAMES


def test_what_was_added_is_read_back(result: Result, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    assert len(result) == LENGTH
    assert (result.facts, result.stopped_by) == (facts, None)
    for read, given in zip(result, frames, strict=True):
        assert (read.index, read.number, read.seconds) == (given.index, given.number, given.seconds)
        np.testing.assert_array_equal(read.labels, given.labels)
        assert read.objects == given.objects
    assert is_result(result.path)


def test_areas_and_boxes_are_those_of_the_masks(result: Result) -> None:
    for frame in result:
        for object_id, seen in frame.objects.items():
            rows, columns = np.nonzero(frame.labels == object_id)
            assert seen.area == len(rows)
            expected = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if len(rows) else None
            assert seen.box == expected
        assert frame.objects[1].absent == (frame.index in ABSENT)
        assert (7 in frame.objects) == (frame.index >= BEGINS)


def test_masks_are_palette_pictures_in_davis_colours(result: Result, frames: list[ResultFrame]) -> None:
    with Image.open(result.path / MASKS / "00005.png") as image:
        assert image.mode == "P"
        assert bytes(image.getpalette() or ()) == davis_palette()
        np.testing.assert_array_equal(np.asarray(image), frames[5].labels)


def test_the_order_in_which_frames_come_does_not_matter(
    tmp_path: Path, facts: TrackFacts, frames: list[ResultFrame], result: Result
) -> None:
    with ResultWriter(tmp_path, facts) as writer:
        for frame in [*frames[3:], *reversed(frames[:3])]:
            writer.add(frame)
        assert writer.finish() == LENGTH
    assert open_result(tmp_path).table.equals(result.table)


def test_a_frame_on_which_nothing_is_tracked_yet_is_kept(
    tmp_path: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    with ResultWriter(tmp_path, facts) as writer:
        writer.add(replace(frames[0], objects={}, labels=np.zeros_like(frames[0].labels)))
        writer.add(frames[1])
        writer.finish("the camera went away")
    read = open_result(tmp_path)
    assert [sorted(frame.objects) for frame in read] == [[], [1]]
    assert next(iter(read)).number == frames[0].number
    assert read.stopped_by == "the camera went away"


def test_a_frame_is_written_once_and_of_one_size(
    tmp_path: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    with ResultWriter(tmp_path, facts) as writer:
        writer.add(frames[0])
        with pytest.raises(ValueError, match="frame 0 is written already"):
            writer.add(frames[0])
        with pytest.raises(ValueError, match="the film is"):
            writer.add(replace(frames[1], labels=frames[1].labels[1:]))


def test_without_an_end_it_is_no_result(tmp_path: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    with ResultWriter(tmp_path, facts) as writer:
        writer.add(frames[0])
    assert not is_result(tmp_path)
    with pytest.raises(UsageError, match=f"no tracked film: it has no {TRACK_FILE}"):
        open_result(tmp_path)


def test_many_rows_are_written_in_groups(
    tmp_path: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    small = np.zeros((2, 2), dtype=np.uint8)
    facts = replace(facts, size=(2, 2))
    with ResultWriter(tmp_path, facts) as writer:
        for index in range(1030):
            writer.add(replace(frames[0], index=index, labels=small, objects=frames[0].objects))
        writer.finish()
    assert pq.ParquetFile(tmp_path / "frames.parquet").num_row_groups == 2
    assert len(open_result(tmp_path)) == 1030


def test_what_is_no_result_is_refused(tmp_path: Path, result: Result) -> None:
    with pytest.raises(
        UsageError, match="nowhere: no such folder; name a folder that `samscope track --out`"
    ):
        open_result(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is a tracked film, not a study"):
        require_study(result.path)


@pytest.mark.parametrize(
    "content",
    ["{}", "[", '{"samscope": "1"}', '{"samscope": "1", "size": 5}', '{"samscope": "1", "size": [1, "x"]}'],
)
def test_a_damaged_description_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / TRACK_FILE).write_text(content)
    with pytest.raises(SamscopeError, match=r"track\.json: .*damaged"):
        open_result(tmp_path)


def test_a_mask_of_another_size_is_named(
    tmp_path: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    with ResultWriter(tmp_path, facts) as writer:
        writer.add(frames[0])
        writer.finish()
    mask = tmp_path / MASKS / "00000.png"
    Image.new("P", (5, 4)).save(mask)
    with pytest.raises(
        SamscopeError, match=r"00000\.png: 5 x 4 pixels; expected 63 x 45; track the film again"
    ):
        list(open_result(tmp_path))
    mask.unlink()
    with pytest.raises(SamscopeError, match=r"00000\.png"):
        list(open_result(tmp_path))


def test_names_of_objects_are_kept(result: Result) -> None:
    assert result.facts.objects == NAMES
    assert result.facts.prompted_frames() == {1: {0}, 7: {BEGINS}}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "../../elsewhere"}, "is a path and not a name"),
        ({"objects": {"0": "duck"}}, "object 0"),
        ({"objects": {"-3": "duck"}}, "object -3"),
        ({"reading": {"anything": 1}}, "reading by anything"),
        ({"prompts": {"objects": [{}]}}, "'id'"),
    ],
)
def test_what_no_result_says_is_refused(
    changes: dict[str, object], told: str, tmp_path: Path, result: Result
) -> None:
    folder = tmp_path / "stranger"
    shutil.copytree(result.path, folder)
    about = json.loads((folder / TRACK_FILE).read_text())
    (folder / TRACK_FILE).write_text(json.dumps(about | changes))
    with pytest.raises(SamscopeError, match=rf"track\.json: damaged \(.*{re.escape(told)}"):
        open_result(folder)


def test_rows_of_an_object_that_nobody_named_are_refused(tmp_path: Path, result: Result) -> None:
    folder = tmp_path / "stranger"
    shutil.copytree(result.path, folder)
    about = json.loads((folder / TRACK_FILE).read_text())
    (folder / TRACK_FILE).write_text(json.dumps(about | {"objects": {"7": "boat"}}))
    with pytest.raises(SamscopeError, match=r"frames\.parquet: damaged \(object 1 is not in track\.json\)"):
        open_result(folder)
