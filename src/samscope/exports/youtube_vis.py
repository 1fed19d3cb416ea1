"""YouTube-VIS' JSON: a video, and an annotation an object with a mask a frame."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from samscope import __version__
from samscope.exports.frame import Add, ResultFrame, TrackFacts
from samscope.exports.names import categories, frame_name
from samscope.exports.rle import rle_encoder, sides


@contextmanager
def youtube_vis(file: Path, facts: TrackFacts) -> Iterator[Add]:
    """Write one JSON file.

    Frames are called ``<name>/00000.jpg``. Where an object is out of sight or not tracked yet, its
    segmentation, box and area are null. ``object_scores`` is what the model gave, a number or null a frame.
    """
    encode = rle_encoder("youtube-vis")
    height, width = facts.size
    category_of, listed = categories(facts)
    file_names: list[str] = []
    tracks: dict[int, dict[str, list[Any]]] = {
        object_id: {"segmentations": [], "bboxes": [], "areas": [], "object_scores": []}
        for object_id in sorted(facts.objects)
    }

    def add(frame: ResultFrame) -> None:
        file_names.append(f"{facts.name}/{frame_name(frame.index)}")
        for object_id, track in tracks.items():
            seen = frame.objects.get(object_id)
            box = None if seen is None else seen.box
            is_shown = seen is not None and box is not None
            track["segmentations"].append(encode(frame.labels == object_id) if is_shown else None)
            track["bboxes"].append(None if box is None else sides(box))
            track["areas"].append(seen.area if seen is not None and is_shown else None)
            track["object_scores"].append(None if seen is None else seen.object_score)

    yield add
    shape = {"height": height, "width": width, "length": len(file_names)}
    annotations = [
        {
            "id": object_id,
            "video_id": 1,
            "category_id": category_of[object_id],
            "iscrowd": 0,
            **shape,
            **track,
        }
        for object_id, track in tracks.items()
    ]
    content = {
        "info": {"description": facts.video, "version": f"samscope {__version__}"},
        "licenses": [],
        "videos": [{"id": 1, "file_names": file_names, **shape}],
        "annotations": annotations,
        "categories": listed,
    }
    file.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")
