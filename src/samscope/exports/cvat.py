"""Annotations as CVAT reads them: its XML "CVAT for video 1.1"."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from samscope.exports.frame import Add, ResultFrame, TrackFacts
from samscope.exports.rle import sides
from samscope.exports.runs import row_runs, within
from samscope.support.printable import printable


@contextmanager
def cvat(file: Path, facts: TrackFacts) -> Iterator[Add]:
    """Write one XML file, to be uploaded as annotations of a task of the same frames.

    CVAT has no tracks of masks: what it writes for a mask in a film, and all that it reads of one, is a track
    of a single frame. So each mask is one, and those of an object share its id as ``group_id``. The attribute
    ``object_score`` holds what the model gave.
    """
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    meta = SubElement(root, "meta")
    length = 0

    def add(frame: ResultFrame) -> None:
        nonlocal length
        length += 1
        for object_id, seen in sorted(frame.objects.items()):
            if seen.box is None:
                continue
            label, number = printable(facts.objects[object_id]), str(len(root) - 2)
            track = SubElement(root, "track", id=number, label=label, source="auto", group_id=str(object_id))
            x, y, width, height = sides(seen.box)
            mask = SubElement(
                track,
                "mask",
                frame=str(frame.index),
                keyframe="1",
                outside="0",
                occluded="0",
                rle=", ".join(map(str, row_runs(within(frame.labels, object_id, seen.box)))),
                left=str(x),
                top=str(y),
                width=str(width),
                height=str(height),
                z_order="0",
            )
            if seen.object_score is not None:
                SubElement(mask, "attribute", name="object_score").text = f"{seen.object_score:.4f}"

    yield add
    _describe(SubElement(meta, "task"), facts, length)
    indent(root, " ")
    ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _describe(task: Element, facts: TrackFacts, length: int) -> None:
    """Say what the task is: its name, its frames, and its labels with their attribute."""
    texts = {
        "name": facts.name,
        "size": str(length),
        "mode": "interpolation",
        "overlap": "0",
        "start_frame": "0",
        "stop_frame": str(max(0, length - 1)),
        "frame_filter": "",
    }
    for tag, text in texts.items():
        SubElement(task, tag).text = printable(text)
    labels = SubElement(task, "labels")
    for name in dict.fromkeys(facts.objects[object_id] for object_id in sorted(facts.objects)):
        label = SubElement(labels, "label")
        SubElement(label, "name").text = printable(name)
        SubElement(label, "type").text = "mask"
        attribute = SubElement(SubElement(label, "attributes"), "attribute")
        values = {"name": "object_score", "mutable": "True", "input_type": "text", "default_value": ""}
        for tag, text in (values | {"values": ""}).items():
            SubElement(attribute, tag).text = text
    size = SubElement(task, "original_size")
    SubElement(size, "width").text = str(facts.size[1])
    SubElement(size, "height").text = str(facts.size[0])
