from dataclasses import replace
from functools import cache
from typing import Literal

import pytest

from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.pointer_holds import pointer_hold_claims
from samscope.analysis.pointers.decoding import Reading, decode_pointers
from samscope.analysis.pointers.frames import TARGETS
from tests.moving_boxes import Holds, moving_boxes, ridge_decoded
from tests.planted_claims import answer, evidence, verdict

NAMES = [claim.id for claim in pointer_hold_claims()]
LEADS = [name for name in NAMES if "lead" in name]
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
    return evidence(study, replace(decoding, readings={replace(MLP, decoder=decoder): estimate}))


@pytest.mark.parametrize("name", NAMES)
def test_holds_where_it_was_planted(name: str) -> None:
    assert verdict(name, _reading(gain=0.9, lead=1.0)) == "holds"


@pytest.mark.parametrize("name", NAMES)
def test_fails_where_the_contrary_was_planted(name: str) -> None:
    contrary = _reading(gain=0.9, lead=-1.0) if name in LEADS else _reading(gain=-1.0)
    assert verdict(name, contrary) == "fails"


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        (
            "box",
            {
                "pointer-carries-box": "holds",
                "pointer-carries-position": "holds",
                "pointer-carries-size": "holds",
            },
        ),
        ("nothing", {"pointer-carries-position": "fails", "pointer-carries-velocity": "fails"}),
    ],
)
def test_what_planted_pointers_hold_is_decoded_from_them(holds: Holds, expected: dict[str, str]) -> None:
    study = moving_boxes(holds, clips=28, videos=tuple(f"video {number}" for number in range(14)))
    found = evidence(study, decode_pointers(study.clips, study.frames, [MLP]))
    assert {name: verdict(name, found) for name in expected} == expected


def test_centres_that_do_not_follow_the_object_have_no_lead() -> None:
    found = answer("decoded-centres-lead-at-position", _reading(gain=0.0, lead=1.0))
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
