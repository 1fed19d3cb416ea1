"""What users hand over from Python is read as what it is, or refused with what to write."""

import logging
from itertools import count
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import samscope
from samscope.support.errors import UsageError
from samscope.trackers.given import click_labels, numbers, object_mask, rgb_frame, rgb_frames
from samscope.trackers.prompt import make_prompt
from samscope.trackers.shared import PromptedClip, track_together
from tests.small_model import small_model

SIZE = (48, 80)
FRAME = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)


def disc() -> np.ndarray:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    there: np.ndarray = (x - 30) ** 2 + (y - 20) ** 2 <= 100
    return there


def palette_picture(label: int) -> Image.Image:
    picture = Image.fromarray(disc().astype(np.uint8) * label)
    picture.putpalette(np.random.default_rng(0).bytes(768))
    return picture


def with_alpha(grey: np.ndarray, alpha: np.ndarray) -> Image.Image:
    return Image.fromarray(np.dstack([grey, grey, grey, alpha]).astype(np.uint8), "RGBA")


@pytest.mark.parametrize(
    "mask",
    [
        disc(),
        disc().astype(np.uint8) * 255,
        disc().astype(np.uint8),
        disc().astype(np.int64) * 7,
        disc().astype(np.float32),
        disc().astype(np.float16) * 255,
        disc().astype(np.uint16) * 65_535,
        np.repeat(disc()[..., None].astype(np.uint8) * 255, 3, axis=2),
        disc()[..., None] * np.array([0, 0, 128], np.uint8),
        disc()[..., None].astype(np.uint8),
        disc()[None],
        disc()[None, None].astype(np.float32),
        np.dstack([*[disc().astype(np.uint8) * 255] * 3, np.full(SIZE, 255, np.uint8)]),
        disc().tolist(),
        torch.from_numpy(disc()),
        torch.from_numpy(disc())[None].to(torch.bfloat16),
        torch.from_numpy(disc().astype(np.float32)).requires_grad_(),
        Image.fromarray(disc()),
        Image.fromarray(disc().astype(np.uint8) * 255),
        palette_picture(3),
        with_alpha(np.full(SIZE, 255), disc() * 255),
        with_alpha(disc() * 255, disc() * 255),
    ],
    ids=count(),
)
def test_a_mask_of_one_kind_of_value_is_that_object(mask: Any) -> None:
    read = object_mask(mask)
    assert read.dtype == np.bool_
    np.testing.assert_array_equal(read, disc())
    prompt, expected = make_prompt(SIZE, 64, mask=mask), make_prompt(SIZE, 64, mask=disc())
    assert prompt.mask is not None
    assert expected.mask is not None
    assert torch.equal(prompt.mask, expected.mask)


def labels(*values: float) -> np.ndarray:
    mask = np.zeros(SIZE)
    for place, value in enumerate(values):
        mask[4 * place : 4 * place + 4, :20] = value
    return mask


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (labels(1, 2), r"2 kinds of values beside 0 \(1, 2\); .*mask == the label of the one to track"),
        (labels(38, 255).astype(np.uint8), r"2 kinds of values beside 0 \(38, 255\)"),
        (labels(*range(28, 256, 28), 255).astype(np.uint8), "for grey edges write mask > 127"),
        (labels(0.1, 0.6, 0.9), "for probabilities write mask > 0.5"),
        (np.where(disc(), 1, -1), "negative values; .* write mask > 0"),
        (np.where(disc(), 3.5, -2.5).astype(np.float32)[None], "for logits"),
        (np.where(disc(), np.nan, 0), "no numbers"),
        (np.where(disc(), np.inf, 0), "no numbers"),
        (torch.from_numpy(np.where(disc(), 2, 1)), r"2 kinds of values beside 0 \(1, 2\)"),
        (np.stack([disc(), ~disc()]), r"shape \(2, 48, 80\); expected one mask \[H, W\]"),
        (FRAME, "colours beside black"),
        (with_alpha(np.arange(80)[None] % 9 + 0 * disc(), disc() * 255), "alpha channel another"),
        ("mask.png", "of the type str"),
        (disc().astype(complex), "complex"),
        ([[1, 0], [1]], "cannot be read as an array"),
        (np.array([["a"]]), "expected numbers"),
        (np.ma.array(np.ones(SIZE), mask=~disc()), "masked-out values"),
        (None, r"cv2\.imread returns"),
        (disc().T, r"a mask of shape \(80, 48\) for frames of shape \(48, 80\)"),
        (np.zeros(SIZE, np.uint8), "no pixel of the object"),
    ],
    ids=count(),
)
def test_a_mask_of_several_kinds_of_values_is_refused(mask: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_prompt(SIZE, 64, mask=mask)


def test_a_mask_that_could_not_be_read_is_named() -> None:
    with pytest.raises(UsageError, match=r"the mask is None, as cv2\.imread"):
        object_mask(None)


def test_what_is_tracked_is_the_mask_whatever_its_kind() -> None:
    clip = np.stack([FRAME, FRAME[:, ::-1]])
    expected = [seen.at("object_pointer") for seen in samscope.track(small_model(), clip, mask=disc())]
    for mask in (disc().astype(np.uint8) * 255, torch.from_numpy(disc())[None], palette_picture(2)):
        tracked = [seen.at("object_pointer") for seen in samscope.track(small_model(), clip, mask=mask)]
        assert all(torch.equal(one, other) for one, other in zip(tracked, expected, strict=True))


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        torch.from_numpy(FRAME),
        torch.from_numpy(FRAME).permute(2, 0, 1),
        Image.fromarray(FRAME),
        Image.fromarray(np.dstack([FRAME, FRAME[..., 0]])),
        np.asfortranarray(FRAME),
    ],
    ids=["array", "tensor", "channels first", "picture", "with alpha", "other order"],
)
def test_a_frame_of_any_kind_is_the_same(frame: Any) -> None:
    np.testing.assert_array_equal(rgb_frame(frame, 0), FRAME)
    expected = next(iter(samscope.track(small_model(), [FRAME], mask=disc())))
    seen = next(iter(samscope.track(small_model(), [frame], mask=disc())))
    assert torch.equal(seen.at("object_pointer"), expected.at("object_pointer"))


