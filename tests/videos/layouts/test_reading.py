<<<<<<< HEAD
import json
=======
>>>>>>> h-films
import pickle
from pathlib import Path

import numpy as np
import pytest

from samscope.clips.clip import Timeline
from samscope.clips.draws.rejections import TOO_FEW_LABELS
from samscope.clips.settings import ClipSettings
from samscope.clips.source import ClipsFromVideos, open_source, open_videos
from samscope.clips.synthetic.made_up import MadeUpVideo
from samscope.evaluation.sequences import LeftOut, evaluate_sequences, find_targets
from samscope.observation.davis_measures import region_similarity
<<<<<<< HEAD
from samscope.support.errors import SamscopeError, UsageError
=======
from samscope.support.errors import UsageError
>>>>>>> h-films
from samscope.trackers.registry import load_model
from samscope.trackers.track import track as track_object
from samscope.videos.labelled import (
    files_of,
<<<<<<< HEAD
    frame_rate,
=======
>>>>>>> h-films
    frames_of,
    labelled_frames,
    mask_and_void,
    object_mask,
)
from samscope.videos.layouts.reading import holds_videos, read_videos
<<<<<<< HEAD
from samscope.videos.object_names import NamesObjects
from samscope.videos.opened import open_video
from samscope.videos.stretches import labelled_throughout
from samscope.videos.video import Collection
from tests.clips.folders import Arrays, moving_square
from tests.videos.films.making import LOSSLESS, save_film
from tests.videos.layouts.making import LAYOUTS, save_sav_film, save_vot, save_youtube

LENGTH = 21


def two_objects(length: int = LENGTH, size: tuple[int, int] = (64, 96)) -> tuple[Arrays, Arrays]:
    """Two squares that move apart from each other, the second from frame 5 on."""
    frames, labels = moving_square(length, size=size)
    for index in range(5, length):
        frames[index][40:52, 60 - index : 76 - index] = (30, 90, 250)
        labels[index][40:52, 60 - index : 76 - index] = 2
    return frames, labels


FRAMES, LABELS = two_objects()


def written(root: Path, layout: str, every: int | None = None) -> Collection:
    write, usual = LAYOUTS[layout]
    for name in ("first", "second", "third"):
        write(root, name, FRAMES, LABELS, usual if every is None else every)
    return read_videos(root)
=======
from samscope.videos.opened import open_video
from tests.videos.films.making import LOSSLESS, save_film
from tests.videos.layouts.making import FRAMES, LABELS, LAYOUTS, LENGTH, save_youtube, written
>>>>>>> h-films


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


<<<<<<< HEAD
@pytest.mark.parametrize("layout", [name for name, (_, every) in LAYOUTS.items() if every > 1])
def test_frames_without_masks_are_told_and_not_made_up(tmp_path: Path, layout: str) -> None:
    video = written(tmp_path, layout)["first"]
    with pytest.raises(SamscopeError, match="has no mask"):
        video.labels(1)


