import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.clips.clip import Clip, Timeline
from samscope.observation.feature_rows import FeatureRows, Row, _flat, comparable, reference_rules
from samscope.observation.kinds import GAP_SET
from samscope.observation.map_levels import LEVEL_COLUMNS
from samscope.observation.measurement_cache import StepCaches
from samscope.records.schema import FEATURES
from samscope.trackers.positions import POSITION_NAMES
from samscope.trackers.seen import Seen
from tests.observation.fakes import fake_clip, fake_seen, fake_track

TIMELINE = Timeline(12, 4, 12)


def test_a_reference_holds_no_batch_in_memory() -> None:
    batch = torch.randn(8, 4, 6, 6)
    kept = _flat(batch[3])
    assert kept is not None
    assert torch.equal(kept, batch[3].flatten())
    assert kept.untyped_storage().nbytes() == kept.nbytes
    alone = torch.randn(1, 4, 6, 6)
    own = _flat(alone[0])
    assert own is not None
    assert own.untyped_storage().data_ptr() == alone.untyped_storage().data_ptr()


def _rows(clip: Clip) -> dict[tuple[str, int, str], Row]:
    table = FeatureRows(clip)
    for seen in fake_track(clip):
        table.add(seen, StepCaches(seen.frame_index))
    return {(row["set"], row["frame"], row["position"]): row for row in table.rows()}


def test_reference_rules() -> None:
    clip = fake_clip("context_removal", Timeline(4, 3, 3), absent=[8], transformed=[4, 5, 6])
    rules = reference_rules(clip)
    assert list(rules) == [("context_removal", kind) for kind in ("present", "untransformed", "online")]
    assert np.flatnonzero(rules["context_removal", "present"]).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 9]
    assert np.flatnonzero(rules["context_removal", "untransformed"]).tolist() == [0, 1, 2, 3, 7, 9]
    assert rules["context_removal", "online"].all()
    rules = reference_rules(replace(clip, set="clean", transformed=np.zeros(10, bool)))
    assert np.flatnonzero(rules[GAP_SET, "present"]).tolist() == [0, 1, 2, 3, 7, 9]
    assert np.flatnonzero(rules[GAP_SET, "online"]).tolist() == [0, 1, 2, 3, 7, 8, 9]
    assert len(rules) == 6


def test_rows_have_the_columns_of_the_schema_and_cover_every_frame_and_position() -> None:
    clip = fake_clip(timeline=TIMELINE)
    rows = _rows(clip)
    assert all(list(row) == FEATURES.names for row in rows.values())
    assert len(rows) == 2 * 28 * len(POSITION_NAMES)
    assert {row["clip"] for row in rows.values()} == {7}
    assert {name for name, _, _ in _rows(fake_clip("overlay"))} == {"overlay"}


def _of_features(row: Row) -> Row:
    """Return a row without its key, and without the levels of maps, which the control does not have."""
    return {key: value for key, value in row.items() if key not in (*FEATURES.names[:4], *LEVEL_COLUMNS)}


def test_undefined_values_are_none() -> None:
    rows = _rows(fake_clip(timeline=TIMELINE))
    for position in POSITION_NAMES:
        values = {frame: rows["clean", frame, position] for frame in range(4)}
        late = position in {"memory_conditioned", "prompt_conditioned"}  # they start on frame 1
        empty = {"references": 0, "references_untransformed": 0, "references_online": 0}
        nothing = [values[0], values[1]] if late else [values[0]]
        for row in nothing:
            assert {key: value for key, value in _of_features(row).items() if value is not None} == empty
        first = values[1 + late]
        assert first["short"] == pytest.approx(first["long_none"])
        assert (first["references"], first["age"], first["long"], first["ratio"]) == (1, 1, None, None)
        second = values[2 + late]
        assert second["long"] is not None
        assert second["ratio"] == second["short"] / first["short"]


def test_prompt_conditioned_is_not_compared_where_a_mask_was_the_prompt() -> None:
    clip = fake_clip()
    by_mask = next(fake_track(clip))
    by_points = replace(by_mask, prompted_by_mask=False)
    assert comparable(by_mask, "prompt_conditioned") is None
    assert comparable(by_points, "prompt_conditioned") is by_points.prompt_conditioned
    assert comparable(by_mask, "memory_conditioned") is None
    assert comparable(by_mask, "object_pointer") is by_mask.object_pointer


def test_gap_control_is_the_clean_track_with_older_references() -> None:
    rows = _rows(fake_clip(timeline=TIMELINE))
    for position in POSITION_NAMES:
        for frame in range(28):
            clean, gap = rows["clean", frame, position], rows[GAP_SET, frame, position]
            if frame <= 12:
                assert _of_features(clean) == _of_features(gap)
            elif frame <= 16:
                assert clean["age"] == 1
                assert gap["age"] == frame - 11
                assert gap["references"] == 5
                assert gap["long"] != clean["long"]
            if frame >= 22:  # five frames after the middle and one more for the ratio
                assert _of_features(clean) == _of_features(gap)


def test_absent_frames_are_compared_and_never_references() -> None:
    rows = _rows(fake_clip("interjection", TIMELINE, absent=range(12, 16), transformed=range(12, 16)))
    ages = [rows["interjection", frame, "object_pointer"]["age"] for frame in range(11, 19)]
    assert ages == [1, 1, 2, 3, 4, 5, 1, 1]
    # One track, one window: what is absent is not a reference of the gap control either.
    control = _rows(fake_clip(timeline=TIMELINE))
    for frame in range(28):
        found = rows["interjection", frame, "object_pointer"]
        assert {**found, "set": GAP_SET} == control[GAP_SET, frame, "object_pointer"]


