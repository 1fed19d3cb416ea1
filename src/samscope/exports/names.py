"""What frames and kinds of objects are called in other tools' formats."""

from typing import Any

from samscope.exports.frame import TrackFacts


def frame_name(index: int) -> str:
    """Return the file name of a frame's picture, as ``--to frames`` writes it: ``00000.jpg``."""
    return f"{index:05d}.jpg"


def categories(facts: TrackFacts) -> tuple[dict[int, int], list[dict[str, Any]]]:
    """Return the category of each object by its id, and the categories as COCO lists them.

    Objects of one name are of one category; they are numbered from 1 in the order of the objects' ids.
    """
    names = list(dict.fromkeys(facts.objects[object_id] for object_id in sorted(facts.objects)))
    numbers = {name: number for number, name in enumerate(names, start=1)}
    listed = [{"id": number, "name": name, "supercategory": "object"} for name, number in numbers.items()]
    return {object_id: numbers[name] for object_id, name in facts.objects.items()}, listed
