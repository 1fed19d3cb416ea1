"""Writing of clips as DAVIS-format folders, one a set, with tables of every clip's and frame's facts."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from samscope.clips.clip import Clip
from samscope.clips.facts import CLIPS, FRAME_FACTS, clip_row, frame_fact_rows
from samscope.support.disk import whole_file, whole_folder
from samscope.videos.layout import FRAMES_FOLDER, LISTS_FOLDER, MASKS_FOLDER
from samscope.videos.palette import palette_image
from samscope.videos.video import VOID

ImageFormat = Literal["jpg", "png"]
"""File format of frames: jpg of quality 95 without chroma subsampling, or png, which loses nothing."""

AMODAL_FOLDER = "AmodalAnnotations"
RIVALS_FOLDER = "RivalAnnotations"
CLIPS_TABLE = "clips.parquet"
FRAMES_TABLE = "frames.parquet"
OBJECT = 1
"""Label of the object in the masks of written clips."""

_JPEG_QUALITY = 95


@dataclass(frozen=True)
class ClipFacts:
    """What the tables will say of a clip that has been written.

    Attributes:
        name: the clip's name, and that of its folders.
        image_format: of its frames.
        clip: its row of ``CLIPS``.
        frames: its rows of ``FRAME_FACTS``.
    """

    name: str
    image_format: ImageFormat
    clip: dict[str, Any]
    frames: list[dict[str, Any]]


def write_clip(folder: Path, clip: Clip, image_format: ImageFormat = "jpg") -> ClipFacts:
    """Write the pictures and masks of a clip; it is part of the build once ``finish_build`` has its facts.

    With ``<root>`` for ``<folder>/<set>`` and ``<res>`` for the height, as in ``480p``, frames go to
    ``<root>/JPEGImages/<res>/<clip's name>/00000.jpg``, visible masks to ``<root>/Annotations/...png``
    (palette PNGs with DAVIS' colours: 1 the object, 255 void) and amodal masks likewise to
    ``<root>/AmodalAnnotations``; those of other objects, where they are known, to
    ``<root>/RivalAnnotations``. Folders appear whole or not at all; those of the same clip are replaced.

    Args:
        folder: the build's folder, which holds one folder a set.
        clip: the clip.
        image_format: ``jpg`` or ``png``.

    Returns:
        What ``finish_build`` needs to know of the clip.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
        ValueError: a pixel is both the object's and void, or the image format is another.
    """
    if image_format not in get_args(ImageFormat):
        raise ValueError(f"image format {image_format!r}; expected one of {get_args(ImageFormat)}")
    if (clip.masks & clip.void).any():
        raise ValueError(f"{clip.set} {clip.name}: pixels are marked as the object and as void")
    root, resolution = folder / clip.set, resolution_name(clip.frames.shape[1])
    visible = np.where(clip.masks, np.uint8(OBJECT), np.where(clip.void, np.uint8(VOID), np.uint8(0)))
    amodal = np.where(clip.amodal_masks, np.uint8(OBJECT), np.uint8(0))
    kinds = {MASKS_FOLDER: visible, AMODAL_FOLDER: amodal}
    if clip.rivals is not None:
        kinds[RIVALS_FOLDER] = np.where(clip.rivals, np.uint8(OBJECT), np.uint8(0))
    for kind, masks in kinds.items():
        with whole_folder(root / kind / resolution / clip.name) as unfinished:
            for frame, labels in enumerate(masks):
                palette_image(labels).save(unfinished / f"{frame:05d}.png")
    with whole_folder(root / FRAMES_FOLDER / resolution / clip.name) as unfinished:
        for frame, pixels in enumerate(clip.frames):
            _save_frame(pixels, unfinished / f"{frame:05d}.{image_format}")
    return ClipFacts(clip.name, image_format, clip_row(clip), frame_fact_rows(clip))


def finish_build(folder: Path, facts: Iterable[ClipFacts]) -> None:
    """Write each set's lists of clips, and at last the two tables that make the build complete.

    The lists are ``ImageSets/2017/val.txt``, a name a line as DAVIS 2017's tools read it, and
    ``ImageSets/<res>/val.txt``, the files of a frame a line as DAVIS 2016's do. The tables are
    ``frames.parquet`` and ``clips.parquet`` in ``folder``, as ``FRAME_FACTS`` and ``CLIPS``.

    Args:
        folder: the build's folder.
        facts: what ``write_clip`` returned, in the order in which the clips will be read.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
        ValueError: there are no clips.
    """
    facts = list(facts)
    if not facts:
        raise ValueError("a build without a clip")
    lists: dict[Path, list[str]] = {}
    for clip_facts in facts:
        root, resolution = (
            folder / clip_facts.clip["set"] / LISTS_FOLDER,
            resolution_name(clip_facts.clip["height"]),
        )
        lists.setdefault(root / "2017" / "val.txt", []).append(clip_facts.name)
        lists.setdefault(root / resolution / "val.txt", []).extend(
            f"/{FRAMES_FOLDER}/{resolution}/{clip_facts.name}/{frame:05d}.{clip_facts.image_format} "
            f"/{MASKS_FOLDER}/{resolution}/{clip_facts.name}/{frame:05d}.png"
            for frame in range(len(clip_facts.frames))
        )
    for path, lines in lists.items():
        with whole_file(path) as unfinished:
            unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _write_table(
        folder / FRAMES_TABLE, [row for clip_facts in facts for row in clip_facts.frames], FRAME_FACTS
    )
    _write_table(folder / CLIPS_TABLE, [clip_facts.clip for clip_facts in facts], CLIPS)


def resolution_name(height: int) -> str:
    """Return the name of the folder for frames of a height: ``480p``."""
    return f"{height}p"


def _write_table(path: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    with whole_file(path) as unfinished:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), unfinished)


def _save_frame(pixels: NDArray[np.uint8], path: Path) -> None:
    image = Image.fromarray(pixels)
    if path.suffix == ".png":
        image.save(path, compress_level=1)
    else:
        image.save(path, quality=_JPEG_QUALITY, subsampling=0)
