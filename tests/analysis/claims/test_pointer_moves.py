from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.claims.limits import NOTICEABLE
from samscope.analysis.claims.pointer_moves import pointer_move_claims
from tests.planted import POINTER_LENGTH, Planted
from tests.planted_claims import CLIPS, answer, bare, evidence, verdict

NAMES = [claim.id for claim in pointer_move_claims()]


def _study(
    *, drift: float = 0.0, anywhere: float = 0.0, after: float = 0.0, wider: float = 1.0, there: bool = True
) -> Planted:
    """Plant pointers that are those of the clean clips but for some shifts.

    Args:
        drift: how far the pointer moves where the object is wholly obscured.
        anywhere: how far it moves wherever the obscuring object is in the frame.
        after: how far it moves from the first frame on which something is covered.
        wider: by what the overlay stretches the pointers.
        there: whether the obscuring object is in the frames that show the whole object.
    """
    study = bare(("clean", "obscuration", "overlay"))
    frames = study.frames.copy()
    hidden = frames["set"] == "obscuration"
    covered = frames["obscured"].astype(float)
    frames["transformed"] = hidden & ((covered > 0) | there)
    begun = (covered > 0).groupby([frames["set"], frames["clip"]]).cummax()
    shift = drift * covered + anywhere * frames["transformed"] + after * begun
    clean = frames.loc[frames["set"] == "clean"].set_index(["clip", "frame"])["object_pointer_ungated"]
    stretch = np.where(frames["set"] == "overlay", wider, 1.0)
    axis = np.eye(POINTER_LENGTH)[2]
    pointers = [
        clean[clip, frame] * by + axis * far
        for clip, frame, by, far in zip(frames["clip"], frames["frame"], stretch, shift, strict=True)
    ]
    frames["object_pointer_ungated"] = pd.Series(pointers, index=frames.index, dtype=object)
    return replace(study, frames=frames)


@pytest.mark.parametrize("name", NAMES)
def test_holds_where_it_was_planted(name: str) -> None:
    assert verdict(name, evidence(_study(drift=5.0, anywhere=2.0, wider=1.3))) == "holds"


@pytest.mark.parametrize("name", NAMES)
def test_fails_where_the_contrary_was_planted(name: str) -> None:
    """The pointer comes back where the most is hidden, and hardly moves where nothing is."""
    contrary = _study(drift=-0.1, anywhere=0.1, wider=0.7)
    assert verdict(name, evidence(contrary)) == "fails"


def _noise() -> Planted:
    """Plant pointers that move by chance, about as far as is noticeable, and clips that spread by chance."""
    study = _study()
    rng = np.random.default_rng(3)
    frames = study.frames.copy()
    step = _step(study)
    farther, wider = rng.uniform(0.2, 1.8, size=CLIPS), np.exp(rng.normal(size=CLIPS) * 0.2)
    moved = []
    for set_name, clip, pointer in zip(
        frames["set"], frames["clip"], frames["object_pointer_ungated"], strict=True
    ):
        direction = rng.normal(size=POINTER_LENGTH)
        far = NOTICEABLE * step * farther[clip] * rng.uniform(0.5, 1.5)
        if set_name == "overlay":
            moved.append(pointer * wider[clip])
        else:
            moved.append(pointer + (set_name != "clean") * far * direction / np.linalg.norm(direction))
    frames["object_pointer_ungated"] = pd.Series(moved, index=frames.index, dtype=object)
    return replace(study, frames=frames)


def _step(study: Planted) -> float:
    """Return how far the clean pointer moves from one frame to the next, on average."""
    clean = study.frames.loc[(study.frames["set"] == "clean") & (study.frames["frame"] > 0)]
    steps = []
    for _, rows in clean.groupby("clip"):
        pointers = np.stack(rows["object_pointer_ungated"].to_list())
        steps.append(np.linalg.norm(np.diff(pointers, axis=0), axis=1))
    return float(np.mean(steps))


@pytest.mark.parametrize("name", NAMES)
def test_noise_is_undecided(name: str) -> None:
    assert verdict(name, evidence(_noise())) == "undecided"


def test_what_memory_alone_keeps_is_no_effect_of_the_object_in_the_frame() -> None:
    study = evidence(_study(after=3.0))
    assert verdict("unobscured-pointers-differ", study) == "holds"
    assert verdict("unobscured-pointers-differ-before", study) == "fails"


def test_the_distance_counts_in_steps_of_the_clean_pointer() -> None:
    study = _study(anywhere=1.5)
    found = answer("unobscured-pointers-differ", evidence(study)).measured
    assert found is not None
    assert found.estimate.value == pytest.approx(1.5 / _step(study), rel=1e-6)
    assert (found.videos, found.clips) == (8, 16)


def test_the_spread_is_a_ratio_of_variances() -> None:
    found = answer("overlay-widens-pointers", evidence(_study(wider=2.0))).measured
    assert found is not None
    assert found.estimate.value == pytest.approx(3.0)


def test_without_the_other_object_in_the_frame_nothing_is_measured() -> None:
    found = answer("unobscured-pointers-differ", evidence(_study(there=False)))
    assert found.verdict == "undecided"
    assert found.reason == "no obscured clip shows the whole object and the obscuring one in a frame"


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_gap_control(name: str) -> None:
    found = answer(name, evidence(_study(drift=5.0)), "gap control")
    assert (found.verdict, found.measured) == (None, None)
    assert found.reason.startswith("no reference has an age")


@pytest.mark.parametrize("name", NAMES)
def test_a_study_of_other_sets_decides_nothing(name: str) -> None:
    found = answer(name, evidence(bare(("interjection",))))
    assert found.verdict == "undecided"
    assert found.reason != ""


@pytest.mark.parametrize("name", NAMES)
def test_a_model_without_pointers_leaves_it_undecided(name: str) -> None:
    study = bare(("clean", "obscuration", "overlay"))
    frames = study.frames.assign(object_pointer=None, object_pointer_ungated=None)
    assert verdict(name, evidence(replace(study, frames=frames))) == "undecided"
