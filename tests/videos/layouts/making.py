"""One made-up video in every layout that is read, with the same frames and masks in each."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco

from samscope.videos.layouts.reading import read_videos
from samscope.videos.video import Collection
from tests.clips.folders import moving_square
from tests.videos.films.making import LOSSLESS, Arrays, save_film

Writer = Callable[[Path, str, Arrays, Arrays, int], None]
"""Writes a video: the root, its name, frames, labels, and every how many frames have masks."""


def save_pictures(folder: Path, pictures: Arrays, *, first: int = 0, digits: int = 5) -> None:
    """Write pictures uint8 [H, W, 3] or labels uint8 [H, W], numbered from ``first``."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, pixels in enumerate(pictures, first):
        image = Image.fromarray(pixels)
        if pixels.ndim == 2:
            image.putpalette(bytes((value * factor) % 256 for value in range(256) for factor in (97, 57, 23)))
        image.save(folder / f"{index:0{digits}d}.png")


def save_masks(folder: Path, masks: Mapping[int, NDArray[np.uint8]]) -> None:
    """Write labels uint8 [H, W] by the numbers of their frames."""
    for index, labels in masks.items():
        save_pictures(folder, [labels], first=index)


def object_ids(labels: Arrays) -> list[int]:
    """Return the objects of labels, ascending."""
    return sorted(set().union(*(np.unique(one).tolist() for one in labels)) - {0, 255})


def save_davis(root: Path, name: str, frames: Arrays, labels: Arrays, every: int = 1) -> None:
    """Write DAVIS's layout, which has a mask for every frame: ``every`` counts for nothing."""
    save_pictures(root / "JPEGImages" / "480p" / name, frames)
    save_pictures(root / "Annotations" / "480p" / name, labels)


def save_youtube(root: Path, name: str, frames: Arrays, labels: Arrays, every: int = 1) -> None:
    """Write YouTube-VOS's layout: masks on some frames, and when each object begins in ``meta.json``."""
    save_pictures(root / "JPEGImages" / name, frames)
    masked = {index: labels[index] for index in range(0, len(labels), every)}
    save_masks(root / "Annotations" / name, masked)
    objects = {}
    for number in object_ids(labels):
        shown = [f"{index:05d}" for index, mask in masked.items() if (mask == number).any()]
        objects[str(number)] = {"category": f"kind {number}", "frames": shown}
    add_to_list(root / "meta.json", name, objects)


def save_lvos(root: Path, name: str, frames: Arrays, labels: Arrays, every: int = 1) -> None:
    """Write the layout of LVOS: longer numbers, and ranges of frames in its list."""
    save_pictures(root / "JPEGImages" / name, frames, digits=8)
    (root / "Annotations" / name).mkdir(parents=True)
    for index in range(0, len(labels), every):
        save_pictures(root / "Annotations" / name, [labels[index]], first=index, digits=8)
    shown = {"start": f"{0:08d}", "end": f"{len(frames) - 1:08d}", "frame_nums": len(frames)}
    objects = {str(number): {"frame_range": shown} for number in object_ids(labels)}
    add_to_list(root / "val_meta.json", name, objects)


def add_to_list(path: Path, name: str, objects: Mapping[str, object]) -> None:
    """Add a video to a list of objects."""
    content = json.loads(path.read_text()) if path.exists() else {"videos": {}}
    content["videos"][name] = {"objects": dict(objects)}
    path.write_text(json.dumps(content))


def save_sav_folder(root: Path, name: str, frames: Arrays, labels: Arrays, every: int = 4) -> None:
    """Write SA-V's validation: a folder of 0/1 masks for each object, object 1 as ``000``."""
    save_pictures(root / "JPEGImages_24fps" / name, frames)
    for number in object_ids(labels):
        masks = {
            index: np.asarray(labels[index] == number, np.uint8) for index in range(0, len(labels), every)
        }
        save_masks(root / "Annotations_6fps" / name / f"{number - 1:03d}", masks)


def save_sav_film(root: Path, name: str, frames: Arrays, labels: Arrays, every: int = 4) -> None:
    """Write SA-V's training part: a film, lossless here, and JSON; object 1 is 0 there."""
    root.mkdir(parents=True, exist_ok=True)
    film = save_film(root / f"{name}.mkv", frames, rate=24, **LOSSLESS)
    film.rename(root / f"{name}.mp4")
    numbers = object_ids(labels)
    masklets = [[encoded(mask == number) for number in numbers] for mask in labels[::every]]
    annotations = {"video_id": name, "masklet": masklets, "masklet_id": [number - 1 for number in numbers]}
    (root / f"{name}_manual.json").write_text(json.dumps(annotations))


def encoded(mask: NDArray[np.bool_]) -> dict[str, object]:
    """Return a mask bool [H, W] as SA-V writes it."""
    runs = coco.encode(np.asfortranarray(mask, np.uint8))
    return {"size": [int(side) for side in runs["size"]], "counts": runs["counts"].decode()}


def save_vot(root: Path, name: str, frames: Arrays, labels: Arrays, every: int = 1) -> None:
    """Write a sequence of VOT with a file of truth for each object; frames without a mask have code 0."""
    save_pictures(root / name / "color", frames, first=1, digits=8)
    (root / name / "sequence").write_text(f"channels.color=color/%08d.jpg\nfps=25\nname={name}\n")
    numbers = object_ids(labels)
    for number in numbers:
        lines = [
            vot_line(np.asarray(mask == number)) if index % every == 0 else "0"
            for index, mask in enumerate(labels)
        ]
        file = "groundtruth.txt" if len(numbers) == 1 else f"groundtruth_object{number}.txt"
        (root / name / file).write_text("\n".join(lines) + "\n")


def vot_line(mask: NDArray[np.bool_]) -> str:
    """Return a mask bool [H, W] in VOT's notation."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return "m0,0,0,0"
    box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    flat = np.concatenate([[False], box.ravel(), [False]])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    runs = np.diff(np.concatenate([[0], changes]))
    height, width = box.shape
    return "m" + ",".join(map(str, [columns[0], rows[0], width, height, *runs]))


LAYOUTS: dict[str, tuple[Writer, int]] = {
    "DAVIS": (save_davis, 1),
    "YouTube-VOS": (save_youtube, 5),
    "LVOS": (save_lvos, 1),
    "SA-V validation": (save_sav_folder, 4),
    "SA-V training": (save_sav_film, 4),
    "VOT": (save_vot, 1),
}
"""What writes each layout, and every how many of its frames have masks as a rule."""


LENGTH = 21
"""Frames of the video that is written in every layout."""


def two_objects(length: int = LENGTH, size: tuple[int, int] = (64, 96)) -> tuple[Arrays, Arrays]:
    """Two squares that move apart from each other, the second from frame 5 on."""
    frames, labels = moving_square(length, size=size)
    for index in range(5, length):
        frames[index][40:52, 60 - index : 76 - index] = (30, 90, 250)
        labels[index][40:52, 60 - index : 76 - index] = 2
    return frames, labels


FRAMES, LABELS = two_objects()


def written(root: Path, layout: str, every: int | None = None) -> Collection:
    """Write three videos in a layout, and read the collection."""
    write, usual = LAYOUTS[layout]
    for name in ("first", "second", "third"):
        write(root, name, FRAMES, LABELS, usual if every is None else every)
    return read_videos(root)
