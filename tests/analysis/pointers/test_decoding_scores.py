from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error

from samscope.analysis.pointers.boxes import box_overlap
from samscope.analysis.pointers.decoding import READINGS, Decoding, Reading, decode_pointers
from samscope.analysis.pointers.decoding_scores import (
    DIFFERENCE_COLUMNS,
    SCORE_COLUMNS,
    decoding_scores,
    input_differences,
)
from samscope.analysis.pointers.distances import Pointer
from samscope.analysis.pointers.frames import TARGETS
from samscope.analysis.statistics.decoders import DECODERS
from samscope.analysis.statistics.resampled import estimate_of
from tests.moving_boxes import Holds, decoded, moving_boxes, ridge_decoded
from tests.planted import Planted, row

UNGATED: Pointer = "object_pointer_ungated"
TOLD = (len(READINGS) + 1 + 3) * (len(TARGETS) * 2 + 1) - 2 * 2


def _row(decoding: Decoding, **values: Any) -> Any:
    return row(decoding_scores(decoding), set="all", **values)


@cache
def _scores(holds: Holds) -> pd.DataFrame:
    return decoding_scores(decoded(holds))


def _decoded(holds: Holds, target: str, measure: str = "r2", **values: Any) -> Any:
    named = {"pointer": UNGATED, "input": "pointer", "decoder": "ridge", **values}
    return row(_scores(holds), set="all", target=target, measure=measure, **named)


@pytest.mark.parametrize("decoder", DECODERS)
def test_finds_the_planted_box_in_one_pointer_and_its_motion_in_the_change(decoder: str) -> None:
    for target in ("box", "centre"):
        found = _decoded("box", target, decoder=decoder)
        assert found["value"] > 0.8
        assert found["low"] > 0
        assert _decoded("box", target, decoder=decoder, input="change")["value"] < 0.2
        assert _decoded("box", target, decoder=decoder, input="both")["value"] > 0.8
    assert _decoded("box", "velocity", decoder=decoder)["value"] < 0.2
    assert _decoded("box", "velocity", decoder=decoder, input="change")["low"] > 0.1
    assert _decoded("box", "box", "iou", decoder=decoder)["gain_low"] > 0


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("target", ["box", "centre", "velocity"])
def test_noise_holds_nothing(decoder: str, target: str) -> None:
    assert _decoded("nothing", target, decoder=decoder)["value"] < 0.05
    assert _decoded("box", target, decoder=decoder, pointer="object_pointer")["value"] < 0.05


@pytest.mark.parametrize("decoder", DECODERS)
def test_knowing_the_video_by_heart_does_not_help_on_another(decoder: str) -> None:
    assert _decoded("video", "box", decoder=decoder)["low"] < 0


def test_numbers_are_those_of_the_tested_frames() -> None:
    decoding, scores = decoded("box"), _scores("box")
    reading = Reading("mlp", UNGATED, "both")
    rows = decoding.tested
    truth, estimate = decoding.frames.truth[rows], decoding.readings[reading][rows]
    mean, frames = decoding.baselines["mean"][rows], decoding.frames
    named = {"pointer": UNGATED, "input": "both", "decoder": "mlp"}
    for target in ("box", "log_area", "velocity"):
        part = TARGETS[target]
        left = ((estimate - truth) ** 2)[:, part].sum(axis=0) / ((mean - truth) ** 2)[:, part].sum(axis=0)
        found = row(scores, set="all", target=target, measure="r2", **named)
        assert found["value"] == pytest.approx((1 - left).mean())
        assert found["gain"] == found["value"]
        error = row(scores, set="all", target=target, measure="mae", **named)
        assert error["value"] == pytest.approx(mean_absolute_error(truth[:, part], estimate[:, part]))
        by_mean = mean_absolute_error(truth[:, part], mean[:, part])
        assert error["gain"] == pytest.approx(by_mean - error["value"])
    overlaps, of_mean = (box_overlap(boxes[:, :4], truth[:, :4]) for boxes in (estimate, mean))
    found = row(scores, set="all", target="box", measure="iou", **named)
    for name, values in (("value", overlaps), ("gain", overlaps - of_mean)):
        ends = {"value": ("low", "high"), "gain": ("gain_low", "gain_high")}[name]
        of_clip = frames.clips[rows]
        statistics = [values[of_clip == clip].sum() for clip in range(len(frames.plan.sources))]
        sizes = np.bincount(of_clip, minlength=len(frames.plan.sources))
        means = frames.plan.totals(np.array(statistics)) / frames.plan.totals(sizes)
        expected = estimate_of(means, frames.plan.roles, 6, found["partners"])
        assert found[name] == pytest.approx(expected.value)
        assert [found[end] for end in ends] == pytest.approx([expected.low, expected.high])
    assert (found["frames"], found["clips"], found["videos"], found["undefined"]) == (12 * 26, 12, 6, 0)


