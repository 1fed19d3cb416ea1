import subprocess
import sys
import zlib

import numpy as np
import pytest

from samscope.clips.synthetic.made_up import MadeUpVideo, made_up_collection, made_up_video
from samscope.support.errors import UsageError
from samscope.videos.video import Collection


@pytest.fixture(scope="module")
def collection() -> Collection:
    return made_up_collection()


def made_up(collection: Collection) -> list[MadeUpVideo]:
    return [video for video in collection.videos if isinstance(video, MadeUpVideo)]


def test_default_collection(collection: Collection) -> None:
    assert len(collection) == len(set(collection)) == 12
    for video in collection.values():
        assert len(video) == 32
        assert video.size == (240, 426)
        assert video.frame(0).shape == (240, 426, 3)
        assert video.frame(31).dtype == np.uint8


def test_same_seed_same_pixels_and_another_seed_others(collection: Collection) -> None:
    again, other = made_up_collection(), made_up_collection(seed=1)
    for number in range(6):
        for index in (0, 17):
            frame = collection.videos[number].frame(index)
            np.testing.assert_array_equal(frame, again.videos[number].frame(index))
            assert (frame != other.videos[number].frame(index)).any()


def test_video_does_not_depend_on_how_many_there_are(collection: Collection) -> None:
    few = made_up_collection(count=2, frames=5)
    assert list(few) == list(collection)[:2]
    for name, video in few.items():
        np.testing.assert_array_equal(video.frame(4), collection[name].frame(4))
        np.testing.assert_array_equal(video.labels(4), collection[name].labels(4))


def test_names_stay_unique_and_fit_for_files() -> None:
    names = list(made_up_collection(count=150, frames=1, size=(32, 32)))
    assert len(set(names)) == 150
    assert all(name.replace("-", "").isalnum() for name in names)


@pytest.mark.parametrize("size", [(64, 64), (160, 284), (240, 426), (300, 200)])
def test_objects_are_whole_in_the_picture_and_large_enough(size: tuple[int, int]) -> None:
    for video in made_up(made_up_collection(count=24, frames=80, size=size, seed=size[0])):
        for index in range(0, 80, 13):
            for object_id in video.object_ids:
                mask = video.amodal_mask(index, object_id)
                border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
                assert not border.any(), (video.name, index)
                assert 0.02 < mask.mean() < 0.17, (video.name, index)


def test_any_number_and_seed_makes_a_small_video() -> None:
    for number, seed in ((0, 2**31), (10**9, 3), (4711, 10**12)):
        video = made_up_video(number, 3, (160, 284), seed)
        assert video.frame(2).shape == (160, 284, 3)
        assert video.labels(2).max() == len(video.object_ids)


def test_successive_videos_have_other_kinds_and_places() -> None:
    videos = [made_up_video(number) for number in range(16)]
    assert len({video.kinds[0] for video in videos}) == 16
    assert len({video.place for video in videos}) == 16


def test_same_bytes_in_another_process() -> None:
    script = (
        "import zlib; from samscope.clips.synthetic.made_up import made_up_video\n"
        "video = made_up_video(4, seed=9)\n"
        "print(zlib.crc32(video.frame(11).tobytes()), zlib.crc32(video.labels(11).tobytes()))"
    )
    video = made_up_video(4, seed=9)
    here = f"{zlib.crc32(video.frame(11).tobytes())} {zlib.crc32(video.labels(11).tobytes())}"
    there = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_labels_are_the_amodal_masks_seen_from_the_front(collection: Collection) -> None:
    for video in made_up(collection):
        for index in (0, 12, 31):
            hidden = np.zeros(video.size, bool)
            labels = video.labels(index)
            for object_id in reversed(video.object_ids):
                amodal = video.amodal_mask(index, object_id)
                np.testing.assert_array_equal(labels == object_id, amodal & ~hidden)
                hidden |= amodal
            np.testing.assert_array_equal(labels == 0, ~hidden)


def test_some_videos_have_an_object_that_passes_in_front_of_another(collection: Collection) -> None:
    pairs = [video for video in made_up(collection) if video.object_ids == (1, 2)]
    assert len(pairs) == 4
    apart = 0
    for video in pairs:
        hidden = []
        for index in range(len(video)):
            amodal = video.amodal_mask(index, 1)
            hidden.append(1 - np.count_nonzero(video.labels(index) == 1) / np.count_nonzero(amodal))
        apart += min(hidden) == 0
        assert min(hidden) < 0.2
        assert max(min(hidden), 0.1) < max(hidden) < 0.95
    assert apart >= 3


def test_objects_move_smoothly(collection: Collection) -> None:
    for video in made_up(collection):
        for object_id in video.object_ids:
            masks = [video.amodal_mask(index, object_id) for index in range(32)]
            centres = np.array([np.argwhere(mask).mean(axis=0) for mask in masks])
            steps = np.linalg.norm(np.diff(centres, axis=0), axis=1)
            assert np.linalg.norm(np.ptp(centres, axis=0)) > 3, video.name
            assert steps.max() < 0.033 * video.size[1], video.name


def test_object_looks_unlike_what_is_around_it(collection: Collection) -> None:
    for video in collection.values():
        frame, mask = video.frame(0).astype(float), video.labels(0) == 1
        unlike = np.linalg.norm(frame[mask] - frame[~mask].mean(axis=0), axis=1)
        assert unlike.mean() > 40, video.name


@pytest.mark.parametrize("index", [-1, 32])
def test_frames_outside_are_refused(collection: Collection, index: int) -> None:
    video = collection.videos[0]
    for read in (video.frame, video.labels):
        with pytest.raises(IndexError, match="has 32 frames"):
            read(index)


def test_unknown_object(collection: Collection) -> None:
    with pytest.raises(UsageError, match=r"has no object 3; its objects are"):
        made_up(collection)[0].amodal_mask(0, 3)


@pytest.mark.parametrize(
    ("count", "frames", "size"), [(0, 32, (240, 426)), (1, 0, (64, 64)), (1, 1, (31, 64))]
)
def test_too_small_numbers(count: int, frames: int, size: tuple[int, int]) -> None:
    with pytest.raises(
        UsageError, match=r"made-up videos: .*expected at least 1 video of 1 frame, 32x32 pixels"
    ):
        made_up_collection(count, frames, size)


def test_negative_seed() -> None:
    with pytest.raises(UsageError, match="--seed is -1; expected 0 or more"):
        made_up_collection(seed=-1)


def test_negative_number() -> None:
    with pytest.raises(UsageError, match="no video -1; expected 0 or more"):
        made_up_video(-1)
