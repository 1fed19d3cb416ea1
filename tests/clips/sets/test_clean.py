import numpy as np

from samscope.clips.clip import SetName
from samscope.clips.sets import make_clip
from tests.clips.sets.scenes import TIMELINE, material


def test_clean_is_the_source() -> None:
    drawn = material()
    clip = make_clip("clean", drawn, TIMELINE)
    assert np.array_equal(clip.frames, drawn.source.frames)
    assert np.array_equal(clip.masks, drawn.source.masks)
    assert np.array_equal(clip.amodal_masks, drawn.source.masks)
    assert clip.present.all()
    assert not clip.transformed.any()
    assert not clip.obscured.any()


def test_prefixes_are_shared_with_interjection_and_context_removal() -> None:
    drawn = material()
    clean = make_clip("clean", drawn, TIMELINE)
    names: tuple[SetName, ...] = ("interjection", "context_removal")
    for set_name in names:
        clip = make_clip(set_name, drawn, TIMELINE)
        assert np.array_equal(clip.frames[:12], clean.frames[:12])
        assert np.array_equal(clip.masks[:12], clean.masks[:12])
        assert clip.origins[:12] == clean.origins[:12]
