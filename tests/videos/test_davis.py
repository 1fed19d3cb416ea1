import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samscope.support.errors import SamscopeError, UsageError
from samscope.videos.davis import read_collection
from tests.clips.folders import moving_square, save_video


def test_davis_2016_object_is_255_and_becomes_1(tmp_path: Path) -> None:
    frames, masks = moving_square(4, label=255)
    for mode in ("L", "1"):
        save_video(tmp_path / mode, "bear", frames, masks, mode=mode)
        video = read_collection(tmp_path / mode)["bear"]
        assert len(video) == 4
        assert video.size == (40, 60)
        assert video.object_ids == (1,)
        for index in range(4):
            np.testing.assert_array_equal(video.labels(index), masks[index] // 255)


def test_davis_2016_video_may_have_empty_masks(tmp_path: Path) -> None:
    frames, masks = moving_square(4, label=255)
    masks[0][:] = 0
    save_video(tmp_path, "surf", frames, masks, mode="1")
    video = read_collection(tmp_path)["surf"]
    assert not video.labels(0).any()
    assert video.labels(1).max() == 1


def test_davis_2017_labels_are_ids_and_255_is_void(tmp_path: Path) -> None:
    frames, masks = moving_square(3, label=2)
    masks[0][30:35, 30:35] = 255
    masks[2][0:3, 0:3] = 7
    for mode in ("P", "L"):
        save_video(tmp_path / mode, "dogs", frames, masks, mode=mode)
        video = read_collection(tmp_path / mode)["dogs"]
        assert video.object_ids == (2, 7)
        for index in range(3):
            np.testing.assert_array_equal(video.labels(index), masks[index])


def test_void_stays_void_on_frames_without_an_object(tmp_path: Path) -> None:
    frames, masks = moving_square(3, label=3)
    masks[0][:] = 0
    masks[0][5, 5] = 255
    save_video(tmp_path, "late", frames, masks)
    assert read_collection(tmp_path)["late"].labels(0)[5, 5] == 255


def test_mose_layout_has_no_level_of_resolutions(tmp_path: Path) -> None:
    frames, masks = moving_square(3)
    for name in ("00a1", "00b2"):
        save_video(tmp_path, name, frames, masks, level=".")
    collection = read_collection(tmp_path)
    assert list(collection) == ["00a1", "00b2"]
    assert collection.name == tmp_path.name
    with pytest.raises(UsageError, match="no resolution named '480p'; there is no level of resolutions"):
        read_collection(tmp_path, "480p")


def test_frames_are_rgb_and_exact_in_png(tmp_path: Path) -> None:
    frames, masks = moving_square(3)
    save_video(tmp_path, "square", frames, masks, suffix=".png")
    video = read_collection(tmp_path)["square"]
    for index in range(3):
        np.testing.assert_array_equal(video.frame(index), frames[index])
        assert video.frame(index).dtype == np.uint8


def test_frames_follow_the_numbers_in_their_names(tmp_path: Path) -> None:
    frames, masks = moving_square(12)
    save_video(tmp_path, "square", frames, masks, suffix=".png")
    for folder, suffix in (("JPEGImages", ".png"), ("Annotations", ".png")):
        for index in range(12):
            path = tmp_path / folder / "480p" / "square" / f"{index:05d}{suffix}"
            path.rename(path.with_name(f"frame{index}{suffix}"))
    video = read_collection(tmp_path)["square"]
    for index in range(12):
        np.testing.assert_array_equal(video.frame(index), frames[index])
        np.testing.assert_array_equal(video.labels(index), masks[index])


def test_resolution_is_480p_unless_named(tmp_path: Path) -> None:
    for level, size in (("480p", (40, 60)), ("Full-Resolution", (80, 120))):
        save_video(tmp_path, "a", *moving_square(2, size), level=level)
    assert read_collection(tmp_path)["a"].size == (40, 60)
    assert read_collection(tmp_path, "Full-Resolution")["a"].size == (80, 120)
    with pytest.raises(UsageError, match=r"no resolution named '720p'; there is 480p, Full-Resolution"):
        read_collection(tmp_path, "720p")


def test_several_resolutions_without_480p_have_to_be_chosen_from(tmp_path: Path) -> None:
    for level in ("1080p", "720p"):
        save_video(tmp_path, "a", *moving_square(2), level=level)
    with pytest.raises(UsageError, match=r"several resolutions \(1080p, 720p\); name the one to read"):
        read_collection(tmp_path)


def test_only_resolution_is_taken_whatever_its_name(tmp_path: Path) -> None:
    save_video(tmp_path, "a", *moving_square(2), level="256p")
    assert list(read_collection(tmp_path)) == ["a"]


def test_hidden_and_other_files_are_passed_over(tmp_path: Path) -> None:
    save_video(tmp_path, "a", *moving_square(2))
    folder = tmp_path / "JPEGImages" / "480p"
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "a" / "._00000.jpg").write_bytes(b"x")
    (folder / "a" / "notes.txt").write_text("x")
    (folder / "a" / "sub.jpg").mkdir()
    os.mkfifo(folder / "a" / "pipe.jpg")
    assert len(read_collection(tmp_path)["a"]) == 2


