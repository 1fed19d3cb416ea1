"""The folder of a tracked film: masks, a table of frames, and what they were made from."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from samscope import __version__
from samscope.clips.tables import read_table
from samscope.exports.frame import ResultFrame, TrackedObject, TrackFacts
from samscope.support.errors import SamscopeError
from samscope.support.printable import printable
from samscope.support.result_folder import TRACK_FILE, read_json, require_track, write_json
from samscope.trackers.prompts import LARGEST_OBJECT_ID
from samscope.videos.images import read_mask
from samscope.videos.names import name_fault
from samscope.videos.palette import palette_image

MASKS = "masks"
FRAMES_TABLE = "frames.parquet"

FRAMES = pa.schema(
    [
        ("frame", pa.int32()),
        ("number", pa.int32()),
        ("seconds", pa.float64()),
        ("object", pa.uint8()),
        ("object_score", pa.float32()),
        ("predicted_iou", pa.float32()),
        ("area", pa.int32()),
        *((edge, pa.int32()) for edge in ("x0", "y0", "x1", "y1")),
    ]
)
"""One row a frame and object that was tracked on it, in this order.

``frame`` counts the frames that were tracked from 0, ``number`` those of the film, ``seconds`` is null where
the source does not say. On a frame on which nothing was tracked yet ``object`` and all that follows is null.
``area`` counts the pixels of the mask, and the box is around them in pixels, its far edges x1 and y1
exclusive; of an empty mask the area is 0 and the box null.
"""

_ROWS_AT_ONCE = 1024
_REMEDY = "track the film again"


def mask_name(index: int) -> str:
    """Return the file name of the mask of a frame: ``00000.png``."""
    return f"{index:05d}.png"


class ResultWriter:
    """Writes the folder of a tracked film, one frame after another, in constant memory.

    Use it in a ``with`` statement. At its end, and also where the source breaks off, call ``finish``: what
    was added is then whole. Without it the folder has neither its table nor ``track.json``, and is not taken
    for a result.

    Args:
        folder: an empty folder.
        facts: what is known of the track.
    """

    def __init__(self, folder: Path, facts: TrackFacts) -> None:
        self._folder = folder
        self._facts = facts
        self._rows: list[dict[str, Any]] = []
        self._last = -1
        self._in_order = True
        self._stack = ExitStack()
        self._unfinished = folder / f".{FRAMES_TABLE}.unfinished"

    def __enter__(self) -> Self:
        (self._folder / MASKS).mkdir()
        self._table = self._stack.enter_context(pq.ParquetWriter(self._unfinished, FRAMES))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, frame: ResultFrame) -> None:
        """Write a frame's mask, and keep its rows until there are enough to write.

        Args:
            frame: any order is taken; backwards passes have the later frame first.

        Raises:
            ValueError: the frame was added already, or is of another size.
        """
        mask = self._mask(frame.index)
        if mask.exists():
            raise ValueError(f"frame {frame.index} is written already")
        if frame.labels.shape != self._facts.size:
            raise ValueError(f"labels of {frame.labels.shape}; the film is {self._facts.size}")
        palette_image(frame.labels).save(mask, compress_level=3)
        self._rows += _rows(frame)
        self._in_order &= frame.index > self._last
        self._last = frame.index
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._flush()

    def finish(self, stopped_by: str | None = None) -> int:
        """Write the rest of the table, and at last ``track.json``, which makes the result whole.

        Args:
            stopped_by: what ended the track before the film's end; None where it was tracked whole.

        Returns:
            The number of frames.
        """
        self._flush()
        self._stack.close()
        if not self._in_order:
            keys = [("frame", "ascending"), ("object", "ascending")]
            pq.write_table(pq.read_table(self._unfinished).sort_by(keys), self._unfinished)
        frames: int = pc.count_distinct(pq.read_table(self._unfinished, columns=["frame"])["frame"]).as_py()
        self._unfinished.rename(self._folder / FRAMES_TABLE)
        objects = {str(object_id): name for object_id, name in self._facts.objects.items()}
        about = {"samscope": __version__} | asdict(self._facts) | {"objects": objects, "frames": frames}
        about |= {"complete": stopped_by is None, "stopped_by": stopped_by}
        write_json(self._folder / TRACK_FILE, about)
        return frames

    def _mask(self, index: int) -> Path:
        return self._folder / MASKS / mask_name(index)

    def _flush(self) -> None:
        if self._rows:
            self._table.write_table(pa.Table.from_pylist(self._rows, schema=FRAMES))
            self._rows.clear()


def _rows(frame: ResultFrame) -> Iterator[dict[str, Any]]:
    when = {"frame": frame.index, "number": frame.number, "seconds": frame.seconds}
    if not frame.objects:
        yield when
    for object_id, seen in sorted(frame.objects.items()):
        box = dict(zip(("x0", "y0", "x1", "y1"), seen.box or (), strict=False))
        yield {
            **when,
            "object": object_id,
            "object_score": seen.object_score,
            "predicted_iou": seen.predicted_iou,
            "area": seen.area,
            **box,
        }


@dataclass(frozen=True, eq=False)
class Result:
    """The folder of a tracked film.

    Attributes:
        path: the folder.
        facts: what the film was tracked with.
        stopped_by: what ended the track before the film's end; None where it was tracked whole.
        table: ``FRAMES``.
    """

    path: Path
    facts: TrackFacts
    stopped_by: str | None
    table: pa.Table

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self._rows)

    def __iter__(self) -> Iterator[ResultFrame]:
        """Iterate over the frames in order, without their pixels; masks are read when they are asked for.

        Raises:
            SamscopeError: a mask is missing, damaged, or of another size.
        """
        for index, rows in self._rows.items():
            file = self.path / MASKS / mask_name(index)
            labels = read_mask(file)
            if labels.shape != self.facts.size:
                height, width = self.facts.size
                raise SamscopeError(
                    f"{file}: {labels.shape[1]} x {labels.shape[0]} pixels; expected {width} x {height}; "
                    f"{_REMEDY}"
                )
            objects = {row["object"]: _object(row) for row in rows if row["object"] is not None}
            yield ResultFrame(index, rows[0]["number"], rows[0]["seconds"], labels, objects)

    @cached_property
    def _rows(self) -> dict[int, list[dict[str, Any]]]:
        rows: dict[int, list[dict[str, Any]]] = {}
        for row in self.table.to_pylist():
            rows.setdefault(row["frame"], []).append(row)
        return rows


def _object(row: Mapping[str, Any]) -> TrackedObject:
    box = None if row["x0"] is None else (row["x0"], row["y0"], row["x1"], row["y1"])
    return TrackedObject(row["object_score"], row["predicted_iou"], row["area"], box)


def open_result(path: Path) -> Result:
    """Read the folder of a tracked film.

    Args:
        path: what ``samscope track --out`` names.

    Raises:
        UsageError: it is no such folder.
        SamscopeError: a file in it is missing or damaged.
    """
    require_track(path)
    file = path / TRACK_FILE
    about = read_json(file)
    try:
        height, width = about["size"]
        facts = TrackFacts(
            video=str(about["video"]),
            name=str(about["name"]),
            size=(int(height), int(width)),
            rate=None if about["rate"] is None else float(about["rate"]),
            objects={int(object_id): str(name) for object_id, name in about["objects"].items()},
            reading=dict(about["reading"]),
            model=str(about["model"]),
            memory=about["memory"],
            options=dict(about["options"]),
            prompts=dict(about["prompts"]),
        )
        _check(facts)
        stopped_by = about["stopped_by"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SamscopeError(f"{file}: damaged ({error}); {_REMEDY}") from error
    table = read_table(path / FRAMES_TABLE, FRAMES, _REMEDY)
    if unknown := set(table["object"].to_pylist()) - {None, *facts.objects}:
        raise SamscopeError(
            f"{path / FRAMES_TABLE}: damaged (object {min(unknown)} is not in {TRACK_FILE}); {_REMEDY}"
        )
    return Result(path, facts, stopped_by, table)


def _check(facts: TrackFacts) -> None:
    """Refuse what no result says: files are named after it, and the film is opened by it.

    Raises:
        ValueError: it says so.
    """
    if fault := name_fault(facts.name):
        raise ValueError(f"the name {printable(facts.name)} {fault}")
    if wrong := [object_id for object_id in facts.objects if not 1 <= object_id <= LARGEST_OBJECT_ID]:
        raise ValueError(f"object {wrong[0]}")
    if unknown := facts.reading.keys() - {"start", "end", "every", "max_side"}:
        raise ValueError(f"reading by {printable(str(min(unknown)))}")
    facts.prompted_frames()