def test_a_tensor_of_frames_is_a_clip_of_its_length() -> None:
    clip = torch.from_numpy(np.stack([FRAME] * 3))
    for frames in (clip, clip.permute(0, 3, 1, 2)):
        assert len(list(samscope.track(small_model(), frames, mask=disc()))) == 3


def test_a_grey_picture_becomes_rgb() -> None:
    grey = Image.fromarray(FRAME[..., 0])
    np.testing.assert_array_equal(rgb_frame(grey, 0), np.repeat(FRAME[..., :1], 3, axis=2))


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (None, r"frame 4 is None, as cv2\.imread returns"),
        (FRAME / 255, r"float64 \[48, 80, 3\]; expected a numpy array, uint8 .*\(frame \* 255\)"),
        (torch.rand(3, 48, 80), r"float32 \[3, 48, 80\]; .*\(frame \* 255\)"),
        (FRAME[..., 0], r"uint8 \[48, 80\]; .*numpy\.repeat"),
        (FRAME.transpose(2, 0, 1), r"uint8 \[3, 48, 80\]; .*transpose\(1, 2, 0\)"),
        (np.dstack([FRAME, FRAME[..., 0]]), r"frame\[\.\.\., :3\]"),
        (FRAME.astype(np.uint16), r"uint16 \[48, 80, 3\]"),
        (Image.fromarray(FRAME[..., 0].astype(np.uint16) * 256), "mode I;16"),
        ((True, FRAME), "frame 4 is tuple"),
        ("a.jpg", "frame 4 is str"),
    ],
    ids=count(),
)
def test_what_is_no_frame_is_refused(frame: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rgb_frame(frame, 4)


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        (FRAME, r"for a single frame write frames\[None\]"),
        (torch.from_numpy(FRAME), r"for a single frame write frames\[None\]"),
        (np.zeros((1, 2, *FRAME.shape), np.uint8), r"write frames\[0\]"),
        (Image.fromarray(FRAME), r"give a list of them"),
        ("clip.mp4", "the frames themselves"),
        (12, "of the type int"),
        ([None], r"frame 0 is None, as cv2\.imread returns"),
        ([FRAME, None], r"frame 1 is None, as cv2\.imread returns"),
    ],
    ids=count(),
)
def test_what_is_no_clip_is_refused(frames: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        list(samscope.track(small_model(), frames, mask=disc()))


def test_an_iterable_of_frames_is_taken_one_at_a_time() -> None:
    assert next(rgb_frames(iter([FRAME]))) is FRAME


def test_an_exif_rotation_is_not_applied_and_warned_of_once(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(FRAME).save(tmp_path / "turned.png", exif=exif)
    pictures = [Image.open(tmp_path / "turned.png") for _ in range(3)]
    with caplog.at_level(logging.WARNING, "samscope"):
        seen = list(samscope.track(small_model(), pictures, mask=disc()))
    assert seen[0].mask.shape == SIZE
    assert [record.message.count("EXIF") for record in caplog.records] == [1]


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ({"points": [["a", "b"]]}, "expected numbers"),
        ({"points": [[None, 1]]}, "expected numbers"),
        ({"points": [[1, 2], [3]]}, "cannot be read as an array"),
        ({"points": [[0.4, 0.6]]}, "multiply shares of the frame by its width and height"),
        ({"box": [0.1, 0.2, 0.5, 0.8]}, "multiply shares of the frame"),
        ({"box": [[1, 2], [3, 4]]}, "a box has four numbers"),
        ({"box": [30, 20, 10, 10]}, "and not x, y, width, height"),
        ({"points": [[9, 9]], "labels": [0.7]}, "one 0 or 1 for each point"),
        ({"points": [[9, 9]], "labels": [float("nan")]}, "one 0 or 1 for each point"),
        ({"points": [[9, 9]], "labels": ["1"]}, "expected numbers"),
        ({"points": [[9, 9]], "labels": [-1]}, "one 0 or 1 for each point"),
        ({"mask": disc(), "labels": [1]}, "labels= belongs to points="),
        ({"mask": None}, r"cv2\.imread returns"),
    ],
)
def test_points_and_boxes_that_are_none(prompt: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_prompt(SIZE, 64, **prompt)


def test_points_labels_and_boxes_as_tensors() -> None:
    expected = make_prompt(SIZE, 64, points=[[20, 12]], labels=[1], box=[0, 0, 40, 24])
    for prompt in (
        make_prompt(
            SIZE,
            64,
            points=torch.tensor([[[20, 12]]]),
            labels=torch.tensor([[True]]),
            box=torch.tensor([[0, 0, 40, 24]]),
        ),
        make_prompt(SIZE, 64, points=[torch.tensor([20, 12])], labels=[1.0], box=(0, 0, 40, 24)),
    ):
        assert prompt.points is not None
        assert expected.points is not None
        assert torch.equal(prompt.points, expected.points)
    assert numbers([[1, 2]], "points").dtype == np.float64
    assert click_labels([True, 0]).tolist() == [1, 0]


def test_the_corner_pixel_can_be_clicked() -> None:
    for corner in ([0, 0], [1, 1], [0.5, 0.5]):
        assert make_prompt(SIZE, 64, points=[corner]).points is not None


def test_a_length_counts_frames() -> None:
    with pytest.raises(UsageError, match="length is 0; expected a whole number, from 1"):
        samscope.track(small_model(), iter([FRAME]), mask=disc(), length=0)


def test_clips_that_are_tracked_together_are_checked_as_well() -> None:
    with pytest.raises(UsageError, match=r"clip 0: frames are list; expected uint8"):
        track_together(small_model(), [PromptedClip([FRAME], disc())])  # type: ignore[arg-type]
    two = PromptedClip(FRAME[None], np.where(disc(), 1, 2))
    with pytest.raises(UsageError, match="2 kinds of values beside 0"):
        track_together(small_model(), [two])  # type: ignore[arg-type, unused-ignore]


def test_a_palette_that_shows_the_object_as_0_is_refused() -> None:
    picture = Image.fromarray(np.repeat(disc()[..., None].astype(np.uint8) * 255, 3, axis=2)).quantize(2)
    with pytest.raises(
        UsageError, match=r"the mask's palette shows 1 in black .* write mask\.convert\('L'\)"
    ):
        object_mask(picture)
    np.testing.assert_array_equal(object_mask(picture.convert("L")), disc())


@pytest.mark.parametrize(
    "mask",
    [
        torch.from_numpy(disc()).to_sparse(),
        torch.from_numpy(disc().astype(np.float32)).to(torch.float8_e4m3fn),
    ],
    ids=["sparse", "float8"],
)
def test_a_tensor_that_numpy_has_no_counterpart_of_is_read(mask: torch.Tensor) -> None:
    np.testing.assert_array_equal(object_mask(mask), disc())


def test_a_frame_with_masked_out_pixels_is_refused() -> None:
    with pytest.raises(UsageError, match="frame 2 has masked-out pixels"):
        rgb_frame(np.ma.array(FRAME, mask=FRAME > 9), 2)


@pytest.mark.parametrize("model", ["nano", None])
def test_a_model_that_is_not_loaded_is_refused(model: Any) -> None:
    with pytest.raises(UsageError, match=r"the model is .*; load it first: samscope\.load_model"):
        samscope.track(model, FRAME[None], mask=disc())


@pytest.mark.parametrize("name", ["length", "threads", "ahead"])
@pytest.mark.parametrize("value", ["2", 1.5, True])
def test_a_count_that_is_no_whole_number_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"{name} is {value!r}; expected a whole number"):
        samscope.track(small_model(), FRAME[None], mask=disc(), **{name: value})
