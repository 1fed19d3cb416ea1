"""Small videos and DAVIS-format folders for tests."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from samscope.clips.clip import Clip, Draw, Excerpt, SetName, Timeline, fraction_obscured
from samscope.videos.video import Collection

Arrays = list[NDArray[np.uint8]]


def moving_square(frames: int, size: tuple[int, int] = (40, 60), label: int = 1) -> tuple[Arrays, Arrays]:
    """Return frames and labels of a video in which a bright square moves right by one pixel a frame."""
    height, width = size
    pictures, labels = [], []
    for index in range(frames):
        picture = np.full((height, width, 3), 60, np.uint8)
        picture[..., 0] = np.arange(width)
        mask = np.zeros(size, np.uint8)
        left = 5 + index % (width - 20)
        picture[10:20, left : left + 10] = (200, 220, 40 + index)
        mask[10:20, left : left + 10] = label
        pictures.append(picture)
        labels.append(mask)
    return pictures, labels


def save_video(
    root: Path,
    name: str,
    frames: Arrays,
    masks: Arrays,
    *,
    level: str = "480p",
    mode: str = "P",
    suffix: str = ".jpg",
) -> None:
    """Write frames and masks, the latter as palette indices (mode P), grey levels (L) or bits (1)."""
    pictures, annotations = root / "JPEGImages" / level / name, root / "Annotations" / level / name
    pictures.mkdir(parents=True)
    annotations.mkdir(parents=True)
    for index, (frame, mask) in enumerate(zip(frames, masks, strict=True)):
        Image.fromarray(frame).save(pictures / f"{index:05d}{suffix}")
        image = Image.fromarray(mask)
        if mode == "P":
            image.putpalette(bytes(range(256)) * 3)
        elif mode == "1":
            image = image.convert("1")
        image.save(annotations / f"{index:05d}.png")


@dataclass(frozen=True, eq=False)
class ArrayVideo:
    """A video in memory; ``reads`` notes which masks were asked for."""

    name: str
    frames: Arrays
    masks: Arrays
    reads: list[int]

    @property
    def size(self) -> tuple[int, int]:
        height, width = self.masks[0].shape
        return height, width

    @property
    def object_ids(self) -> tuple[int, ...]:
        return tuple(int(label) for label in np.unique(np.stack(self.masks)) if label not in (0, 255))

    def __len__(self) -> int:
        return len(self.frames)

    def frame(self, index: int) -> NDArray[np.uint8]:
        return self.frames[index]

    def labels(self, index: int) -> NDArray[np.uint8]:
        self.reads.append(index)
        return self.masks[index]


def square_video(name: str, frames: int, label: int = 1) -> ArrayVideo:
    """Return ``moving_square`` as a video."""
    pictures, masks = moving_square(frames, label=label)
    return ArrayVideo(name, pictures, masks, [])


def square_collection(lengths: dict[str, int]) -> Collection:
    """Return a collection of square videos by name and number of frames."""
    return Collection("squares", tuple(square_video(name, frames) for name, frames in lengths.items()))


def small_clip(
    number: int = 0, set_name: SetName = "object_removal", size: tuple[int, int] = (40, 60)
) -> Clip:
    """Return a clip of 4 frames: object visible, visible, absent, half hidden; the last row is void."""
    pictures, labels = moving_square(4, size)
    amodal = np.stack(labels) == 1
    amodal[2] = False
    masks = amodal.copy()
    masks[3, 15:] = False
    void = np.zeros_like(masks)
    void[:, -1] = True
    return Clip(
        set=set_name,
        draw=Draw(
            clip=number,
            seed=2**31 - 1,
            source=Excerpt("goat", 1, 3, 2),
            partner=Excerpt("car-shadow", 5, 7, 1),
            overlays=(Excerpt("dog", 1, 0, 1), Excerpt("dog", 1, 4, 1), Excerpt("camel", 2, 1, 1)),
        ),
        timeline=Timeline(2, 1, 1),
        frames=np.stack(pictures),
        masks=masks,
        amodal_masks=amodal,
        void=void,
        present=masks.any(axis=(1, 2)),
        obscured=fraction_obscured(masks, amodal),
        transformed=np.array([False, False, True, True]),
        origins=("goat/3", "goat/5", "removed:goat/7", "goat/9+x"),
    )
