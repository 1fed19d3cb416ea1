"""What keeps a large collection small in memory and quick to look up changes nothing else."""

import pickle
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from samscope.clips.clip import Timeline
from samscope.clips.draws.extents import Extents
from samscope.clips.draws.sampling import sample_draws
from samscope.studies.identity import FileDigests
from samscope.support.errors import UsageError
from samscope.videos.davis import read_collection
from samscope.videos.disk import Files
from samscope.videos.video import Collection
from tests.clips.folders import square_collection, square_video
from tests.command import save_videos


def test_files_are_a_sequence_of_paths(tmp_path: Path) -> None:
    files = Files(tmp_path, ("a.jpg", "b.jpg", "c.jpg"))
    assert list(files) == [tmp_path / "a.jpg", tmp_path / "b.jpg", tmp_path / "c.jpg"]
    assert (len(files), files[-1], list(files[1:])) == (3, tmp_path / "c.jpg", [files[1], files[2]])
    assert pickle.loads(pickle.dumps(files)) == files  # noqa: S301
    with pytest.raises(IndexError):
        files[3]


def test_a_video_of_a_folder_knows_its_files(tmp_path: Path) -> None:
    collection = read_collection(save_videos(tmp_path, frames=3))
    video = pickle.loads(pickle.dumps(collection["second"]))  # noqa: S301
    np.testing.assert_array_equal(video.frame(2), collection["second"].frame(2))
    assert len(pickle.dumps(video)) < 500


def test_a_video_is_found_by_name_or_a_few_are_named() -> None:
    collection = square_collection({f"video{number}": 5 for number in range(150)})
    assert collection["video149"] is collection.videos[149]
    with pytest.raises(UsageError, match=r"named 'other'; it has video0, video1, .*video99 and 50 more$"):
        collection["other"]
    with pytest.raises(UsageError, match=r"it has alone$"):
        Collection("one", (square_video("alone", 3),))["other"]


def test_few_masks_known_at_a_time_give_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    collection = square_collection({"first": 12, "second": 15, "third": 12})
    known = sample_draws(collection, 12, Timeline(3, 2, 3), 4)
    bounded = Extents(most=5)
    monkeypatch.setattr("samscope.clips.draws.sampling.Extents", lambda: bounded)
    assert sample_draws(collection, 12, Timeline(3, 2, 3), 4) == known
    assert len(bounded._extents) == 5
    assert all(draw.partner.video != draw.source.video for draw in known.draws)
    partners = {(draw.source.video, draw.partner.video) for draw in known.draws}
    assert len(partners) > 2


def test_few_digests_known_at_a_time_are_the_same(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}" for number in range(9)]
    for file in files:
        file.write_text(file.name)
    assert FileDigests(most=2).digest_of(files) == FileDigests().digest_of(files)


def test_draws_are_digested_one_by_one_as_the_whole_list() -> None:
    from samscope.studies.identity import _digest, _digest_of_list

    draws = [
        asdict(draw)
        for draw in sample_draws(square_collection({"a": 9, "b": 9}), 3, Timeline(3, 2, 3), 0).draws
    ]
    for some in (draws, draws[:1], []):
        assert _digest_of_list(iter(some)) == _digest(some)
