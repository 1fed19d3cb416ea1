import numpy as np
import pytest

from samscope.clips.clip import Draw, Excerpt, Timeline
from samscope.clips.material import load_footage, load_material
from samscope.support.errors import SamscopeError, UsageError
from samscope.videos.video import Collection
from tests.clips.folders import square_collection, square_video

SHORT = Timeline(3, 2, 3)


def draw(source: Excerpt) -> Draw:
    return Draw(0, 1, source, Excerpt("b", 1, 4, 2), (Excerpt("b", 1, 0, 1), Excerpt("a", 1, 3, 1)))


def test_frames_and_masks_are_those_of_the_excerpts() -> None:
    collection = square_collection({"a": 30, "b": 30})
    material = load_material(draw(Excerpt("a", 1, 2, 3)), collection, SHORT)
    for footage, indices in (
        (material.source, range(2, 26, 3)),
        (material.partner, range(4, 20, 2)),
        (material.overlays[0], range(8)),
        (material.overlays[1], range(3, 11)),
    ):
        video = collection[footage.excerpt.video]
        assert len(indices) == 8
        np.testing.assert_array_equal(footage.frames, np.stack([video.frame(index) for index in indices]))
        np.testing.assert_array_equal(
            footage.masks, np.stack([video.labels(index) == 1 for index in indices])
        )
        assert not footage.void.any()


def test_masks_are_those_of_the_object_and_void_is_kept_apart() -> None:
    video = square_video("a", 8)
    for mask in video.masks:
        mask[30:33, 5:9] = 2
        mask[0] = 255
    footage = load_footage(Excerpt("a", 2, 0, 1), Collection("one", (video,)), 8)
    assert np.count_nonzero(footage.masks[0]) == 12
    np.testing.assert_array_equal(np.argwhere(footage.void[3])[:, 0], 0)


@pytest.mark.parametrize("excerpt", [Excerpt("a", 1, 23, 1), Excerpt("a", 1, 0, 5), Excerpt("a", 1, -1, 1)])
def test_frames_past_the_end(excerpt: Excerpt) -> None:
    with pytest.raises(
        UsageError, match=r"a has 30 frames: 8 frames from .* do not fit; start earlier, or shorten"
    ):
        load_footage(excerpt, square_collection({"a": 30}), 8)


def test_unknown_video_and_object() -> None:
    collection = square_collection({"a": 30})
    with pytest.raises(UsageError, match="has no video named 'z'"):
        load_footage(Excerpt("z", 1, 0, 1), collection, 8)
    with pytest.raises(UsageError, match="a has no object 2; its objects are: 1"):
        load_footage(Excerpt("a", 2, 0, 1), collection, 8)


def test_object_that_is_not_on_the_first_frame() -> None:
    video = square_video("a", 30)
    video.masks[5][:] = 0
    collection = Collection("two", (video, square_video("b", 30)))
    load_material(draw(Excerpt("a", 1, 4, 1)), collection, SHORT)
    with pytest.raises(
        SamscopeError, match="a: frame 5, where object 1 would be prompted, shows nothing of it"
    ):
        load_material(draw(Excerpt("a", 1, 5, 1)), collection, SHORT)