def test_subset_lists_of_both_years(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        save_video(tmp_path, name, *moving_square(2))
    (tmp_path / "ImageSets" / "2017").mkdir(parents=True)
    (tmp_path / "ImageSets" / "480p").mkdir()
    (tmp_path / "ImageSets" / "2017" / "train.txt").write_text("c\na\n")
    (tmp_path / "ImageSets" / "480p" / "val.txt").write_text(
        "".join(f"/JPEGImages/480p/b/0000{i}.jpg /Annotations/480p/b/0000{i}.png\n" for i in range(2))
    )
    assert list(read_collection(tmp_path)) == ["a", "b", "c"]
    assert list(read_collection(tmp_path, subset="train")) == ["c", "a"]
    assert list(read_collection(tmp_path, subset="val")) == ["b"]
    with pytest.raises(UsageError, match=r"ImageSets: no list test\.txt"):
        read_collection(tmp_path, subset="test")
    (tmp_path / "ImageSets" / "2017" / "train.txt").write_text("../../etc\nz\n")
    with pytest.raises(SamscopeError, match=r"train\.txt: lists 'etc', but .*480p has no such video"):
        read_collection(tmp_path, subset="train")


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="nowhere: no such folder; give one that holds JPEGImages and Annotations"
    ):
        read_collection(tmp_path / "nowhere")


@pytest.mark.parametrize("there", [[], ["JPEGImages"], ["Annotations"]])
def test_folder_of_another_layout_says_what_was_looked_for(tmp_path: Path, there: list[str]) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    with pytest.raises(
        SamscopeError, match=r"not in the DAVIS layout: no folder .*expected JPEGImages/\[<res"
    ):
        read_collection(tmp_path)


def test_folder_without_videos(tmp_path: Path) -> None:
    (tmp_path / "JPEGImages").mkdir()
    (tmp_path / "Annotations").mkdir()
    with pytest.raises(SamscopeError, match="JPEGImages: holds no video"):
        read_collection(tmp_path)


@pytest.mark.parametrize("level", ["480p", "."])
def test_empty_video_folder(tmp_path: Path, level: str) -> None:
    save_video(tmp_path, "a", *moving_square(2), level=level)
    (tmp_path / "JPEGImages" / level / "hollow").mkdir()
    with pytest.raises(SamscopeError, match=r"hollow: holds no frame; expected \.jpg or \.png files"):
        read_collection(tmp_path)


def test_frames_and_masks_that_differ_in_number(tmp_path: Path) -> None:
    save_video(tmp_path, "goat", *moving_square(5))
    (tmp_path / "Annotations" / "480p" / "goat" / "00003.png").unlink()
    with pytest.raises(SamscopeError, match=r"goat: 5 frames, but 4 masks in .*goat \(00003 has no mask\)"):
        read_collection(tmp_path)


def test_frames_and_masks_that_differ_in_stem(tmp_path: Path) -> None:
    save_video(tmp_path, "goat", *moving_square(5))
    masks = tmp_path / "Annotations" / "480p" / "goat"
    (masks / "00004.png").rename(masks / "00005.png")
    with pytest.raises(SamscopeError, match=r"goat: 5 frames, but 5 masks in .* \(00004 has no mask\)"):
        read_collection(tmp_path)


def test_video_without_masks_and_masks_without_video(tmp_path: Path) -> None:
    save_video(tmp_path, "goat", *moving_square(2))
    folder = tmp_path / "Annotations" / "480p"
    (folder / "goat").rename(folder / "sheep")
    with pytest.raises(SamscopeError, match=r"sheep: masks of a video without frames"):
        read_collection(tmp_path)
    (folder / "sheep").rename(tmp_path / "sheep")
    with pytest.raises(SamscopeError, match=r"goat: 2 frames, but 0 masks"):
        read_collection(tmp_path)


