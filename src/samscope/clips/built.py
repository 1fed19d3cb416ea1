"""Reading of the clips that ``samscope build`` has written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from samscope.clips.clip import Clip
from samscope.clips.davis import FRAMES_FOLDER, MASKS_FOLDER, DavisVideo, open_video
from samscope.clips.facts import CLIPS, FRAME_FACTS, draw_of, timeline_of
from samscope.clips.images import read_mask
from samscope.clips.video import VOID
from samscope.clips.writing import AMODAL_FOLDER, CLIPS_TABLE, FRAMES_TABLE, OBJECT, resolution_name
from samscope.errors import SamscopeError


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
            yield self._read(row)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Rows of ``CLIPS``."""
        rows: list[dict[str, Any]] = self._table(CLIPS_TABLE, CLIPS).to_pylist()
        return rows

    @cached_property
    def _facts(self) -> dict[tuple[str, int], list[dict[str, Any]]]:
        columns = ["set", "clip", "frame", "present", "obscured", "transformed", "origin"]
        facts: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for row in self._table(FRAMES_TABLE, FRAME_FACTS).select(columns).to_pylist():
            facts.setdefault((row["set"], row["clip"]), []).append(row)
        return facts

    def _table(self, name: str, schema: pa.Schema) -> pa.Table:
        path = self.folder / name
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowException) as error:
            raise SamscopeError(f"{path}: cannot be read ({error}); make the clips again") from error
        if not table.schema.equals(schema):
            raise SamscopeError(f"{path}: not a table of this version of samscope; make the clips again")
        return table

    def _read(self, row: dict[str, Any]) -> Clip:
        draw, timeline = draw_of(row), timeline_of(row)
        facts = self._facts.get((row["set"], row["clip"]), [])
        if [fact["frame"] for fact in facts] != list(range(timeline.length)):
            raise SamscopeError(
                f"{self.folder / FRAMES_TABLE}: {len(facts)} frames of {row['set']} clip {row['clip']}; "
                f"expected {timeline.length}; make the clips again"
            )
        root, resolution = self.folder / row["set"], resolution_name(row["height"])
        name = draw.name
        video = open_video(name, root / FRAMES_FOLDER / resolution, root / MASKS_FOLDER / resolution)
        if len(video) != timeline.length or video.size != (row["height"], row["width"]):
            raise SamscopeError(
                f"{root / FRAMES_FOLDER / resolution / name}: {len(video)} frames of "
                f"{video.size[1]}x{video.size[0]} pixels; expected {timeline.length} of "
                f"{row['width']}x{row['height']}; make the clips again"
            )
        amodal_folder = root / AMODAL_FOLDER / resolution / name
        labels = _read_masks(video, video.mask_paths)
        amodal = _read_masks(video, [amodal_folder / path.name for path in video.mask_paths])
        return Clip(
            set=row["set"],
            draw=draw,
            timeline=timeline,
            frames=np.stack([video.frame(index) for index in range(len(video))]),
            masks=labels == OBJECT,
            amodal_masks=amodal == OBJECT,
            void=labels == VOID,
            present=np.array([fact["present"] for fact in facts]),
            obscured=np.array([fact["obscured"] for fact in facts], np.float32),
            transformed=np.array([fact["transformed"] for fact in facts]),
            origins=tuple(fact["origin"] for fact in facts),
        )


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
