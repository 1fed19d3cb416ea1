"""Rows of attention: shares of what was read, from the object, the rest and a rival."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from samscope.clips.clip import Clip, Timeline
from samscope.clips.sets import make_clip
from samscope.observation.attention_rows import LOOKED_FROM, AttentionRows
from samscope.observation.measurement import MeasuredTogether, Measurement
from samscope.observation.measurement_cache import StepCaches
from samscope.observation.observe import ClipRecords, observe_clip, observe_clips
from samscope.records.schema import ATTENTION
from samscope.trackers.attention import Attention, Read
from samscope.trackers.track import track
from tests.clips.sets.scenes import material
from tests.observation.fakes import fake_clip, fake_seen
from tests.small_model import small_model

TIMELINE = Timeline(3, 2, 2)
KEY = ["set", "frame", "layer"]


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return [make_clip(name, material(timeline=TIMELINE), TIMELINE) for name in ("clean", "overlay")]


@pytest.fixture(scope="module")
def records(clips: list[Clip]) -> list[ClipRecords]:
    return observe_clips(small_model(), clips, attention=True)


@pytest.fixture(scope="module")
def table(records: list[ClipRecords]) -> pd.DataFrame:
    return pd.DataFrame([row for one in records for row in one.attention or []])


def test_the_other_records_are_what_they_are_without(clips: list[Clip], records: list[ClipRecords]) -> None:
    for one, clip in zip(records, clips, strict=True):
        alone = observe_clip(small_model(), clip)
        assert alone.attention is None
        assert (one.clips, one.frames, one.features) == (alone.clips, alone.frames, alone.features)


def test_rows_have_the_columns_of_the_schema_and_name_all_that_was_read(table: pd.DataFrame) -> None:
    assert list(table.columns) == ATTENTION.names
    assert set(table["frame"]) == set(range(1, TIMELINE.length))
    assert set(table["layer"]) == {0, 1}
    last = table.loc[(table["frame"] == 6) & (table["layer"] == 1) & (table["set"] == "overlay")]
    for kind in ("memory", "pointer"):
        assert sorted(last.loc[last["kind"] == kind, "remembered_frame"]) == [0, 1, 2, 3, 4, 5]
    assert not table.duplicated([*KEY, "kind", "remembered_frame"]).any()


def test_shares_sum_to_one_from_every_part_that_is_there(table: pd.DataFrame) -> None:
    stored = table.astype(dict.fromkeys(LOOKED_FROM, np.float32))
    sums = stored.groupby(KEY)[list(LOOKED_FROM)].sum(min_count=1)
    for column in LOOKED_FROM[:3]:
        assert (sums[column] - 1).abs().max() <= 1e-6
    rivals = sums["share_from_rival"]
    assert rivals.loc["clean"].isna().all()
    assert (rivals.loc["overlay"] - 1).abs().max() <= 1e-6


def test_they_are_the_shares_of_what_was_seen(clips: list[Clip], table: pd.DataFrame) -> None:
    clip = clips[1]
    assert clip.rivals is not None
    seen = list(track(small_model(), clip.frames, mask=clip.masks[0], attention=True))
    for frame in (1, 4):
        attention = seen[frame].attention
        assert attention is not None
        own = table.loc[(table["set"] == "overlay") & (table["frame"] == frame)]
        masks = (None, clip.masks[frame], ~clip.masks[frame], clip.rivals[frame])
        for column, mask in zip(LOOKED_FROM, masks, strict=True):
            expected = attention.of(mask).flatten().tolist()
            assert own[column].tolist() == pytest.approx(expected, abs=1e-6)


def looked(clip: Clip, seed: int = 0) -> tuple[Attention, Measurement[np.ndarray]]:
    """Two layers, two memories and a pointer, on a map of 3 by 5 places."""
    shares = torch.rand((2, 3, 3, 5), generator=torch.Generator().manual_seed(seed))
    read = (Read("memory", 0, 0), Read("memory", 1, 1), Read("pointer", 0, 2))
    attention = Attention(read, shares / shares.sum(dim=1, keepdim=True))
    seen = replace(fake_seen(2, clip.masks[2]), attention=attention)
    measured = AttentionRows(clip).measurement(seen, StepCaches(2))
    assert measured is not None
    return attention, measured


def test_void_pixels_are_in_no_part() -> None:
    clip = fake_clip()
    void = np.zeros_like(clip.void)
    void[2, :, :20] = True
    attention, measured = looked(replace(clip, void=void))
    shares = measured.value()
    assert shares[..., 2] == pytest.approx(attention.of(~clip.masks[2] & ~void[2]).numpy(), abs=1e-6)
    assert np.isnan(shares[..., 1]).all() == (not (clip.masks[2] & ~void[2]).any())
    everything = replace(clip, void=np.ones_like(void))
    assert np.isnan(looked(everything)[1].value()).all()


def test_measured_together_they_are_what_they_are_alone() -> None:
    clip = fake_clip()
    together = [looked(clip, seed)[1] for seed in range(3)]
    MeasuredTogether(together).read()
    for seed, measured in enumerate(together):
        np.testing.assert_allclose(measured.value(), looked(clip, seed)[1].value(), atol=1e-12)


def test_a_prompted_frame_has_none() -> None:
    clip = fake_clip()
    seen = fake_seen(0, clip.masks[0])
    assert AttentionRows(clip).measurement(seen, StepCaches(0)) is None
    assert list(AttentionRows(clip).rows(seen, StepCaches(0))) == []
