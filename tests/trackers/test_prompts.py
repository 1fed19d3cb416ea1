import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.prompts import FramePrompt, PromptedObject, check_prompts, read_prompts

SIZE = (48, 80)
BOX = [20, 10, 50, 30]


def prompts_file(folder: Path, content: object) -> Path:
    file = folder / "prompts.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def one_object(folder: Path, *prompts: dict[str, Any], **keys: Any) -> Path:
    return prompts_file(folder, {"objects": [{"id": 1, "prompts": list(prompts), **keys}]})


def save_mask(file: Path, size: tuple[int, int] = SIZE, value: int = 255) -> None:
    pixels = np.zeros(size, np.uint8)
    pixels[10:30, 20:50] = value
    Image.fromarray(pixels).save(file)


def test_a_file_says_objects_with_boxes_clicks_and_masks(tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    save_mask(tmp_path / "masks" / "00008.png", value=7)
    file = prompts_file(
        tmp_path,
        {
            "objects": [
                {
                    "id": 1,
                    "name": "duck",
                    "prompts": [
                        {"frame": 8, "mask": "masks/00008.png"},
                        {"frame": 0, "box": BOX},
                        {"frame": 0, "points": [[30, 20], [60, 40]], "labels": [1, 0]},
                    ],
                },
                {"id": 255, "prompts": [{"frame": 3, "points": [[1, 2]]}]},
            ]
        },
    )
    duck, other = read_prompts(file, SIZE)
    assert (duck.id, duck.name, other.id, other.name) == (1, "duck", 255, None)
    assert list(duck.by_frame) == [0, 8]
    assert duck.by_frame[0].kinds == ("box", "points")
    assert duck.by_frame[0].labels == [1, 0]
    mask = np.asarray(duck.by_frame[8].mask)
    assert mask.dtype == bool
    assert mask.sum() == 20 * 30
    assert other.by_frame[3].labels is None


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        ([], "object 1: there is no prompt"),
        ([{"frame": 0}], "object 1, frame 0: an empty prompt"),
        ([{"frame": 0, "box": None}], "object 1, frame 0: an empty prompt"),
        ([{"frame": 0, "points": []}], r"object 1, frame 0: points have the shape \[P, 2\]"),
        ([{"frame": 0, "box": [20, 10, 90, 30]}], "object 1, frame 0: .* is not within the frame of 80 x 48"),
        ([{"frame": 2, "box": [50, 30, 20, 10]}], "object 1, frame 2: the box .* has no area"),
        ([{"frame": 0, "box": [20, 10, 50]}], "object 1, frame 0: a box has four numbers"),
        ([{"frame": 0, "box": [20, 10, 50, "a"]}], "object 1, frame 0: a box's corners"),
        ([{"frame": 0, "points": [[81, 4]]}], "object 1, frame 0: .* is not within the frame"),
        ([{"frame": 0, "points": [[float("nan"), 4]]}], "object 1, frame 0: .* is not within the frame"),
        ([{"frame": 0, "points": [[8, 4]], "labels": [2]}], "object 1, frame 0: labels are one 0 or 1"),
        ([{"frame": 0, "points": [[8, 4]], "labels": [1, 1]}], "object 1, frame 0: labels are one 0 or 1"),
        ([{"frame": 0, "box": BOX, "labels": [1]}], "object 1, frame 0: labels belong to points"),
        ([{"frame": -1, "box": BOX}], "object 1, a prompt's frame is -1; expected a whole number, from 0"),
        ([{"frame": 1.5, "box": BOX}], "a prompt's frame is 1.5"),
        ([{"frame": True, "box": BOX}], "a prompt's frame is True"),
        ([{"box": BOX}], "object 1, a prompt: 'frame' is missing"),
        ([{"frame": 0, "bbox": BOX}], "object 1, a prompt: an unknown key 'bbox'; expected frame, mask, box"),
        ([{"frame": 0, "box\x1b": BOX}], r"an unknown key 'box\\x1b'"),
        ([{"frame": 0, "mask": 3}], "object 1: the mask is 3; expected the path of a PNG"),
        ([{"frame": 0, "box": BOX}, {"frame": 0, "box": BOX}], "object 1, frame 0: box given twice"),
        (
            [{"frame": 0, "points": [[8, 4]]}, {"frame": 0, "points": [[9, 4]]}],
            "object 1, frame 0: points given twice; give all clicks of a frame in one prompt",
        ),
        ([3], "object 1: 'prompts' is no list of objects"),
    ],
)
def test_a_prompt_that_says_nothing_or_does_not_fit_is_refused(
    tmp_path: Path, prompts: list[Any], message: str
) -> None:
    file = one_object(tmp_path, *prompts)
    with pytest.raises(UsageError, match=message) as raised:
        read_prompts(file, SIZE)
    assert str(raised.value).startswith(f"{file}: ")
    assert "\n" not in str(raised.value)
    assert "the prompt:" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "the file: 'objects' is missing"),
        ({"objects": [], "version": 1}, "the file: an unknown key 'version'"),
        ({"objects": []}, "there is no object to track"),
        ({"objects": {}}, "'objects' is no list of objects"),
        ({"objects": [{"id": 1}]}, "object number 1: 'prompts' is missing"),
        ({"objects": [{"prompts": []}]}, "object number 1: 'id' is missing"),
        ({"objects": [{"id": 0, "prompts": []}]}, "an object's id is 0"),
        ({"objects": [{"id": 256, "prompts": []}]}, "an object's id is 256; expected .* from 1 to 255"),
        ({"objects": [{"id": "duck", "prompts": []}]}, "an object's id is 'duck'"),
        ({"objects": [{"id": 1, "name": 3, "prompts": []}]}, "object 1: the name is 3; expected text"),
        ({"objects": 2 * [{"id": 4, "prompts": [{"frame": 0, "box": BOX}]}]}, "object 4 is there twice"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: object, message: str) -> None:
    file = prompts_file(tmp_path, content)
    with pytest.raises(UsageError, match=message) as raised:
        read_prompts(file, SIZE)
    assert str(raised.value).startswith(f"{file}: ")


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "[" * 100_000, "\xff"])
def test_what_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prompts.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(SamscopeError, match=r"prompts.json: no JSON \(.*\); expected \{"):
        read_prompts(file, SIZE)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SamscopeError, match=r"prompts.json: cannot be read: No such file"):
        read_prompts(tmp_path / "prompts.json", SIZE)
    with pytest.raises(SamscopeError, match=r"nowhere.png: cannot be read: No such file"):
        read_prompts(one_object(tmp_path, {"frame": 0, "mask": "nowhere.png"}), SIZE)


