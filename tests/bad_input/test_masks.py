"""Masks on the disk that are no maps of ids: read as what they are and said, or refused by file name."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from samscope.records.store import open_study
from samscope.report.facts import what_was_run
from samscope.support.errors import SamscopeError
from samscope.videos.davis import read_collection
from samscope.videos.davis_video import DavisVideo
from samscope.videos.images import read_frame, read_mask
from tests.bad_input.crafted import chunk, png
from tests.clips.folders import moving_square, save_video
from tests.command import SHORT, samscope, save_model, save_videos

Mask = NDArray[np.uint8]
SIZE = (64, 96)


def squares(frames: int = 4, value: int = 1) -> list[Mask]:
    """Return masks with a large square that moves right."""
    masks = []
    for index in range(frames):
        mask = np.zeros(SIZE, np.uint8)
        mask[10:40, 8 + 2 * index : 40 + 2 * index] = value
        masks.append(mask)
    return masks


def masks_folder(root: Path) -> Path:
    return root / "Annotations" / "480p" / "goat"


def video_with(root: Path, write: Callable[[Mask, Path, int], None], frames: int = 4) -> DavisVideo:
    """Return a video whose 0/1 masks were written by ``write``, given mask, path and index."""
    pictures, _ = moving_square(frames, SIZE)
    save_video(root, "goat", pictures, squares(frames))
    for index, mask in enumerate(squares(frames)):
        path = masks_folder(root) / f"{index:05d}.png"
        path.unlink()
        write(mask, path, index)
    video = read_collection(root)["goat"]
    assert isinstance(video, DavisVideo)
    return video


def check_object(video: DavisVideo, least: float = 0.97) -> None:
    """Check that a video has one object, where the squares are."""
    assert video.object_ids == (1,)
    for index, mask in enumerate(squares(len(video))):
        labels = video.labels(index)
        assert set(np.unique(labels).tolist()) == {0, 1}
        assert ((labels == 1) & (mask == 1)).sum() / ((labels == 1) | (mask == 1)).sum() >= least


def test_blurred_masks_are_read_at_half_height_and_said(tmp_path: Path) -> None:
    def blurred(mask: Mask, path: Path, _: int) -> None:
        Image.fromarray(cv2.GaussianBlur(mask * 255, (0, 0), 1.5)).save(path)

    video = video_with(tmp_path, blurred)
    check_object(video)
    assert video.mask_note == "grey along the edges, read as the object where they have half of 255 or more"


def test_resized_masks_are_read_at_half_height(tmp_path: Path) -> None:
    def resized(mask: Mask, path: Path, _: int) -> None:
        small = Image.fromarray(mask * 255).resize((70, 50), Image.Resampling.BILINEAR)
        small.resize((96, 64), Image.Resampling.BICUBIC).save(path)

    check_object(video_with(tmp_path, resized), 0.9)


@pytest.mark.parametrize("quality", [50, 75, 95, 100])
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_masks_that_are_or_were_jpegs(tmp_path: Path, quality: int, suffix: str) -> None:
    def lossy(mask: Mask, path: Path, _: int) -> None:
        jpeg = path.with_suffix(".jpg")
        Image.fromarray(mask * 255).save(jpeg, quality=quality)
        if suffix == ".png":
            Image.open(jpeg).save(path)
            jpeg.unlink()

    check_object(video_with(tmp_path, lossy), 0.99)


def test_colours_of_a_jpeg_and_maps_of_ids_in_one_are_refused(tmp_path: Path) -> None:
    def lossy(mask: Mask, path: Path, _: int) -> None:
        mask[45:60, 10:30] = 2
        Image.fromarray(mask * 100).save(path.with_suffix(".jpg"), quality=75)

    with pytest.raises(SamscopeError, match=r"00000\.jpg: a mask stored as JPEG, which changes labels"):
        video_with(tmp_path, lossy).labels(0)


def test_a_clean_first_mask_and_smoothed_ones_later(tmp_path: Path) -> None:
    def later(mask: Mask, path: Path, index: int) -> None:
        Image.fromarray(mask * 255 if index == 0 else cv2.blur(mask * 255, (3, 3))).save(path)

    check_object(video_with(tmp_path, later))


@pytest.mark.parametrize("first", [255, 1])
def test_white_on_some_frames_and_one_on_others_are_the_same_object(tmp_path: Path, first: int) -> None:
    def mixed(mask: Mask, path: Path, index: int) -> None:
        Image.fromarray(mask * (first if index == 0 else 256 - first)).save(path)

    video = video_with(tmp_path, mixed)
    check_object(video, 1.0)
    assert video.mask_note == "0/255 on some frames and 0/1 on others, both read as the object"


def test_a_smoothed_first_mask_and_ones_later(tmp_path: Path) -> None:
    def mixed(mask: Mask, path: Path, index: int) -> None:
        Image.fromarray(cv2.blur(mask * 255, (3, 3)) if index == 0 else mask).save(path)

    check_object(video_with(tmp_path, mixed))


def test_a_smoothed_mask_among_maps_of_ids_is_refused_by_name(tmp_path: Path) -> None:
    def mixed(mask: Mask, path: Path, index: int) -> None:
        if index == 0:
            mask[45:60, 10:30] = 2
        Image.fromarray(mask if index == 0 else cv2.blur(mask * 255, (3, 3))).save(path)

    video = video_with(tmp_path, mixed)
    assert set(np.unique(video.labels(0)).tolist()) == {0, 1, 2}
    with pytest.raises(
        SamscopeError, match=r"00001\.png: holds .* different grey levels; expected 0 and 255"
    ):
        video.labels(1)


def test_maps_of_ids_among_smoothed_masks_are_refused_by_name(tmp_path: Path) -> None:
    def mixed(mask: Mask, path: Path, index: int) -> None:
        if index == 2:
            mask[45:60, 10:30] = 2
        Image.fromarray(mask if index == 2 else cv2.blur(mask * 255, (3, 3))).save(path)

    with pytest.raises(SamscopeError, match=r"00002\.png: holds the labels 1, 2, but another mask"):
        video_with(tmp_path, mixed).labels(2)


def test_smoothed_maps_of_several_objects_are_refused(tmp_path: Path) -> None:
    def smoothed(mask: Mask, path: Path, _: int) -> None:
        mask *= 60
        mask[45:60, 10:30] = 200
        Image.fromarray(cv2.GaussianBlur(mask, (0, 0), 1.5)).save(path)

    with pytest.raises(SamscopeError, match=r"00000\.png: holds .* \(nearest neighbour\)"):
        video_with(tmp_path, smoothed).labels(0)


@pytest.mark.parametrize("colour", [255, 0, 90])
def test_an_object_in_the_alpha_channel(tmp_path: Path, colour: int) -> None:
    def transparent(mask: Mask, path: Path, _: int) -> None:
        colours = np.full((*SIZE, 3), colour, np.uint8)
        Image.fromarray(np.dstack([colours, mask * 255])).save(path)

    video = video_with(tmp_path, transparent)
    check_object(video, 1.0)
    assert video.mask_note == "in the alpha channel of their files"


def test_an_alpha_channel_that_shows_nothing_new_is_dropped(tmp_path: Path) -> None:
    mask = squares(1)[0]
    for alpha in (np.full(SIZE, 255, np.uint8), np.full(SIZE, 9, np.uint8), mask * 255):
        Image.fromarray(np.dstack([mask, mask, mask, alpha])).save(tmp_path / "mask.png")
        np.testing.assert_array_equal(read_mask(tmp_path / "mask.png"), mask)
        Image.fromarray(np.dstack([mask, alpha]), "LA").save(tmp_path / "mask.png")
        np.testing.assert_array_equal(read_mask(tmp_path / "mask.png"), mask)


def test_an_alpha_channel_that_contradicts_the_colours_is_refused(tmp_path: Path) -> None:
    mask = squares(1)[0]
    Image.fromarray(np.dstack([mask, mask, mask, mask[::-1] * 255])).save(tmp_path / "mask.png")
    with pytest.raises(SamscopeError, match=r"mask\.png: .* alpha channel shows another"):
        read_mask(tmp_path / "mask.png")


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_pictures_of_16_bits_are_refused_whatever_their_colours(
    tmp_path: Path, colour: int, channels: int
) -> None:
    path = tmp_path / "deep.png"
    path.write_bytes(png(9, 7, depth=16, colour=colour, rows=bytes(7 * (1 + 9 * 2 * channels))))
    with pytest.raises(SamscopeError, match=r"deep\.png: a frame of more than 8 bits a channel; convert it"):
        read_frame(path)
    with pytest.raises(SamscopeError, match=r"deep\.png: a mask of more than 8 bits .* as 8-bit numbers"):
        read_mask(path)


def packed_png(labels: Mask, depth: int) -> bytes:
    """Return a grey PNG of labels 0..2**depth - 1, several in a byte."""
    bits = np.unpackbits(labels[..., None], axis=2)[..., -depth:].reshape(len(labels), -1)
    rows = b"".join(b"\0" + row.tobytes() for row in np.packbits(bits, axis=1))
    return png(labels.shape[1], labels.shape[0], depth=depth, rows=rows)


@pytest.mark.parametrize("depth", [2, 4])
def test_grey_labels_of_few_bits_are_not_scaled(tmp_path: Path, depth: int) -> None:
    def packed(mask: Mask, path: Path, _: int) -> None:
        mask[45:60, 10:30] = 2**depth - 1
        mask[45:60, 40:60] = 2
        path.write_bytes(packed_png(mask, depth))

    video = video_with(tmp_path, packed)
    assert video.object_ids == (1, 2, 2**depth - 1)
    np.testing.assert_array_equal(video.labels(0) == 1, squares()[0] == 1)
    assert video.mask_note == f"grey levels of less than 8 bits, read as the labels 0 to {2**depth - 1}"
    assert read_mask(masks_folder(tmp_path) / "00000.png").max() == 2**depth - 1


def test_one_bit_masks_among_maps_of_ids_hold_label_1(tmp_path: Path) -> None:
    def packed(mask: Mask, path: Path, index: int) -> None:
        if index == 0:
            mask[45:60, 10:30] = 2
        path.write_bytes(packed_png(mask, 2 if index == 0 else 1))

    video = video_with(tmp_path, packed)
    assert video.object_ids == (1, 2)
    np.testing.assert_array_equal(video.labels(3), squares()[3])


def test_an_anti_aliased_mask_of_four_greys_is_smoothed(tmp_path: Path) -> None:
    def packed(mask: Mask, path: Path, _: int) -> None:
        path.write_bytes(packed_png((cv2.blur(mask * 255, (3, 3)) // 85).astype(np.uint8), 2))

    check_object(video_with(tmp_path, packed))


@pytest.mark.parametrize("mode", ["P", "L"])
@pytest.mark.parametrize("count", [65, 120, 254])
def test_more_than_64_objects_are_no_smoothed_mask(tmp_path: Path, mode: str, count: int) -> None:
    mask = np.zeros(SIZE, np.uint8)
    for place in range(count):
        row, column = divmod(place, 24)
        mask[5 * row : 5 * row + 4, 4 * column : 4 * column + 4] = place + 1
    pictures, _ = moving_square(2, SIZE)
    save_video(tmp_path, "goat", pictures, [mask, mask], mode=mode)
    video = read_collection(tmp_path)["goat"]
    assert video.object_ids == tuple(range(1, count + 1))
    np.testing.assert_array_equal(video.labels(1), mask)


def test_a_smoothed_mask_with_a_palette_of_greys(tmp_path: Path) -> None:
    def indexed(mask: Mask, path: Path, _: int) -> None:
        smoothed = cv2.blur(mask * 255, (3, 3))
        greys = np.unique(smoothed)[::-1]  # so that index 0 is white
        picture = Image.fromarray(np.searchsorted(-greys.astype(int), -smoothed.astype(int)).astype(np.uint8))
        picture.putpalette(bytes(np.repeat(greys, 3)))
        picture.save(path)

    check_object(video_with(tmp_path, indexed))


def test_small_ids_that_leave_no_area_are_ids(tmp_path: Path) -> None:
    frames, masks = moving_square(3, SIZE, label=2)
    for mask in masks:
        mask[30, 30:32], mask[5, 5] = 3, 255
    save_video(tmp_path, "goat", frames, masks, mode="L")
    video = read_collection(tmp_path)["goat"]
    assert video.object_ids == (2, 3)
    np.testing.assert_array_equal(video.labels(1), masks[1])


def blur_masks(videos: Path) -> Path:
    for path in (videos / "Annotations").rglob("*.png"):
        labels = np.asarray(Image.open(path))
        Image.fromarray(cv2.GaussianBlur(labels * 255, (0, 0), 1)).save(path)
    return videos


def test_a_study_says_how_it_read_smoothed_masks(tmp_path: Path) -> None:
    clean = save_videos(tmp_path / "clean")
    smoothed = blur_masks(save_videos(tmp_path / "smoothed"))
    model = save_model(tmp_path / "model")
    for videos in (clean, smoothed):
        outcome = samscope(
            "track", "--videos", videos, "--model", model, "--clips", "1", "--sets", "clean", *SHORT,
            "--out", tmp_path / f"{videos.name}-records",
        )  # fmt: skip
        assert outcome.status == 0, outcome.err
        assert ("read as the object where they have half of 255" in outcome.err) is (videos == smoothed)
    manifest = json.loads((tmp_path / "smoothed-records" / "study.json").read_text())
    assert manifest["masks_read_as"]
    assert set(manifest["masks_read_as"].values()) == {
        "grey along the edges, read as the object where they have half of 255 or more"
    }
    assert json.loads((tmp_path / "clean-records" / "study.json").read_text())["masks_read_as"] == {}
    facts = dict(what_was_run(open_study(tmp_path / "smoothed-records")))
    assert "are grey along the edges" in facts["Masks"]
    assert "Masks" not in dict(what_was_run(open_study(tmp_path / "clean-records")))


def test_an_evaluation_says_how_it_read_smoothed_masks(tmp_path: Path) -> None:
    videos = blur_masks(save_videos(tmp_path / "smoothed", ["first"], frames=5))
    model = save_model(tmp_path / "model")
    outcome = samscope("evaluate", "--videos", videos, "--model", model, "--out", tmp_path / "scores")
    assert outcome.status == 0, outcome.err
    assert "samscope: the masks of first are grey along the edges" in outcome.err
    content = json.loads((tmp_path / "scores" / "evaluation.json").read_text())
    assert content["masks_read_as"].keys() == {"first"}
    assert [row["object"] for row in content["objects"]] == [1]


def test_an_exif_rotation_of_frames_is_not_applied_and_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frames, masks = moving_square(3, SIZE)
    for name in ("goat", "sheep"):
        save_video(tmp_path, name, frames, masks)
        exif = Image.Exif()
        exif[0x0112] = 6
        for path in (tmp_path / "JPEGImages" / "480p" / name).iterdir():
            Image.open(path).save(path, exif=exif, quality=95)
    with caplog.at_level(logging.WARNING, "samscope"):
        collection = read_collection(tmp_path)
    assert collection["goat"].frame(0).shape == (*SIZE, 3)
    assert [record.message.split(":")[0] for record in caplog.records] == ["goat and 1 more videos"]
    assert "not applied" in caplog.records[0].message


def test_masks_made_for_turned_frames_are_told_as_such(tmp_path: Path) -> None:
    frames, masks = moving_square(2, SIZE)
    save_video(tmp_path, "goat", frames, [np.ascontiguousarray(mask.T) for mask in masks])
    first = tmp_path / "JPEGImages" / "480p" / "goat" / "00000.jpg"
    exif = Image.Exif()
    exif[0x0112] = 8
    Image.open(first).save(first, exif=exif)
    with pytest.raises(SamscopeError, match=r"64x96 pixels, but its frame .* EXIF tag asks to turn them"):
        read_collection(tmp_path)


def test_exif_that_is_none_turns_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save_video(tmp_path, "goat", *moving_square(2, SIZE))
    first = tmp_path / "JPEGImages" / "480p" / "goat" / "00000.jpg"
    Image.open(first).save(first, exif=b"Exif\0\0nothing of the kind")
    picture = png(96, 64, rows=bytes(97 * 64), before=chunk(b"eXIf", b"II"))
    (first.with_name("00001.jpg")).write_bytes(picture)
    with caplog.at_level(logging.WARNING, "samscope"):
        assert len(read_collection(tmp_path)["goat"]) == 2
    assert not caplog.records


@pytest.mark.parametrize("ones", [1, 2, 3])
def test_white_after_any_number_of_masks_of_ones_is_the_same_object(tmp_path: Path, ones: int) -> None:
    def mixed(mask: Mask, path: Path, index: int) -> None:
        Image.fromarray(mask * (1 if index < ones else 255)).save(path)

    video = video_with(tmp_path, mixed)
    check_object(video, 1.0)
    assert video.mask_note == "0/255 on some frames and 0/1 on others, both read as the object"


def test_an_id_after_masks_of_white_is_refused_by_name(tmp_path: Path) -> None:
    def mixed(mask: Mask, path: Path, index: int) -> None:
        Image.fromarray(mask * (2 if index == 2 else 255)).save(path)

    with pytest.raises(
        SamscopeError, match=r"00002\.png: holds the labels 2, but .*00000\.png nothing beside 0 but 255"
    ):
        video_with(tmp_path, mixed).labels(0)


@pytest.mark.parametrize("colour", [(255, 255, 255), (128, 0, 0)])
def test_a_palette_that_shows_the_object_as_0_is_refused_by_name(
    tmp_path: Path, colour: tuple[int, int, int]
) -> None:
    def quantised(mask: Mask, path: Path, _: int) -> None:
        picture = np.zeros((*SIZE, 3), np.uint8)
        picture[mask == 1] = colour
        Image.fromarray(picture).quantize(2).save(path)

    with pytest.raises(
        SamscopeError, match=r"00000\.png: its palette shows 1 in black and 0, the background"
    ):
        video_with(tmp_path, quantised).labels(0)


def test_a_mask_that_is_transparent_everywhere_shows_nothing(tmp_path: Path) -> None:
    def late(mask: Mask, path: Path, index: int) -> None:
        alpha = mask * (255 if index else 0)
        Image.fromarray(np.dstack([np.full((*SIZE, 3), 255, np.uint8), alpha])).save(path)

    video = video_with(tmp_path, late)
    assert not video.labels(0).any()
    np.testing.assert_array_equal(video.labels(1), squares()[1])


def test_masks_that_were_halved_with_and_doubled_without_smoothing(tmp_path: Path) -> None:
    def halved(mask: Mask, path: Path, _: int) -> None:
        small = Image.fromarray(mask * 255).resize((48, 32), Image.Resampling.BOX, (1, 1, 95, 63))
        small.resize((96, 64), Image.Resampling.NEAREST).save(path)

    check_object(video_with(tmp_path, halved), 0.85)


def test_masks_of_another_format_are_named(tmp_path: Path) -> None:
    def other(mask: Mask, path: Path, _: int) -> None:
        Image.fromarray(mask * 255).save(path.with_suffix(".webp"), lossless=True)

    with pytest.raises(SamscopeError, match=r"00000 has no mask: 00000\.webp is not read, as masks are PNG"):
        video_with(tmp_path, other)