def test_frame_and_mask_of_the_same_stem_twice(tmp_path: Path) -> None:
    save_video(tmp_path, "goat", *moving_square(2))
    folder = tmp_path / "JPEGImages" / "480p" / "goat"
    (folder / "00001.jpeg").write_bytes((folder / "00001.jpg").read_bytes())
    with pytest.raises(SamscopeError, match=r"00001\.jpg: a second picture of the stem 00001"):
        read_collection(tmp_path)


def test_first_mask_of_another_size(tmp_path: Path) -> None:
    frames, _ = moving_square(2, (40, 60))
    _, masks = moving_square(2, (20, 30))
    save_video(tmp_path, "goat", frames, masks)
    with pytest.raises(SamscopeError, match=r"goat/00000\.png: 30x20 pixels, but its frame .* has 60x40"):
        read_collection(tmp_path)


def test_later_frame_or_mask_of_another_size(tmp_path: Path) -> None:
    frames, masks = moving_square(3, (40, 60))
    frames[1], masks[2] = frames[1][:30], masks[2][:, :50]
    save_video(tmp_path, "goat", frames, masks)
    video = read_collection(tmp_path)["goat"]
    with pytest.raises(
        SamscopeError, match=r"00001\.jpg: 60x30 pixels, but the first frame of goat has 60x40"
    ):
        video.frame(1)
    with pytest.raises(
        SamscopeError, match=r"00002\.png: 50x40 pixels, but the first frame of goat has 60x40"
    ):
        video.labels(2)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    save_video(tmp_path, "goat", *moving_square(3))
    frame = tmp_path / "JPEGImages" / "480p" / "goat" / "00001.jpg"
    frame.write_bytes(frame.read_bytes()[:-30])
    mask = tmp_path / "Annotations" / "480p" / "goat" / "00002.png"
    mask.write_bytes(mask.read_bytes()[:-30])
    video = read_collection(tmp_path)["goat"]
    assert video.frame(0).shape == (40, 60, 3)
    with pytest.raises(SamscopeError, match=r"goat/00001\.jpg: the file breaks off"):
        video.frame(1)
    with pytest.raises(SamscopeError, match=r"goat/00002\.png: the file breaks off"):
        video.labels(2)


def test_smoothed_mask_is_not_taken_for_hundreds_of_objects(tmp_path: Path) -> None:
    frames, masks = moving_square(2)
    masks[0][:] = np.add.outer(np.arange(40), np.arange(60))
    save_video(tmp_path, "goat", frames, masks, mode="L")
    with pytest.raises(
        SamscopeError, match=r"00000\.png: holds 99 different grey levels; expected 0 and 255"
    ):
        read_collection(tmp_path)["goat"].labels(0)


def test_no_file_stays_open(tmp_path: Path) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("open files can only be counted where there is /proc")
    save_video(tmp_path, "goat", *moving_square(6))
    before = len(list(descriptors.iterdir()))
    video = read_collection(tmp_path)["goat"]
    pixels = [(video.frame(index), video.labels(index)) for index in range(6)]
    assert len(pixels) == 6
    assert len(list(descriptors.iterdir())) == before


def test_unknown_video_is_named_with_the_known_ones(tmp_path: Path) -> None:
    save_video(tmp_path, "goat", *moving_square(2))
    with pytest.raises(UsageError, match=r"has no video named 'sheep'; it has goat"):
        read_collection(tmp_path)["sheep"]


def test_real_davis(shared: Path) -> None:
    collection = read_collection(shared / "data" / "davis")
    assert len(collection) == 9
    assert {name: len(video) for name, video in collection.items()} == {
        name: 40 if name == "car-shadow" else 48 for name in collection
    }
    goat = collection["goat"]
    assert goat.size == (480, 854)
    assert goat.object_ids == (1,)
    path = shared / "data" / "davis" / "Annotations" / "480p" / "goat" / "00007.png"
    np.testing.assert_array_equal(goat.labels(7), np.asarray(Image.open(path)) // 255)
    assert sorted(read_collection(shared / "data" / "davis", subset="val")) == sorted(collection)


def test_real_one_bit_masks(shared: Path) -> None:
    surf = read_collection(shared / "data" / "train" / "davis_train")["surf"]
    assert surf.object_ids == (1,)
    assert not surf.labels(54).any()
    assert 0 < surf.labels(0).mean() < 0.5
