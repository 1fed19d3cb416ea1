from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, parse

import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.exports.frame import ResultFrame, TrackFacts
from tests.exports.conftest import LENGTH
from tests.exports.writing import write


def test_masks_are_tracks_of_one_frame(out: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    write("cvat", out, facts, frames)
    root = parse(out).getroot()  # noqa: S314 - written above
    read = {frame.index: np.zeros(facts.size, dtype=np.uint8) for frame in frames}
    tracks = root.findall("track")
    assert [track.get("id") for track in tracks] == [str(number) for number in range(len(tracks))]
    for track in tracks:
        object_id = int(track.attrib["group_id"])
        assert track.get("label") == facts.objects[object_id]
        (mask,) = track
        index = int(mask.attrib["frame"])
        assert (mask.get("keyframe"), mask.get("outside")) == ("1", "0")
        read[index][placed(mask, facts.size)] = object_id
        (score,) = mask
        assert float(score.text or "") == frames[index].objects[object_id].object_score
    for frame in frames:
        np.testing.assert_array_equal(read[frame.index], frame.labels)


def placed(mask: Element, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Decode a mask as CVAT's manual says: runs row by row within its box, from the left upper corner."""
    left, top, width, height = (int(mask.attrib[name]) for name in ("left", "top", "width", "height"))
    runs = [int(run) for run in mask.attrib["rle"].split(",")]
    pixels = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)
    whole = np.zeros(size, dtype=bool)
    whole[top : top + height, left : left + width] = pixels
    return whole


def test_the_task_is_described(out: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    write("cvat", out, replace(facts, objects={1: "a <duck> & \x1b", 7: "boat"}), frames)
    root = parse(out).getroot()  # noqa: S314
    assert [child.tag for child in root][:2] == ["version", "meta"]
    task = root.find("meta/task")
    assert task is not None
    assert task.findtext("size") == str(LENGTH)
    assert task.findtext("mode") == "interpolation"
    assert [label.findtext("name") for label in task.iter("label")] == [r"a <duck> & \x1b", "boat"]
    assert (task.findtext("original_size/height"), task.findtext("original_size/width")) == ("45", "63")


@pytest.mark.filterwarnings("ignore")  # datumaro's own
def test_datumaro_reads_the_masks(
    out: Path, tmp_path: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    """Datumaro takes masks of images alone, not of tracks: each one is handed to it in its frame's image."""
    datumaro = pytest.importorskip("datumaro", reason="datumaro is not installed")
    write("cvat", out, facts, frames)
    write("frames", tmp_path / "images", facts, frames)
    root = parse(out).getroot()  # noqa: S314
    height, width = (str(side) for side in facts.size)
    images = {
        frame.index: Element(
            "image", id=str(frame.index), name=f"{frame.index:05d}.jpg", width=width, height=height
        )
        for frame in frames
    }
    for track in root.findall("track"):
        root.remove(track)
        mask = SubElement(images[int(track[0].attrib["frame"])], "mask", track[0].attrib)
        mask.set("label", track.attrib["label"])
        mask.set("group_id", track.attrib["group_id"])
    root.extend(images.values())
    as_images = tmp_path / "as_images.xml"
    ElementTree(root).write(as_images)
    read = datumaro.Dataset.import_from(str(as_images), "cvat")
    assert [label.name for label in read.categories()[datumaro.AnnotationType.label]] == ["duck", "boat"]
    items = {int(item.attributes["frame"]): item for item in read}
    assert sorted(items) == [frame.index for frame in frames]
    for frame in frames:
        labels = np.zeros(facts.size, dtype=np.uint8)
        for annotation in items[frame.index].annotations:
            labels[np.asarray(annotation.image, dtype=bool)] = annotation.group
        np.testing.assert_array_equal(labels, frame.labels)