def test_what_a_layout_knows_of_time_and_names(tmp_path: Path) -> None:
    rates = {layout: frame_rate(written(tmp_path / layout, layout)["first"]) for layout in LAYOUTS}
    assert rates == {
        "DAVIS": None,
        "YouTube-VOS": None,
        "LVOS": None,
        "SA-V validation": 24.0,
        "SA-V training": 24.0,
        "VOT": 25.0,
    }
    youtube = read_videos(tmp_path / "YouTube-VOS")["first"]
    assert isinstance(youtube, NamesObjects)
    assert youtube.object_names == {1: "kind 1", 2: "kind 2"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_video_of_a_data_set_is_opened_to_be_tracked(tmp_path: Path, layout: str) -> None:
    written(tmp_path / "videos", layout)
    every = LAYOUTS[layout][1]
    video = open_video(tmp_path / "videos" / "third", every=2, max_side=48)
    if layout == "VOT":
        assert video.rate == 12.5
    assert (video.name, video.size, video.count) == ("third", (32, 48), 11)
    shown = list(video)
    assert [frame.number for frame in shown] == list(range(0, LENGTH, 2))
    for frame in shown:
        labels = video.labels(frame)
        assert (labels is not None) == (frame.number % every == 0)
        if labels is not None:
            assert labels.shape == (32, 48)
            assert np.array_equal(np.unique(labels), np.unique(LABELS[frame.number]))
    with pytest.raises(UsageError, match="fourth"):
        open_video(tmp_path / "videos" / "fourth")
    with pytest.raises(UsageError, match=r"holds videos \(first, second, third, \.\.\.\); name one of them"):
        open_video(tmp_path / "videos")


=======
>>>>>>> h-films
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


<<<<<<< HEAD
def test_first_masks_alone_are_prompts_and_no_truth(tmp_path: Path) -> None:
    for name in ("first", "second"):
        save_youtube(tmp_path, name, FRAMES, LABELS, 5)
        for mask in sorted((tmp_path / "Annotations" / name).iterdir())[2:]:
            mask.unlink()
    video = read_videos(tmp_path)["first"]
    assert list(labelled_frames(video)) == []
    assert np.array_equal(video.labels(5), LABELS[5]), "they can be prompted by"
    assert len(labelled_throughout(read_videos(tmp_path))["first"]) == 0
    with pytest.raises(SamscopeError, match="no video of 3 frames or more"):
        find_targets(read_videos(tmp_path))


def test_boxes_of_vot_are_no_masks_and_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("boxed", "masked"):
        save_vot(tmp_path, name, FRAMES[:8], [np.minimum(labels, 1) for labels in LABELS[:8]])
    (tmp_path / "boxed" / "groundtruth.txt").write_text("5,10,10,10\n1,1,9,1,9,9,1,9\nnan,nan,nan,nan\n")
    collection = read_videos(tmp_path)
    assert "boxed: the truth is rectangles or polygons, which are no masks" in caplog.text
    assert list(labelled_frames(collection["boxed"])) == []
    assert collection["boxed"].object_ids == ()
    assert len(labelled_frames(collection["masked"])) == 8
    with pytest.raises(SamscopeError, match=r"boxed/groundtruth\.txt: line 1 is no mask"):
        collection["boxed"].mask_of(0, 1)  # type: ignore[attr-defined]


def test_objects_that_overlap_keep_their_whole_masks(tmp_path: Path) -> None:
    save_sav_film(tmp_path, "sav_000001", FRAMES, LABELS)
    content = (tmp_path / "sav_000001_manual.json").read_text()
    annotations = json.loads(content)
    for row in annotations["masklet"]:
        row.append(row[0])
    annotations["masklet_id"].append(7)
    (tmp_path / "sav_000001_manual.json").write_text(json.dumps(annotations))
    (video,) = read_videos(tmp_path).videos
    assert video.object_ids == (1, 2, 8)
    assert np.array_equal(object_mask(video, 8, 1), object_mask(video, 8, 8))
    assert set(np.unique(video.labels(8))) == {0, 2, 8}
=======
def test_too_few_labels_everywhere_are_told(tmp_path: Path) -> None:
    written(tmp_path, "SA-V validation")
    settings = settings_of(tmp_path, 9)
    with pytest.raises(
        UsageError, match="first, the longest, has 6 frames in a row that have labels and 9 are needed"
    ):
        open_source(settings, open_videos(settings))
>>>>>>> h-films


def test_lists_choose_among_the_videos_of_other_layouts(tmp_path: Path) -> None:
    written(tmp_path, "SA-V validation")
    (tmp_path / "sav_val.txt").write_text("third\nfirst\n")
    chosen = read_videos(tmp_path, subset="sav_val")
    assert (list(chosen), chosen.list_read) == (["third", "first"], "sav_val.txt")
    with pytest.raises(UsageError, match=r"no list sav_test\.txt in it; name one that exists \(sav_val\)"):
        read_videos(tmp_path, subset="sav_test")
    with pytest.raises(UsageError, match=r"--resolution 480p: .* has no level of resolutions"):
        read_videos(tmp_path, "480p")


<<<<<<< HEAD
@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"m1,2\n", r"object1\.txt: the mask in line 1 cannot be read"),
        (b"m0,0,0,0\n" * 99, r"object1\.txt: 99 lines, but 21 frames"),
        (b"\xff\xfe\x00", r"object1\.txt: no text of a VOT sequence"),
    ],
)
def test_damaged_truth_of_vot_is_named(tmp_path: Path, content: bytes, match: str) -> None:
    written(tmp_path, "VOT")
    (tmp_path / "first" / "groundtruth_object1.txt").write_bytes(content)
    with pytest.raises(SamscopeError, match=match):
        object_mask(read_videos(tmp_path)["first"], 0, 1)


