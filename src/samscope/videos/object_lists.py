"""What ``meta.json`` of YouTube-VOS and LVOS says of a video's objects: what they are, where they begin."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from samscope.support.errors import SamscopeError
from samscope.videos.place import Place
from samscope.videos.video import VOID

META_FILES = ("meta.json", "train_meta.json", "val_meta.json", "valid_meta.json", "test_meta.json")
"""Names of the file: YouTube-VOS' and those of LVOS."""


@dataclass(frozen=True)
class ListedObjects:
    """The objects of a video by its list.

    Attributes:
        categories: what they are, by id: ``penguin``; empty where the list does not say it.
        begins: stems of the frames on which they are first seen, by id.
    """

    categories: Mapping[int, str] = field(default_factory=dict)
    begins: Mapping[int, str] = field(default_factory=dict)


def listed_objects(place: Place) -> Mapping[str, ListedObjects]:
    """Return what the list of a place says, by the names of videos; nothing where there is no list.

    Raises:
        SamscopeError: a list cannot be read, or is no such list.
    """
    lists = sorted(set(place.names("")) & set(META_FILES))
    listed: dict[str, ListedObjects] = {}
    for name in lists:
        try:
            videos = json.loads(place.read(name))["videos"]
            listed |= {video: _objects(entry["objects"]) for video, entry in videos.items()}
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise SamscopeError(
                f"{place.shown(name)}: not a list of the objects of videos ({error}); expected that of "
                "YouTube-VOS or LVOS: take it from the data set again, or out"
            ) from error
    return listed


def _objects(objects: Mapping[str, Mapping[str, Any]]) -> ListedObjects:
    categories, begins = {}, {}
    for text, entry in objects.items():
        number = int(text)
        if not 0 < number < VOID:
            raise ValueError(f"an object of the id {number}")
        if isinstance(entry.get("category"), str):
            categories[number] = entry["category"]
        frames = entry.get("frames") or [entry.get("frame_range", {}).get("start")]
        if isinstance(frames[0], str):
            begins[number] = frames[0]
    return ListedObjects(categories, begins)