def test_transformed_frames_are_references_of_one_kind_only() -> None:
    rows = _rows(fake_clip("context_removal", TIMELINE, transformed=range(12, 16)))
    row = rows["context_removal", 15, "frame"]
    assert (row["age"], row["age_untransformed"]) == (1, 4)
    assert row["short"] != row["short_untransformed"]
    row = rows["context_removal", 12, "frame"]
    assert row["long"] == row["long_untransformed"]


def _online(clip: Clip, scores: NDArray[np.float64]) -> dict[tuple[str, int, str], Row]:
    """Return the rows of a track with these object scores."""
    table = FeatureRows(clip)
    for seen, score in zip(fake_track(clip), scores, strict=True):
        table.add(replace(seen, object_score=float(score)), StepCaches(seen.frame_index))
    return {(row["set"], row["frame"], row["position"]): row for row in table.rows()}


def test_online_references_are_what_the_tracker_believes() -> None:
    clip = fake_clip("interjection", TIMELINE, absent=range(12, 16), transformed=range(12, 16))
    scores = np.full(28, 3.0)
    scores[[0, 5, 6, 13, 14]] = -3.0  # of those that show the object, and of those that do not
    scores[7] = 0.0
    rows = _online(clip, scores)
    ages = [rows["interjection", frame, "object_pointer"]["age_online"] for frame in range(28)]
    assert ages[:10] == [None, 1, 1, 1, 1, 1, 2, 3, 4, 1]  # the prompt is one, whatever its score
    assert ages[12:18] == [1, 1, 2, 3, 1, 1]
    assert rows["interjection", 13, "frame"]["short_online"] != rows["interjection", 13, "frame"]["short"]
    gone = _online(clip, np.where(clip.present, 3.0, -3.0))
    for row in gone.values():
        assert all(row[name.removesuffix("_online")] == row[name] for name in row if name.endswith("_online"))


def test_online_references_know_no_truth_and_no_later_frame() -> None:
    scores = np.random.default_rng(0).normal(size=28)
    clip = fake_clip("interjection", TIMELINE)
    other = replace(clip, present=~clip.present, transformed=~clip.transformed)
    later = np.where(np.arange(28) < 14, scores, -scores)
    rows, of_other, of_later = _online(clip, scores), _online(other, scores), _online(clip, later)
    online = [name for name in FEATURES.names if name.endswith("_online")]
    for key, row in rows.items():
        assert [row[name] for name in online] == [of_other[key][name] for name in online]
        if key[1] <= 14:
            assert row == of_later[key]
    assert any(rows[key] != of_later[key] for key in rows)


def test_gated_pointers_are_equal_and_have_no_ratio() -> None:
    clip = fake_clip("interjection", TIMELINE)
    table = FeatureRows(clip)
    gated = torch.full((8,), 0.3)
    for seen in fake_track(clip):
        answered = replace(seen, object_pointer=gated) if seen.frame_index >= 10 else seen
        table.add(answered, StepCaches(seen.frame_index))
    rows = {row["frame"]: row for row in table.rows() if row["position"] == "object_pointer"}
    assert rows[10]["short"] > 0
    assert [rows[frame]["short"] for frame in range(11, 28)] == [0] * 17
    assert rows[11]["ratio"] == 0
    assert all(rows[frame]["ratio"] is None for frame in range(12, 28))
    assert rows[20]["long"] is None
    assert rows[20]["long_none"] == 0


class _Counter:
    """A track that counts how many of its tensors are still alive."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._tensors: list[weakref.ref[Tensor]] = []
        self.most = 0

    def __iter__(self) -> Iterator[Seen]:
        gc.collect()
        for frame, mask in enumerate(self._clip.masks):
            seen = fake_seen(frame, mask)
            self._tensors = [one for one in self._tensors if one() is not None]
            tensors = [value for value in vars(seen).values() if isinstance(value, Tensor)]
            self._tensors += [weakref.ref(tensor) for tensor in tensors]
            self.most = max(self.most, len(self._tensors))
            yield seen


def test_a_long_track_holds_no_more_tensors_than_a_short_one() -> None:
    def most(frames: int) -> int:
        clip = fake_clip("overlay", Timeline(12, 4, frames - 16))
        counter, table = _Counter(clip), FeatureRows(clip)
        for seen in counter:
            table.add(seen, StepCaches(seen.frame_index))
        assert len(table.rows()) == frames * len(POSITION_NAMES)
        return counter.most

    assert most(240) == most(60) <= 100


def test_no_graph_is_held() -> None:
    clip = fake_clip("overlay", TIMELINE)
    table, graphs = FeatureRows(clip), []
    for seen in fake_track(clip):
        weights = torch.ones(8, requires_grad=True)
        graphs.append(weakref.ref(weights))
        pointer = seen.at("object_pointer_ungated") * weights
        table.add(replace(seen, object_pointer_ungated=pointer), StepCaches(seen.frame_index))
    del weights, pointer
    gc.collect()
    assert [graph() for graph in graphs] == [None] * clip.timeline.length