@pytest.mark.parametrize("properties", ["fps=soon\n", "fps=nan\n", "channels.color=../secret/%08d.jpg\n"])
def test_properties_of_vot_that_cannot_be(tmp_path: Path, properties: str) -> None:
    written(tmp_path, "VOT")
    (tmp_path / "first" / "sequence").write_text(properties)
    with pytest.raises(SamscopeError, match="first/sequence: "):
        read_videos(tmp_path)
    assert list(read_videos(tmp_path, leave_out=True)) == ["second", "third"]


def test_masks_without_frames_and_objects_without_numbers(tmp_path: Path) -> None:
    written(tmp_path, "SA-V validation")
    masks = tmp_path / "Annotations_6fps"
    (masks / "first" / "person").mkdir()
    with pytest.raises(SamscopeError, match="person: not the number of an object"):
        read_videos(tmp_path)
    (masks / "first" / "person").rmdir()
    (masks / "first" / "000" / "00000.png").rename(masks / "first" / "000" / "00999.png")
    with pytest.raises(SamscopeError, match="000: mask 00999 has no frame"):
        read_videos(tmp_path)


@pytest.mark.parametrize("content", ["[]", "{}", '{"videos": {"first": {"objects": {"x": {}}}}}', "{"])
def test_lists_of_objects_that_are_none(tmp_path: Path, content: str) -> None:
    written(tmp_path, "YouTube-VOS")
    (tmp_path / "meta.json").write_text(content)
    with pytest.raises(SamscopeError, match=r"meta\.json: not a list of the objects of videos"):
        read_videos(tmp_path)


=======
>>>>>>> h-films
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
    made_up = MadeUpVideo(0, 13, (240, 320), 0)
    frames = [made_up.frame(index) for index in range(13)]
    labels = [made_up.labels(index) for index in range(13)]
    model = load_model("nano", mode="exact")
    tracks = {}
    for layout, (write, _) in LAYOUTS.items():
        write(tmp_path / layout, "video", frames, labels, 4)
        (target,) = find_targets(read_videos(tmp_path / layout))[0]
        (tracks[layout],) = evaluate_sequences(model, (target,))
    davis = tracks["DAVIS"]
    assert davis.j.mean() > 0.7
    for layout, track in tracks.items():
        assert track.frame.tolist() == list(range(0, 13, 1 if layout == "DAVIS" else 4))
        assert np.array_equal(track.j, davis.j[track.frame]), layout
        assert np.array_equal(track.f, davis.f[track.frame]), layout
    film = open_video(save_film(tmp_path / "film.mkv", frames, **LOSSLESS))
    answers = track_object(model, [shown.pixels for shown in film], mask=labels[0] == 1)
    j = [region_similarity(mask == 1, seen.mask.numpy()) for mask, seen in zip(labels, answers, strict=True)]
    assert j == davis.j.tolist()
