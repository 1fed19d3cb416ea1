from pathlib import Path

import numpy as np
import pytest

from samscope.clips.davis import read_collection
from samscope.training.batches import PromptKind
from samscope.training.sequences import score_sequences
from tests.small_model import small_model


@pytest.mark.parametrize("prompt", list(PromptKind))
def test_every_frame_after_the_prompt_is_scored(prompt: PromptKind, material: Path) -> None:
    collection = read_collection(material / "davis_train")
    scores = score_sequences(small_model(), collection, frames=4, prompt=prompt)

    assert [score.video for score in scores] == list(collection)
    for score in scores:
        assert score.overlap.shape == score.copied.shape == score.object_score.shape == (3,)
        assert ((score.overlap >= 0) & (score.overlap <= 1)).all()
        assert (np.diff(score.copied) < 0).all()  # the made-up object moves away from where it was


def test_short_videos_end_where_they_end(material: Path) -> None:
    scores = score_sequences(small_model(), read_collection(material / "davis_train"), frames=50)

    assert {len(score.overlap) for score in scores} == {5}