def test_masks_of_another_size_of_several_objects_or_of_none_are_refused(tmp_path: Path) -> None:
    save_mask(tmp_path / "large.png", size=(96, 160))
    save_mask(tmp_path / "empty.png", value=0)
    Image.fromarray(np.arange(48 * 80, dtype=np.uint8).reshape(SIZE) % 5).save(tmp_path / "labels.png")
    for name, message in (
        ("large.png", r"object 1, frame 0: a mask of shape \(96, 160\) for frames of shape \(48, 80\)"),
        ("empty.png", "object 1, frame 0: the mask has no pixel of the object"),
        ("labels.png", r"labels.png: the mask shows 4 objects or greys; expected .* one object"),
    ):
        with pytest.raises(UsageError, match=message):
            read_prompts(one_object(tmp_path, {"frame": 0, "mask": name}), SIZE)


def test_prompts_after_the_last_frame_are_refused() -> None:
    prompted = PromptedObject(3, (FramePrompt(frame=9, box=BOX),))
    check_prompts([prompted], SIZE, 10)
    check_prompts([prompted], SIZE, None)
    with pytest.raises(UsageError, match="object 3, frame 9: the video has 9 frames, the last one is 8"):
        check_prompts([prompted], SIZE, 9)


def test_a_mask_and_clicks_of_one_frame_go_together() -> None:
    mask = np.zeros(SIZE, bool)
    mask[10:30, 20:50] = True
    prompted = PromptedObject(
        1, (FramePrompt(frame=2, mask=mask), FramePrompt(frame=2, points=[[30, 20]], labels=[0]))
    )
    assert prompted.by_frame[2].kinds == ("mask", "points")
    check_prompts([prompted], SIZE)
