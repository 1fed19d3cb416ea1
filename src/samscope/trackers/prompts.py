"""Prompts of several objects on any frames of a video: as values, and as a file."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from torch import Tensor

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from samscope.support.reading import read_json_object
from samscope.trackers.given import whole_number
from samscope.trackers.prompt import make_prompt
from samscope.videos.images import read_mask

LARGEST_OBJECT_ID = 255
"""Objects are numbered from 1 to this, as the values of a mask file's pixels."""

_KINDS = ("mask", "box", "points")
_EXAMPLE = '{"objects": [{"id": 1, "prompts": [{"frame": 0, "box": [x0, y0, x1, y1]}]}]}'


@dataclass(frozen=True, eq=False, kw_only=True)
class FramePrompt:
    """What is said of one object on one frame: a mask, a box, clicks, or several of these.

    A box and clicks are taken together; with a mask there, they refine it.

    Attributes:
        frame: index of the frame, from 0.
        mask: the object's pixels, as ``samscope.track`` takes them.
        points: [P, 2], x and y of clicks, in pixels.
        labels: [P], 1 for a click on the object, 0 for one beside it; all 1 if left out.
        box: x_min, y_min, x_max, y_max, in pixels.

    Raises:
        UsageError: nothing is said, labels have no points, or the frame is no index.
    """

    frame: int
    mask: ArrayLike | Tensor | Image.Image | None = None
    points: ArrayLike | Tensor | None = None
    labels: Sequence[int] | ArrayLike | Tensor | None = None
    box: ArrayLike | Tensor | None = None

    def __post_init__(self) -> None:
        whole_number(self.frame, "a prompt's frame", 0)
        if not self.kinds:
            raise UsageError(f"frame {self.frame}: an empty prompt; give a mask, a box or points")
        if self.labels is not None and self.points is None:
            raise UsageError(f"frame {self.frame}: labels belong to points, which are missing")

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of ``mask``, ``box`` and ``points`` are there."""
        return tuple(kind for kind in _KINDS if getattr(self, kind) is not None)


@dataclass(frozen=True, eq=False)
class PromptedObject:
    """An object and its prompts.

    Attributes:
        id: its number, 1 to 255.
        prompts: at least one; of each kind at most one a frame.
        name: what it is called, for people; None for nothing.

    Raises:
        UsageError: the number is out of its range, there is no prompt, or two of one kind on a frame.
    """

    id: int
    prompts: tuple[FramePrompt, ...]
    name: str | None = None

    def __post_init__(self) -> None:
        require_object_id(self.id)
        if not self.prompts:
            raise UsageError(f"object {self.id}: there is no prompt; give one, or leave the object out")
        places = [(prompt.frame, kind) for prompt in self.prompts for kind in prompt.kinds]
        twice = next((place for number, place in enumerate(places) if place in places[:number]), None)
        if twice is not None:
            frame, kind = twice
            raise UsageError(
                f"object {self.id}, frame {frame}: {kind} given twice; give all clicks of a frame in one "
                "prompt, and of masks and boxes one a frame"
            )

    @property
    def by_frame(self) -> dict[int, FramePrompt]:
        """What is said on each frame, in the order of time."""
        together: dict[int, FramePrompt] = {}
        for prompt in self.prompts:
            values = {kind: getattr(prompt, kind) for kind in prompt.kinds}
            if prompt.labels is not None:
                values["labels"] = prompt.labels
            earlier = together.get(prompt.frame)
            together[prompt.frame] = prompt if earlier is None else replace(earlier, **values)
        return dict(sorted(together.items()))


def require_object_id(given: object) -> None:
    """Refuse what is no number of an object.

    Raises:
        UsageError: it is not a whole number from 1 to 255.
    """
    whole_number(given, "an object's id", 1)
    if int(given) > LARGEST_OBJECT_ID:  # type: ignore[call-overload]
        raise UsageError(f"an object's id is {given}; expected a whole number from 1 to {LARGEST_OBJECT_ID}")


def check_prompts(objects: Sequence[PromptedObject], size: tuple[int, int], count: int | None = None) -> None:
    """Refuse prompts that do not fit a video, before anything of it is tracked.

    Args:
        objects: the objects.
        size: height and width of its frames.
        count: how many frames it has; None for unknown.

    Raises:
        UsageError: no object at all, two of one id, a frame after the last one, or a prompt outside of the
            frame or of another size; the message names object and frame.
    """
    if not objects:
        raise UsageError("there is no object to track; give prompts")
    ids = [prompted.id for prompted in objects]
    if twice := sorted({number for number in ids if ids.count(number) > 1}):
        raise UsageError(f"object {twice[0]} is there twice; give all its prompts together")
    for prompted in objects:
        for prompt in prompted.prompts:
            with said_of(prompted.id, prompt.frame):
                if count is not None and prompt.frame >= count:
                    raise UsageError(f"the video has {count} frames, the last one is {count - 1}")
                _check_prompt(prompt, size)


def _check_prompt(prompt: FramePrompt, size: tuple[int, int]) -> None:
    if prompt.mask is not None:
        make_prompt(size, 1, mask=prompt.mask, resize_mask=False)
    if prompt.points is not None or prompt.box is not None:
        make_prompt(size, 1, points=prompt.points, labels=prompt.labels, box=prompt.box)


@contextmanager
def said_of(object_id: int, frame: int) -> Iterator[None]:
    """Have what is wrong with a prompt say whose it is."""
    try:
        yield
    except UsageError as error:
        reason = str(error).removeprefix("the prompt: ")
        raise UsageError(f"object {object_id}, frame {frame}: {reason}") from error


def read_prompts(path: Path, size: tuple[int, int]) -> tuple[PromptedObject, ...]:
    """Read a file of prompts.

    It is JSON: ``{"objects": [{"id": 1, "name": "duck", "prompts": [...]}]}``, where each prompt has a
    ``frame`` and one of ``box`` ([x0, y0, x1, y1]), ``points`` ([[x, y], ...], with ``labels``) and ``mask``
    (a PNG of one object, by its path from the file). Coordinates are pixels of the frames as they are opened.

    Args:
        path: the file.
        size: height and width of the video's frames.

    Raises:
        UsageError: an unknown or missing key, an object without a prompt, or what ``PromptedObject`` and
            ``check_prompts`` refuse; the message names the file, the object and the frame.
        SamscopeError: the file, or a mask's, is missing, no JSON, or damaged.
    """
    try:
        content = read_json_object(path)
    except OSError as error:
        raise SamscopeError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SamscopeError(f"{path}: no JSON ({error}); expected {_EXAMPLE}") from error
    try:
        _require_keys(content, "the file", needed=("objects",))
        objects = [
            _object(entry, f"object number {number}", path.parent)
            for number, entry in enumerate(_entries(content, "objects", "the file"), start=1)
        ]
        check_prompts(objects, size)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    return tuple(objects)


def _object(entry: Mapping[str, Any], where: str, folder: Path) -> PromptedObject:
    _require_keys(entry, where, needed=("id", "prompts"), optional=("name",))
    require_object_id(entry["id"])
    where, name = f"object {entry['id']}", entry.get("name")
    if name is not None and not isinstance(name, str):
        raise UsageError(f"{where}: the name is {name!r}; expected text")
    prompts = tuple(_prompt(prompt, where, folder) for prompt in _entries(entry, "prompts", where))
    return PromptedObject(entry["id"], prompts, name)


def _prompt(entry: Mapping[str, Any], where: str, folder: Path) -> FramePrompt:
    _require_keys(entry, f"{where}, a prompt", needed=("frame",), optional=(*_KINDS, "labels"))
    values = {key: value for key, value in entry.items() if value is not None}
    if "mask" in values:
        if not isinstance(values["mask"], str):
            raise UsageError(f"{where}: the mask is {values['mask']!r}; expected the path of a PNG")
        values["mask"] = _mask(folder / values["mask"])
    try:
        return FramePrompt(**values)
    except UsageError as error:
        raise UsageError(f"{where}, {error}") from error


def _mask(path: Path) -> NDArray[np.bool_]:
    labels = read_mask(path)
    if len(values := np.unique(labels[labels > 0])) > 1:
        raise UsageError(
            f"{path}: the mask shows {len(values)} objects or greys; expected the pixels of one object, as "
            "one value beside 0"
        )
    return labels > 0


def _require_keys(
    entry: Mapping[str, Any], where: str, needed: tuple[str, ...], optional: tuple[str, ...] = ()
) -> None:
    expected = f"expected {', '.join((*needed, *optional))}"
    if unknown := [key for key in entry if key not in (*needed, *optional)]:
        raise UsageError(f"{where}: an unknown key '{printable(unknown[0])}'; {expected}")
    if missing := [key for key in needed if key not in entry]:
        raise UsageError(f"{where}: {missing[0]!r} is missing; {expected}")


def _entries(entry: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    entries = entry[key]
    if not isinstance(entries, list) or not all(isinstance(part, dict) for part in entries):
        raise UsageError(f"{where}: {key!r} is no list of objects; expected {_EXAMPLE}")
    return entries
