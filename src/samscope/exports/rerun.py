"""Recordings for Rerun's viewer: frames, masks and boxes, and scores as curves, on one timeline."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from samscope.exports.frame import Add, ResultFrame, TrackFacts
from samscope.exports.tools import tool
from samscope.support.object_colours import object_colour
from samscope.support.printable import printable

GROUND = (0, "ground", (0, 0, 0, 0))
"""The class of pixels that are no object's: nothing is drawn on them."""

TIMELINE = "frame"
"""The only timeline: frames from 0."""

_JPEG_QUALITY = 90
_PIPED = 2**20
"""Bytes that are taken from Rerun at a time."""


@contextmanager
def rerun(file: Path, facts: TrackFacts) -> Iterator[Add]:
    """Write an ``.rrd`` file.

    ``film`` is the frame, ``film/masks`` and ``film/boxes`` what was tracked on it; ``object_score/<id>`` and
    ``predicted_iou/<id>`` are curves, and ``events`` says when an object went out of sight and came back.
    """
    rr = tool("rerun", "rerun-sdk", "rerun")
    with recording(file, facts.name, _views(facts)) as log:
        classes = {
            object_id: (object_id, f"{object_id} {printable(name)}", object_colour(place))
            for place, (object_id, name) in enumerate(sorted(facts.objects.items()))
        }
        log(None, {"film": rr.AnnotationContext([GROUND, *classes.values()])})
        for object_id, label, colour in classes.values():
            for curve in ("object_score", "predicted_iou"):
                log(None, {f"{curve}/{object_id}": rr.SeriesLines(names=[label], colors=[colour])})
        absent: dict[int, bool] = {}

        def add(frame: ResultFrame) -> None:
            boxed = {object_id: seen for object_id, seen in frame.objects.items() if seen.box is not None}
            boxes = rr.Boxes2D(
                array=[seen.box for seen in boxed.values()],
                array_format=rr.Box2DFormat.XYXY,
                class_ids=list(boxed),
            )
            content = {
                "film/masks": rr.SegmentationImage(frame.labels),
                "film/boxes": boxes if boxed else rr.Clear(recursive=False),
            }
            if frame.pixels is not None:
                content["film"] = rr.Image(frame.pixels).compress(jpeg_quality=_JPEG_QUALITY)
            for object_id, seen in sorted(frame.objects.items()):
                if seen.object_score is not None:
                    content[f"object_score/{object_id}"] = rr.Scalars(seen.object_score)
                if seen.predicted_iou is not None:
                    content[f"predicted_iou/{object_id}"] = rr.Scalars(seen.predicted_iou)
                if seen.absent != absent.get(object_id, False):
                    event = "absent" if seen.absent else "back"
                    content[f"events/{object_id}"] = rr.TextLog(f"{classes[object_id][1]}: {event}")
                absent[object_id] = seen.absent
            log(frame.index, content)

        yield add


def _views(facts: TrackFacts) -> Any:
    """Return how the viewer lays a film out: the film beside its curves and events."""
    rrb = tool("rerun.blueprint", "rerun-sdk", "rerun")
    curves = [
        rrb.TimeSeriesView(origin=f"/{curve}", name=title)
        for curve, title in (("object_score", "object score"), ("predicted_iou", "predicted IoU"))
    ]
    return rrb.Horizontal(
        rrb.Spatial2DView(origin="/film", name=printable(facts.name)),
        rrb.Vertical(*curves, rrb.TextLogView(origin="/events", name="events")),
        column_shares=[3, 2],
    )


@contextmanager
def recording(file: Path, name: str, views: Any) -> Iterator[Callable[[int | None, Mapping[str, Any]], None]]:
    """Give what writes into a recording.

    Args:
        file: an ``.rrd`` file.
        name: of the recording.
        views: how the viewer lays it out.

    Yields:
        A function of the frame, None for what holds on all of them, and of Rerun's archetypes by entity.

    Raises:
        UsageError: rerun-sdk is not installed.
        OSError: the disk refuses what is written.
    """
    rr = tool("rerun", "rerun-sdk", "rerun")
    with _written(file) as (pipe, require_written):
        stream = rr.RecordingStream("samscope", recording_id=name, send_properties=False)
        stream.set_log_time_enabled(False)
        stream.set_log_tick_enabled(False)
        blueprint = tool("rerun.blueprint", "rerun-sdk", "rerun").Blueprint(views, collapse_panels=True)
        stream.save(pipe, default_blueprint=blueprint)
        stream.send_recording_name(name)

        def log(frame: int | None, content: Mapping[str, Any]) -> None:
            require_written()
            if frame is not None:
                stream.set_time(TIMELINE, sequence=frame)
            for entity, archetype in content.items():
                stream.log(entity, archetype, static=frame is None)

        try:
            yield log
        finally:
            stream.disconnect()


@contextmanager
def _written(file: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """Give a pipe whose content goes into a file, and a function that raises what the disk has refused.

    Rerun writes a file in a thread of its own, tells nobody of a full disk, and then may never end.

    Raises:
        OSError: the disk has refused something, which is raised at the end in any case.
    """
    refused: list[OSError] = []

    def take() -> None:
        with pipe.open("rb") as source, file.open("wb", buffering=0) as target:
            while content := memoryview(source.read(_PIPED)):
                try:
                    while content and not refused:
                        content = content[target.write(content) :]
                except OSError as error:
                    refused.append(error)

    def require_written() -> None:
        if refused:
            raise refused[0]

    with TemporaryDirectory(prefix="samscope-rerun-") as folder:
        pipe = Path(folder) / "recording.rrd"
        os.mkfifo(pipe)
        taking = threading.Thread(target=take, name="recording", daemon=True)
        taking.start()
        yield pipe, require_written
        taking.join()
    require_written()
