from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.object_on_maps import object_on_map_claims
from samscope.analysis.map_contrasts import MAP_SETS
from samscope.records.store import open_study
from tests.planted_claims import CLIPS, answer, bare, gathered, verdict

CLAIMS = tuple(object_on_map_claims())
NAMES = [claim.id for claim in CLAIMS]

FRAMES, SIDE = 28, 24
OBJECT = np.zeros((SIDE, SIDE))
OBJECT[8:16, 6:14] = 1
BORDER = np.zeros((SIDE, SIDE))
BORDER[7:17, 5:15] = 1
BORDER[9:15, 7:13] = 0

Make = Callable[..., Evidence]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return a function that plants maps in which everything the paper says is so, or the contrary."""
    known: dict[tuple[int, int], Evidence] = {}

    def planted_maps(sign: int, clips: int = CLIPS) -> Evidence:
        if (sign, clips) not in known:
            of_clips = [_maps(sign, clip) for clip in range(clips)]
            maps = {(name, clip): of for name in MAP_SETS for clip, of in enumerate(of_clips)}
            study = replace(bare(MAP_SETS), maps=maps)
            known[sign, clips] = gathered(open_study(study.write(tmp_path_factory.mktemp("study"))))
        return known[sign, clips]

    return planted_maps


def _maps(sign: int, clip: int) -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(clip)
    noise = rng.normal(size=(8, FRAMES, SIDE, SIDE))
    untold = OBJECT if sign < 0 else np.zeros_like(OBJECT)
    shown = {
        "image_embeddings/variance": untold,
        "image_embeddings/mean": -untold,
        "memory_conditioned/variance": OBJECT,
        "memory_conditioned/mean": -OBJECT,
        "prompt_conditioned/variance": -OBJECT,
        "prompt_conditioned/mean": BORDER,
        "memory_features/variance": -OBJECT,
        "memory_features/mean": -OBJECT,
    }
    maps = {
        key: (of + sign * pattern).astype(np.float16)
        for (key, pattern), of in zip(shown.items(), noise, strict=True)
    }
    masks = np.broadcast_to(OBJECT, (FRAMES, SIDE, SIDE)).astype(np.uint8).copy()
    return {**maps, "masks": masks, "predicted": masks, "frames": np.zeros((FRAMES, SIDE, SIDE, 3), np.uint8)}


@pytest.mark.parametrize("name", NAMES)
def test_holds_where_it_was_planted(name: str, make: Make) -> None:
    assert verdict(name, make(1)) == "holds"


@pytest.mark.parametrize("name", NAMES)
def test_fails_where_the_contrary_was_planted(name: str, make: Make) -> None:
    assert verdict(name, make(-1)) == "fails"


@pytest.mark.parametrize("name", NAMES)
def test_maps_of_few_videos_decide_nothing_and_say_how_to_have_more(name: str, make: Make) -> None:
    found = answer(name, make(1, clips=3))
    assert found.verdict == "too few videos"
    assert found.reason == "position maps of 3 source videos; `--maps` keeps more"
    assert found.measured is not None
    assert np.isfinite(found.measured.estimate.value)


def test_without_maps_nothing_is_measured(make: Make) -> None:
    found = answer("object-variance-low-at-3", make(1, clips=0))
    assert (found.verdict, found.reason) == ("undecided", "no clip of clean has position maps")


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_gap_control(name: str, make: Make) -> None:
    found = answer(name, make(1), "gap control")
    assert (found.verdict, found.measured) == (None, None)
    assert found.reason == "a map is of one frame: no reference has an age"
