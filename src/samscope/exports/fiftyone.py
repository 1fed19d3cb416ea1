"""A dataset that FiftyOne imports: the film, and its objects as labels of frames."""

import base64
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.exports.film import encoder
from samscope.exports.frame import Add, Box, ResultFrame, TrackedObject, TrackFacts
from samscope.exports.frames import required_pixels
from samscope.exports.runs import within


@contextmanager
def fiftyone(folder: Path, facts: TrackFacts) -> Iterator[Add]:
    """Write a folder of FiftyOne's type ``FiftyOneVideoLabelsDataset``; FiftyOne itself is not needed for it.

    The film is ``data/<name>.mp4``, its labels are ``labels/<name>.json`` in ETA's layout. They become
    ``Detections`` named ``objects`` on its frames: ``index`` is the object's id, with box, instance mask, the
    predicted IoU as ``confidence``, and ``object_score``. An object that is out of sight has none.
    """
    film, labels = Path("data", f"{facts.name}.mp4"), Path("labels", f"{facts.name}.json")
    for path in (film, labels):
        (folder / path).parent.mkdir(parents=True)
    frames: dict[str, Any] = {}
    with encoder(folder / film, facts, "fiftyone") as write:

        def add(frame: ResultFrame) -> None:
            write(required_pixels(frame), frame)
            number = len(frames) + 1
            objects = [
                _detection(facts.objects[object_id], frame, object_id, seen, seen.box)
                for object_id, seen in sorted(frame.objects.items())
                if seen.box is not None
            ]
            frames[str(number)] = {"frame_number": number, "objects": {"objects": objects}}

        yield add
    (folder / labels).write_text(json.dumps({"frames": frames}, allow_nan=False), encoding="utf-8")
    manifest = {
        "type": "eta.core.datasets.labeled_datasets.LabeledVideoDataset",
        "description": facts.video,
        "index": [{"data": film.as_posix(), "labels": labels.as_posix()}],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _detection(
    name: str, frame: ResultFrame, object_id: int, seen: TrackedObject, box: Box
) -> dict[str, Any]:
    """Return an object on a frame as ETA has it: a box in shares of the picture, and the mask within it."""
    height, width = frame.labels.shape
    x_min, y_min, x_max, y_max = box
    attributes = []
    if seen.object_score is not None:
        kind = "eta.core.data.NumericAttribute"
        attributes.append({"type": kind, "name": "object_score", "value": seen.object_score})
    return {
        "type": "eta.core.objects.DetectedObject",
        "label": name,
        "name": "objects",
        "index": object_id,
        "bounding_box": {
            "top_left": {"x": x_min / width, "y": y_min / height},
            "bottom_right": {"x": x_max / width, "y": y_max / height},
        },
        "mask": _packed(within(frame.labels, object_id, box)),
        **({} if seen.predicted_iou is None else {"confidence": seen.predicted_iou}),
        "attrs": {"attrs": attributes},
    }


def _packed(mask: NDArray[np.bool_]) -> str:
    """Return a mask as ETA has arrays in JSON: numpy's own file, compressed, in base64."""
    buffer = io.BytesIO()
    np.save(buffer, mask, allow_pickle=False)
    return base64.b64encode(zlib.compress(buffer.getvalue())).decode("ascii")
