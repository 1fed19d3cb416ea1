"""COCO's JSON of instances: an image a frame, an annotation a mask."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from samscope import __version__
from samscope.exports.frame import Add, ResultFrame, TrackFacts
from samscope.exports.names import categories, frame_name
from samscope.exports.rle import Rle, rle_encoder, sides


@contextmanager
def coco(file: Path, facts: TrackFacts) -> Iterator[Add]:
    """Write one JSON file.

    An image is called as ``--to frames`` writes it, and has the film's ``frame_number`` and ``seconds``
    beside. Objects of one name are one category; ``track_id`` is the object's id. Each mask that is not empty
    has its RLE, area and box, and as ``object_score`` and ``predicted_iou`` what the model gave.
    """
    encode = rle_encoder("coco")
    height, width = facts.size
    category_of, listed = categories(facts)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []

    def add(frame: ResultFrame) -> None:
        images.append(
            {
                "id": frame.index,
                "file_name": frame_name(frame.index),
                "height": height,
                "width": width,
                "frame_number": frame.number,
                "seconds": frame.seconds,
            }
        )
        for object_id, seen in sorted(frame.objects.items()):
            if seen.box is None:
                continue
            rle: Rle = encode(frame.labels == object_id)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": frame.index,
                    "category_id": category_of[object_id],
                    "track_id": object_id,
                    "segmentation": rle,
                    "area": seen.area,
                    "bbox": sides(seen.box),
                    "iscrowd": 0,
                    "object_score": seen.object_score,
                    "predicted_iou": seen.predicted_iou,
                }
            )

    yield add
    content = {
        "info": {"description": facts.video, "version": f"samscope {__version__}"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": listed,
    }
    file.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")
