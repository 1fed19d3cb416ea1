import pickle
from pathlib import Path

import numpy as np
import pytest

from benchmarks.computed_once import ComputedOnce
from samscope.clips.clip import Timeline
from samscope.clips.draws.rejections import TOO_FEW_LABELS
from samscope.clips.settings import ClipSettings
from samscope.clips.source import ClipsFromVideos, open_source, open_videos
from samscope.clips.synthetic.made_up import MadeUpVideo
from samscope.evaluation.sequences import LeftOut, evaluate_sequences, find_targets
from samscope.observation.davis_measures import region_similarity
from samscope.support.errors import UsageError
from samscope.trackers.registry import load_model
from samscope.trackers.track import track as track_object
from samscope.videos.labelled import (
    files_of,
    frames_of,
    labelled_frames,
    mask_and_void,
    object_mask,
)
from samscope.videos.layouts.reading import holds_videos, read_videos
from samscope.videos.opened import open_video
from tests.small_model import network_of
from tests.videos.films.making import LOSSLESS, save_film
from tests.videos.layouts.making import FRAMES, LABELS, LAYOUTS, LENGTH, save_youtube, written


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_frames_and_masks(tmp_path: Path, layout: str) -> None:
    collection = written(tmp_path / "videos", layout)
    every = LAYOUTS[layout][1]
    assert holds_videos(tmp_path / "videos")
    assert (collection.name, list(collection)) == ("videos", ["first", "second", "third"])
    video = collection["second"]
    assert (video.size, video.object_ids, len(video)) == ((64, 96), (1, 2), LENGTH)
    assert list(labelled_frames(video)) == list(range(0, LENGTH, every))
    for index in range(0, LENGTH, every):
        assert np.array_equal(video.frame(index), FRAMES[index])
        assert np.array_equal(video.labels(index), LABELS[index])
        for number in (1, 2):
            assert np.array_equal(object_mask(video, index, number), LABELS[index] == number)
            mask, void = mask_and_void(video, index, number)
            assert np.array_equal(mask, LABELS[index] == number)
            assert not void.any()
        assert all(file.is_file() for file in files_of(video, index))
        assert files_of(video, index)
    assert all(map(np.array_equal, frames_of(video, range(2, 15, 3)), FRAMES[2:15:3]))
    sent = pickle.loads(pickle.dumps(video))  # noqa: S301
    assert np.array_equal(sent.labels(0), LABELS[0])


def settings_of(root: Path, length: int) -> ClipSettings:
    timeline = Timeline(2, length - 3, 1)
    return ClipSettings(
        videos=root, count=3, sets=("clean",), strides=(1,), timeline=timeline, min_area=0.001
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_clips_are_drawn_from_labels_in_a_row(tmp_path: Path, layout: str) -> None:
    written(tmp_path / "videos", layout)
    every = LAYOUTS[layout][1]
    settings = settings_of(tmp_path / "videos", 4)
    source = open_source(settings, open_videos(settings))
    assert isinstance(source, ClipsFromVideos)
    for draw in source.draws:
        (clip,) = [make() for make in source.makers(draw).values()]
        for place, index in enumerate(draw.source.indices(4)):
            assert np.array_equal(clip.frames[place], FRAMES[index * every])
            assert np.array_equal(clip.masks[place], LABELS[index * every] == draw.source.object_id)
        assert all(file.is_file() for files in source.inputs(draw).values() for file in files)
        assert set(source.inputs(draw)) >= {draw.source.video}
    said = source.facts["labels_on"]
    assert bool(said) == (layout not in {"DAVIS"})
    if every > 1:
        assert f"taken are {len(range(0, LENGTH, every))} of them, {every} apart" in next(iter(said.values()))


def test_videos_with_too_few_labels_in_a_row_are_left_out_and_counted(tmp_path: Path) -> None:
    for name, every in (("dense", 1), ("denser", 1), ("sparse", 5), ("sparser", 10)):
        save_youtube(tmp_path, name, FRAMES, LABELS, every)
    settings = settings_of(tmp_path, 6)
    source = open_source(settings, open_videos(settings))
    assert source.facts["videos_left_out"] == ["sparse", "sparser"]
    assert source.facts["rejected"][TOO_FEW_LABELS] == 2


def test_too_few_labels_everywhere_are_told(tmp_path: Path) -> None:
    written(tmp_path, "SA-V validation")
    settings = settings_of(tmp_path, 9)
    with pytest.raises(
        UsageError, match="first, the longest, has 6 frames in a row that have labels and 9 are needed"
    ):
        open_source(settings, open_videos(settings))


def test_lists_choose_among_the_videos_of_other_layouts(tmp_path: Path) -> None:
    written(tmp_path, "SA-V validation")
    (tmp_path / "sav_val.txt").write_text("third\nfirst\n")
    chosen = read_videos(tmp_path, subset="sav_val")
    assert (list(chosen), chosen.list_read) == (["third", "first"], "sav_val.txt")
    with pytest.raises(UsageError, match=r"no list sav_test\.txt in it; name one that exists \(sav_val\)"):
        read_videos(tmp_path, subset="sav_test")
    with pytest.raises(UsageError, match=r"--resolution 480p: .* has no level of resolutions"):
        read_videos(tmp_path, "480p")


def test_measured_is_where_there_are_masks_from_the_frame_on_that_shows_the_object(tmp_path: Path) -> None:
    written(tmp_path, "SA-V validation")
    targets, left_out = find_targets(read_videos(tmp_path))
    assert left_out == ()
    assert [(target.name, target.frames, list(target.labelled)) for target in targets[:2]] == [
        ("first/1", range(LENGTH), [0, 4, 8, 12, 16, 20]),
        ("first/2", range(8, LENGTH), [8, 12, 16, 20]),
    ]
    short, left_out = find_targets(read_videos(tmp_path), 12)
    assert {target.object_id for target in short} == {1}
    assert LeftOut("first", 2, "fewer than 3 frames with labels") in left_out


@pytest.mark.slow
def test_j_of_the_built_in_model_is_equal_whatever_the_layout(tmp_path: Path) -> None:
    made_up = MadeUpVideo(0, 9, (240, 320), 0)
    frames = [made_up.frame(index) for index in range(9)]
    labels = [made_up.labels(index) for index in range(9)]
    model = load_model("nano", mode="exact")
    ComputedOnce().share(network_of(model))  # anew only of what differs from layout to layout in any bit
    tracks = {}
    for layout, (write, _) in LAYOUTS.items():
        write(tmp_path / layout, "video", frames, labels, 4)
        (target,) = find_targets(read_videos(tmp_path / layout))[0]
        (tracks[layout],) = evaluate_sequences(model, (target,))
    davis = tracks["DAVIS"]
    assert davis.j.mean() > 0.7
    for layout, track in tracks.items():
        assert track.frame.tolist() == list(range(0, 9, 1 if layout == "DAVIS" else 4))
        assert np.array_equal(track.j, davis.j[track.frame]), layout
        assert np.array_equal(track.f, davis.f[track.frame]), layout
    film = open_video(save_film(tmp_path / "film.mkv", frames, **LOSSLESS))
    answers = track_object(model, [shown.pixels for shown in film], mask=labels[0] == 1)
    j = [region_similarity(mask == 1, seen.mask.numpy()) for mask, seen in zip(labels, answers, strict=True)]
    assert j == davis.j.tolist()
