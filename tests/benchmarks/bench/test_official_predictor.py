import sys

import numpy as np
import pytest

from benchmarks.bench.contenders import at_the_start, together
from benchmarks.bench.official_predictor import OFFICIAL_PARTS, OfficialPredictor
from benchmarks.bench.stages import timed_stages
from samscope.clips.clip import Timeline
from samscope.support.errors import UsageError
from samscope.trackers.sam2.built_in import RANDOM_MODELS
from samscope.trackers.sam2.loading import load_as_library, load_model
from tests.observation.fakes import fake_clip
from tests.small_model import small_model


def test_only_released_models_are_known() -> None:
    with pytest.raises(UsageError, match="none of the released models at 1024"):
        OfficialPredictor(small_model())


def test_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sam2", None)
    with pytest.raises(UsageError, match="the package sam2 is not installed; install it"):
        OfficialPredictor(load_as_library(RANDOM_MODELS[0]))


@pytest.mark.slow
def test_it_tracks_with_the_same_weights_to_the_same_masks() -> None:
    pytest.importorskip("sam2", reason="the official package is not installed")
    clip = fake_clip(timeline=Timeline(2, 1, 1))
    network, modules, track = at_the_start(load_as_library(RANDOM_MODELS[0]), "official")
    with timed_stages(network, modules) as stages:
        (masks,) = track([clip])
    (expected,) = together(load_model(RANDOM_MODELS[0], mode="exact"), [clip])
    assert np.mean(masks == expected) > 0.999
    assert stages.calls == dict.fromkeys(OFFICIAL_PARTS, 4) | {"memory attention": 3}
    assert stages.tokens == [4100, 8200, 12300]
