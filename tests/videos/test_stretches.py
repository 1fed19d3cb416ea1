import numpy as np
import pytest

from samscope.videos.stretches import Stretch, labelled_throughout, longest_run
from samscope.videos.video import Collection
from tests.clips.folders import ArrayVideo, square_video


@pytest.mark.parametrize(
    ("labelled", "run"),
    [
        ((), range(0)),
        ((3,), range(3, 4)),
        ((2, 7), range(2, 8, 5)),
        ((0, 4, 8, 12), range(0, 13, 4)),
        ((0, 4, 8, 9, 10, 11, 12), range(8, 13)),
        ((0, 1, 2, 5, 6, 7), range(3)),
        (range(3, 9), range(3, 9)),
    ],
)
def test_the_longest_run_at_even_distances(labelled: tuple[int, ...], run: range) -> None:
    assert list(longest_run(labelled)) == list(run)


class HalfLabelled(ArrayVideo):
    def labelled_indices(self) -> range:
        return range(1, len(self), 2)


def test_a_stretch_is_a_video_of_its_frames() -> None:
    plain = square_video("plain", 9)
    half = HalfLabelled("half", plain.frames, plain.masks, [])
    collection = labelled_throughout(Collection("both", (plain, half), {"third": "damaged"}, "val.txt"))
    assert collection["plain"] is plain
    assert (collection.left_out, collection.list_read) == ({"third": "damaged"}, "val.txt")
    stretch = collection["half"]
    assert isinstance(stretch, Stretch)
    assert (len(stretch), stretch.size, stretch.object_ids) == (4, plain.size, plain.object_ids)
    assert np.array_equal(stretch.frame(2), plain.frames[5])
    assert np.array_equal(stretch.labels(2), plain.masks[5])
    assert all(map(np.array_equal, stretch.frames_at([0, 3]), plain.frames[1::6]))
    assert np.array_equal(stretch.mask_of(1, 1), plain.masks[3] == 1)
    assert stretch.said() == "4 of 9 frames have labels; taken are 4 of them, 2 apart"
