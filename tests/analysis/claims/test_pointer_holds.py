from dataclasses import replace
from functools import cache
from typing import Literal

import numpy as np
import pytest

from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.pointer_holds import pointer_hold_claims
from samscope.analysis.pointers.decoding import PERMUTED, Reading, decode_pointers
from samscope.analysis.pointers.frames import TARGETS
from tests.moving_boxes import Holds, moving_boxes, ridge_decoded
from tests.planted_claims import answer, evidence, verdict

NAMES = [claim.id for claim in pointer_hold_claims()]
LEADS = [name for name in NAMES if "lead" in name]
CARRIED = [name for name in NAMES if name not in LEADS]
BOX = [name for name in CARRIED if name != "pointer-carries-velocity"]
EIGHT = tuple(f"video {number}" for number in range(8))
MLP = Reading("mlp", "object_pointer_ungated", "pointer")


@cache
def _reading(*, gain: float = 1.0, lead: float = 0.0, decoder: Literal["mlp", "ridge"] = "mlp") -> Evidence:
    """Plant what a decoder says.

    Args:
        gain: how far it follows every target from the mean of the training frames: 1 the truth, 0 the mean.
        lead: by how many frames the centre is ahead.
        decoder: which one says it.
    """
    study = moving_boxes(clips=16, videos=EIGHT)
    decoding = ridge_decoded(study)
    mean, truth = decoding.baselines["mean"], decoding.frames.truth
    estimate = mean + gain * (truth - mean)
    centre = truth[:, TARGETS["centre"]]
    velocity = (centre[decoding.frames.after] - centre[decoding.frames.before]) / 2
    estimate[:, TARGETS["centre"]] += lead * velocity
    permuted = mean + 0.3 * np.random.default_rng(0).normal(size=mean.shape) * np.nanstd(truth, axis=0)
    readings = {replace(MLP, decoder=decoder): estimate, PERMUTED: permuted}
    return evidence(study, replace(decoding, readings=readings))


@pytest.mark.parametrize("name", NAMES)
def test_holds_where_it_was_planted(name: str) -> None:
    assert verdict(name, _reading(gain=0.9, lead=1.0)) == "holds"


@pytest.mark.parametrize("name", LEADS)
def test_a_lead_fails_where_the_centre_lags(name: str) -> None:
    assert verdict(name, _reading(gain=0.9, lead=-1.0)) == "fails"


@pytest.mark.parametrize("name", CARRIED)
def test_what_is_read_worse_than_by_a_decoder_taught_with_permuted_pointers_is_undecided(name: str) -> None:
    found = answer(name, _reading(gain=-1.0))
    assert found.measured is not None
    assert found.measured.estimate.high < 0
    assert (found.verdict, found.reason) == (
        "undecided",
        "that a decoder reads nothing with these videos does not show that the pointer tells nothing",
    )


@pytest.mark.parametrize(
    ("holds", "videos", "expected"),
    [
        ("box", 8, {"pointer-carries-box": "holds", "pointer-carries-position": "holds"}),
        ("box", 14, dict.fromkeys(BOX, "holds")),
        ("nothing", 8, dict.fromkeys(CARRIED, "undecided")),
    ],
)
def test_what_planted_pointers_hold_is_decoded_from_them(
    holds: Holds, videos: int, expected: dict[str, str]
) -> None:
    """Eight videos are enough for what varies within them; each of them has but two sizes."""
    study = moving_boxes(holds, clips=2 * videos, videos=tuple(f"video {of}" for of in range(videos)))
    found = evidence(study, decode_pointers(study.clips, study.frames, [MLP, PERMUTED]))
    assert {name: verdict(name, found) for name in expected} == expected


@pytest.mark.parametrize("name", LEADS)
def test_a_centre_without_a_lead_is_undecided(name: str) -> None:
    study = moving_boxes(clips=16, videos=EIGHT)
    decoding = ridge_decoded(study)
    truth = decoding.frames.truth
    noise = np.random.default_rng(1).normal(size=truth.shape) * 0.01
    found = evidence(study, replace(decoding, readings={MLP: truth + noise}))
    assert verdict(name, found) == "undecided"


@pytest.mark.parametrize("name", LEADS)
def test_centres_that_do_not_follow_the_object_have_no_lead(name: str) -> None:
    found = answer(name, _reading(gain=0.0, lead=1.0))
    assert found.verdict == "undecided"
    assert found.reason == "the decoded centre does not surely follow the object"


def test_only_the_papers_decoder_counts() -> None:
    for name in NAMES:
        found = answer(name, _reading(decoder="ridge"))
        assert (found.verdict, found.reason) == ("undecided", "nothing was decoded by the mlp")


def test_the_lead_counts_in_frames_of_motion() -> None:
    found = answer("decoded-centres-lead-at-position", _reading(lead=1.5)).measured
    assert found is not None
    assert found.estimate.value == pytest.approx(1.5, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_gap_control(name: str) -> None:
    found = answer(name, _reading(), "gap control")
    assert (found.verdict, found.measured) == (None, None)
    assert found.reason.startswith("a decoder sees one pointer")


def test_one_video_decides_nothing() -> None:
    study = moving_boxes(clips=2, videos=["goat"])
    decoding = ridge_decoded(study)
    (estimate,) = decoding.readings.values()
    found = evidence(study, replace(decoding, readings={MLP: estimate}))
    assert {verdict(name, found) for name in NAMES} == {"undecided"}
