"""Videos with several objects, for tests of the evaluation."""

import numpy as np

from tests.clips.folders import Arrays, ArrayVideo

SIZE = (48, 64)


def several_objects(frames: int = 6) -> tuple[Arrays, Arrays]:
    """Return frames and labels: object 1 moves right, 2 is gone from the fourth frame on, 3 comes second.

    The last row is void.
    """
    pictures, labels = [], []
    for index in range(frames):
        label = np.zeros(SIZE, np.uint8)
        label[8:20, 4 + 2 * index : 16 + 2 * index] = 1
        if index < 3:
            label[28:40, 40:52] = 2
        if index > 0:
            label[28:40, 8:20] = 3
        label[-1] = 255
        picture = np.full((*SIZE, 3), 60, np.uint8)
        for object_id, colour in ((1, (220, 40, 40)), (2, (40, 220, 40)), (3, (40, 40, 220))):
            picture[label == object_id] = colour
        pictures.append(picture)
        labels.append(label)
    return pictures, labels


def several_objects_video(name: str = "several", frames: int = 6) -> ArrayVideo:
    return ArrayVideo(name, *several_objects(frames), [])
