"""Reading of the clips that ``samscope build`` has written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from samscope.clips.clip import Clip
from samscope.clips.facts import CLIPS, FRAME_FACTS, draw_of, timeline_of
from samscope.clips.row_checks import check_clip_rows, check_frame_rows
from samscope.clips.tables import read_table
from samscope.clips.writing import (
    AMODAL_FOLDER,
    CLIPS_TABLE,
    FRAMES_TABLE,
    OBJECT,
    RIVALS_FOLDER,
    resolution_name,
)
from samscope.support.errors import SamscopeError
from samscope.support.reading import require_within
from samscope.videos.davis import find_video
from samscope.videos.davis_video import DavisVideo
from samscope.videos.disk import Disk
from samscope.videos.images import read_mask
from samscope.videos.layout import FRAMES_FOLDER, MASKS_FOLDER
from samscope.videos.video import VOID


def is_built(folder: Path) -> bool:
    """Tell whether a folder holds a finished build: its two tables are written when all else is."""
    return (folder / CLIPS_TABLE).is_file() and (folder / FRAMES_TABLE).is_file()


@dataclass(frozen=True)
class BuiltClips:
    """The clips of a build, in the order in which they were written; each is read when it is its turn.

    What was written as png is read back pixel by pixel equal; jpg frames are those of the files.

    Attributes:
        folder: the build's folder.

    Raises:
        SamscopeError: the folder is no finished build; when clips are read, a file is missing or damaged.
    """

    folder: Path

    def __post_init__(self) -> None:
        if not is_built(self.folder):
            raise SamscopeError(
                f"{self.folder}: no finished build, as it lacks {CLIPS_TABLE} or {FRAMES_TABLE}; "
                "make one with: samscope build"
            )

    def __len__(self) -> int:
        """Return the number of clips."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Clip]:
        """Read one clip after another."""
        for row in self.rows:
            yield self.read(row)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Rows of ``CLIPS``."""
        rows: list[dict[str, Any]] = self._table(CLIPS_TABLE, CLIPS).to_pylist()
        check_clip_rows(rows, self.folder / CLIPS_TABLE)
        return rows

    def only(self, rows: Sequence[Mapping[str, Any]]) -> "BuiltClips":
        """Return some of the clips, with what the tables say of them and no more.

        Args:
            rows: of ``rows``.
        """
        selected = BuiltClips(self.folder)
        keys = [(row["set"], row["clip"]) for row in rows]
        vars(selected).update(
            rows=list(rows), _facts={key: self._facts[key] for key in keys if key in self._facts}
        )
        return selected

    @cached_property
    def _facts(self) -> dict[tuple[str, int], list[dict[str, Any]]]:
        columns = ["set", "clip", "frame", "present", "obscured", "transformed", "origin"]
        facts: dict[tuple[str, int], list[dict[str, Any]]] = {}
        rows = self._table(FRAMES_TABLE, FRAME_FACTS).select(columns).to_pylist()
        check_frame_rows(rows, self.folder / FRAMES_TABLE)
        for row in rows:
            facts.setdefault((row["set"], row["clip"]), []).append(row)
        return facts

    def _table(self, name: str, schema: pa.Schema) -> pa.Table:
        return read_table(self.folder / name, schema, "make the clips again")

    def files(self, row: Mapping[str, Any]) -> list[Path]:
        """Return what is there of a clip's files: frames, masks, amodal and rivals' masks, in order."""
        return [path for folder in self._folders(row) for path in sorted(folder.glob("*"))]

    def read(self, row: Mapping[str, Any]) -> Clip:
        """Read a clip.

        Args:
            row: of ``rows``.

        Raises:
            SamscopeError: a file is missing or damaged.
        """
        draw, timeline = draw_of(row), timeline_of(row)
        facts = self._facts.get((row["set"], row["clip"]), [])
        if [fact["frame"] for fact in facts] != list(range(timeline.length)):
            raise SamscopeError(
                f"{self.folder / FRAMES_TABLE}: {len(facts)} frames of {row['set']} clip {row['clip']}; "
                f"expected {timeline.length}; make the clips again"
            )
        frames_folder, masks_folder, amodal_folder, rivals_folder = self._folders(row)
        frames, masks = (
            folder.relative_to(self.folder).as_posix() for folder in (frames_folder, masks_folder)
        )
        video = find_video(Disk(self.folder, closed=True), draw.name, frames, masks)
        if len(video) != timeline.length or video.size != (row["height"], row["width"]):
            raise SamscopeError(
                f"{frames_folder}: {len(video)} frames of "
                f"{video.size[1]}x{video.size[0]} pixels; expected {timeline.length} of "
                f"{row['width']}x{row['height']}; make the clips again"
            )
        labels = _read_masks(video, video.mask_paths)
        amodal = self._beside(video, amodal_folder)
        has_rivals = rivals_folder.exists() or rivals_folder.is_symlink()  # older builds have none
        rivals = self._beside(video, rivals_folder) if has_rivals else None
        return Clip(
            set=row["set"],
            draw=draw,
            timeline=timeline,
            frames=np.stack([video.frame(index) for index in range(len(video))]),
            masks=labels == OBJECT,
            amodal_masks=amodal,
            void=labels == VOID,
            present=np.array([fact["present"] for fact in facts]),
            obscured=np.array([fact["obscured"] for fact in facts], np.float32),
            transformed=np.array([fact["transformed"] for fact in facts]),
            origins=tuple(fact["origin"] for fact in facts),
            rivals=rivals,
        )

    def _beside(self, video: DavisVideo, folder: Path) -> NDArray[np.bool_]:
        """Return further masks of a clip, bool [T, H, W], whose files are named as its first ones."""
        paths = [folder / path.name for path in video.mask_paths]
        for path in (folder, *paths):
            if path.exists() or path.is_symlink():
                require_within(path, self.folder)
        return np.asarray(_read_masks(video, paths) == OBJECT)

    def _folders(self, row: Mapping[str, Any]) -> tuple[Path, Path, Path, Path]:
        """Return the folders of a clip's frames, masks, amodal masks and rivals' masks."""
        root, resolution, name = self.folder / row["set"], resolution_name(row["height"]), draw_of(row).name
        frames, masks, amodal, rivals = (
            root / kind / resolution / name
            for kind in (FRAMES_FOLDER, MASKS_FOLDER, AMODAL_FOLDER, RIVALS_FOLDER)
        )
        return frames, masks, amodal, rivals


def _read_masks(video: DavisVideo, paths: Sequence[Path]) -> NDArray[np.uint8]:
    """Return the masks of a clip, uint8 [T, H, W]."""
    masks = [read_mask(path) for path in paths]
    for path, mask in zip(paths, masks, strict=True):
        if mask.shape != video.size:
            raise SamscopeError(
                f"{path}: {mask.shape[1]}x{mask.shape[0]} pixels, but the clip's frames have "
                f"{video.size[1]}x{video.size[0]}; make the clips again"
            )
    return np.stack(masks)