def test_baselines_stand_beside_the_decoders() -> None:
    scores = _scores("box")
    assert row(scores, set="all", decoder="mean", target="box", measure="r2")["value"] == 0
    assert row(scores, set="all", decoder="mean", target="box", measure="iou")["gain"] == 0
    previous = row(scores, set="all", decoder="previous_frame", target="box", measure="iou")
    assert 0.5 < previous["value"] < 1
    assert row(scores, set="all", decoder="predicted_mask", target="velocity", measure="r2")[
        "value"
    ] == pytest.approx(1)
    told = scores.groupby("decoder")["target"].apply(set)
    assert set(TARGETS) - told["previous_frame"] == {"velocity"}
    assert set(TARGETS) - told["predicted_mask"] == {"obscured"}


def test_an_empty_predicted_mask_overlaps_with_nothing_and_has_no_centre() -> None:
    study = moving_boxes(clips=6)
    frames = study.frames.copy()
    empty = (frames["frame"] == 9).to_numpy()
    boxes = [None if gone else box for gone, box in zip(empty, frames["predicted_box"], strict=True)]
    frames["predicted_box"] = pd.Series(boxes, index=frames.index, dtype=object)
    frames.loc[empty, "predicted_area"] = 0.0
    one, other = (
        ridge_decoded(Planted(study.clips, table, study.features)) for table in (study.frames, frames)
    )
    named = {"decoder": "predicted_mask", "target": "box"}
    full, holed = (_row(decoding, measure="iou", **named) for decoding in (one, other))
    assert holed["frames"] == full["frames"] == 6 * 26
    lost = box_overlap(one.frames.predicted_mask[:, :4], one.frames.truth[:, :4])[
        (one.frames.keys["frame"] == 9).to_numpy()
    ]
    assert full["value"] - holed["value"] == pytest.approx(lost.sum() / (6 * 26))
    centre = _row(other, decoder="predicted_mask", target="centre", measure="mae")
    assert (centre["frames"], centre["undefined"]) == (6 * 25, 6)
    assert _row(other, decoder="predicted_mask", target="log_area", measure="r2")["undefined"] == 6
    assert _row(other, decoder="predicted_mask", target="velocity", measure="r2")["undefined"] == 12


def test_each_set_is_scored_by_itself_and_what_cannot_be_tested_is_counted() -> None:
    study = moving_boxes(clips=6, sets=["clean", "object_removal"])
    decoding = ridge_decoded(study)
    table = decoding_scores(decoding).query("target == 'box' and measure == 'iou' and decoder == 'mean'")
    assert table["set"].tolist() == ["all", "clean", "object_removal"]
    whole, clean, pasted = (row(table, set=name) for name in ("all", "clean", "object_removal"))
    assert (clean["frames"], clean["clips"], clean["undefined"]) == (6 * 26, 6, 0)
    assert whole["frames"] == clean["frames"] + pasted["frames"]
    assert pasted["frames"] + pasted["undefined"] == 6 * (26 - 5)
    assert whole["undefined"] == pasted["undefined"] > 0


def test_what_each_input_adds() -> None:
    scores, found = _scores("box"), input_differences(decoded("box"))
    for decoder in DECODERS:
        named = {"set": "all", "pointer": UNGATED, "decoder": decoder}
        r2 = {
            given: row(scores, **named, input=given, target="velocity", measure="r2")["value"]
            for given in ("pointer", "change", "both")
        }
        of_change = row(found, **named, target="velocity", without="change")
        of_pointer = row(found, **named, target="velocity", without="pointer")
        assert of_change["difference"] == pytest.approx(r2["both"] - r2["pointer"])
        assert of_pointer["difference"] == pytest.approx(r2["both"] - r2["change"])
        assert of_change["low"] > 0
        assert row(found, **named, target="box", without="pointer")["low"] > 0


def test_with_one_video_the_rows_have_no_values() -> None:
    study = moving_boxes(clips=2, videos=["goat"])
    decoding = decode_pointers(study.clips, study.frames)
    scores, differences = decoding_scores(decoding), input_differences(decoding)
    assert list(scores.columns) == list(SCORE_COLUMNS)
    assert list(differences.columns) == list(DIFFERENCE_COLUMNS)
    assert len(scores) == 2 * TOLD
    assert scores[["value", "low", "high", "gain", "gain_low", "gain_high"]].isna().all(axis=None)
    assert differences[["difference", "low", "high"]].isna().all(axis=None)
    assert set(scores["frames"]) == {0}
    assert set(scores["undefined"]) == {2 * 26}


def test_a_target_that_never_varies_has_no_r2() -> None:
    found = _decoded("box", "obscured")
    assert np.isnan(found[["value", "low", "high"]].astype(float)).all()
    assert _decoded("box", "obscured", "mae")["value"] == pytest.approx(0, abs=1e-6)
