import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from samscope.clips.clip import SETS, Clip, Timeline
from samscope.clips.sets import make_clip
from samscope.observation import features
from samscope.observation import maps as maps_module
from samscope.observation import observe as observe_module
from samscope.observation.distance import distance_sums as all_sums
from samscope.observation.kinds import GAP_SET
from samscope.observation.map_levels import LEVEL_COLUMNS
from samscope.observation.measurement import Measurement
from samscope.observation.observe import ClipRecords, observe, observe_clip, observe_clips
from samscope.records.schema import CLIPS, FEATURES, FRAMES
from samscope.trackers.family import Tracker
from samscope.trackers.positions import POSITION_NAMES
from samscope.trackers.registry import load_model
from samscope.trackers.rules.oracle import OracleMemory
from samscope.trackers.rules.sam2long import Sam2LongMemory
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.shared import SeenTogether
from samscope.trackers.track import track
from tests.clips.sets.scenes import material
from tests.observation.fakes import FAKE_POSITIONS, SHAPES, SIZE, fake_clip, fake_track
from tests.small_model import small_model


def test_an_edgetam_is_observed_with_its_own_shapes() -> None:
    model = load_model("random-edgetam", image_size=256)
    timeline = Timeline(2, 1, 1)
    clip = make_clip("clean", material(timeline=timeline), timeline)
    records = observe_clip(model, clip, maps=True)
    assert records.maps is not None
    assert records.maps["memory_features/mean"].shape == (4, 16, 16)
    assert np.isfinite(records.maps["memory_features/mean"]).all()
    first, second = track(model, clip.frames[:2], mask=clip.masks[0], length=4)
    whole = second.at("memory_features").float() - first.at("memory_features").float()
    rows = [row for row in records.features if row["position"] == "memory_features" and row["frame"] == 1]
    assert rows[0]["short"] == pytest.approx(float(whole.norm()), rel=1e-5)


def test_a_rule_that_needs_the_truth_is_told_that_of_the_clip() -> None:
    timeline = Timeline(3, 2, 2)
    clips = [make_clip(name, material(timeline=timeline), timeline) for name in ("clean", "interjection")]
    plain = small_model()
    oracle = plain.with_memory_rule(OracleMemory())
    for one, clip in zip(observe_clips(oracle, clips), clips, strict=True):
        alone = observe_clip(oracle, clip)
        assert one.frames == alone.frames
        others = observe_clip(plain, clip).frames
        assert (one.frames == others) == bool(clip.present.all())


def test_rows_have_the_columns_of_the_schema() -> None:
    clip = fake_clip()
    records = observe(fake_track(clip), clip)
    assert [list(row) for row in records.clips] == [CLIPS.names]
    assert all(list(row) == FRAMES.names for row in records.frames)
    assert all(list(row) == FEATURES.names for row in records.features)
    assert len(records.frames) == 10
    assert len(records.features) == 2 * 10 * len(POSITION_NAMES)
    assert records.maps is None


def test_frames_of_a_perfect_track() -> None:
    clip = fake_clip(absent=[5])
    rows = observe(fake_track(clip), clip).frames
    assert [row["prompted"] for row in rows] == [True] + [False] * 9
    assert [row["object_score"] for row in rows] == [2.5 - frame for frame in range(10)]
    assert all(row["j"] == row["f"] == row["f_adaptive"] == 1 for row in rows)
    assert all(row["false_positive_area"] == 0 for row in rows)
    assert all(row["predicted_box"] == row["true_box"] for row in rows)
    assert rows[2]["predicted_box"] == [2, 4, 10, 12]
    assert rows[5]["predicted_box"] is None
    assert rows[2]["predicted_area"] == rows[2]["true_area"] == 64 / (24 * 40)
    assert len(rows[3]["object_pointer"]) == len(rows[3]["object_pointer_ungated"]) == 8
    assert all(isinstance(value, float) for value in rows[3]["object_pointer"])


def test_false_positives_and_void() -> None:
    clip = fake_clip("interjection", absent=[4])
    clip.void[4, :, 20:] = True
    predicted = np.zeros(SIZE, bool)
    predicted[0:6, 16:26] = True  # 24 pixels left of the void
    seen = [
        replace(one, mask=torch.from_numpy(predicted)) if one.frame_index == 4 else one
        for one in fake_track(clip)
    ]
    row = observe(seen, clip).frames[4]
    assert (row["j"], row["f"], row["f_adaptive"]) == (0, 0, 0)
    assert row["predicted_area"] == row["false_positive_area"] == 24 / (24 * 40)
    assert row["predicted_box"] == [16, 0, 20, 6]


def test_maps_only_when_asked_for() -> None:
    clip = fake_clip()
    maps = observe(fake_track(clip), clip, positions=FAKE_POSITIONS, maps=True).maps
    assert maps is not None
    assert np.array_equal(maps["predicted"], clip.masks)
    assert maps["memory_features/variance"].shape == (10, 2, 2)


def test_keeps_whole_tensors(tmp_path: Path) -> None:
    clip = fake_clip("overlay")
    observe(fake_track(clip), clip, keep=tmp_path)
    kept = load_file(tmp_path / "overlay" / "00007-goat.safetensors")
    expected = {f"{frame:03d}/{position}" for frame in range(10) for position in POSITION_NAMES}
    assert set(kept) == expected - {"000/memory_conditioned"}
    for seen in fake_track(clip):
        for position, shape in SHAPES.items():
            if (tensor := getattr(seen, position)) is not None:
                found = kept[f"{seen.frame_index:03d}/{position}"]
                assert found.shape == shape
                assert found.dtype == tensor.dtype
                assert torch.equal(found, tensor)


def test_a_track_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    clip = fake_clip()
    with pytest.raises(ValueError, match="only 4 frames of 10 came"):
        observe(islice(fake_track(clip), 4), clip, keep=tmp_path)
    assert list((tmp_path / "clean").iterdir()) == []


def test_refuses_frames_that_are_not_the_clips() -> None:
    clip = fake_clip()
    with pytest.raises(ValueError, match="frame 1 came as number 0 of 10"):
        observe(islice(fake_track(clip), 1, None), clip)
    longer = fake_clip(timeline=Timeline(4, 3, 5))
    with pytest.raises(ValueError, match="frame 10 came as number 10 of 10"):
        observe(fake_track(longer), clip)


def test_observing_a_model() -> None:
    """A real track: what is recorded is what the tracker yields, and nothing is left in a graph."""
    model, clip = small_model(), fake_clip(timeline=Timeline(4, 2, 2))
    records = observe_clip(model, clip, maps=True)
    seen = list(track(model, clip.frames, mask=clip.masks[0]))
    for row, one in zip(records.frames, seen, strict=True):
        assert row["object_score"] == one.object_score
        assert row["object_pointer"] == one.at("object_pointer").tolist()
    for position in POSITION_NAMES:
        tensors = [getattr(one, position) for one in seen]
        for row in records.features:
            frame = row["frame"]
            if row["position"] == position and row["set"] == "clean" and frame > 1:
                expected = (tensors[frame].float() - tensors[frame - 1].float()).norm()
                assert row["short"] == pytest.approx(float(expected), rel=1e-4)
                assert row["long_variance"] is None or row["long_variance"] > 0
    assert {row["set"] for row in records.features} == {"clean", GAP_SET}
    assert records.maps is not None
    assert records.maps["image_embeddings/mean"].shape == (8, 16, 16)


def test_the_six_sets_together_are_each_alone_bit_for_bit(tmp_path: Path) -> None:
    """Every recorded value: rows, maps and whole tensors."""
    timeline = Timeline(4, 2, 2)
    clips = [make_clip(name, material(timeline=timeline), timeline) for name in SETS]
    model = small_model()
    heard: list[str] = []
    together = observe_clips(
        model, clips, maps=range(6), keep=tmp_path / "together", advance=lambda clip: heard.append(clip.set)
    )
    assert {name: heard.count(name) for name in SETS} == dict.fromkeys(SETS, timeline.length)
    for clip, records in zip(clips, together, strict=True):
        alone = observe_clip(model, clip, maps=True, keep=tmp_path / "alone")
        assert records.clips == alone.clips
        assert records.frames == alone.frames
        assert records.features == alone.features
        assert records.maps is not None
        assert alone.maps is not None
        assert records.maps.keys() == alone.maps.keys()
        for name, maps in records.maps.items():
            assert maps.tobytes() == alone.maps[name].tobytes()
        kept, expected = (
            load_file(tmp_path / how / clip.set / f"{clip.name}.safetensors") for how in ("together", "alone")
        )
        assert kept.keys() == expected.keys()
        assert all(torch.equal(kept[name], expected[name]) for name in expected)


def test_a_model_that_is_ahead_of_its_recording_changes_nothing() -> None:
    timeline = Timeline(4, 2, 2)
    clips = [make_clip(name, material(timeline=timeline), timeline) for name in ("clean", "interjection")]
    model = small_model()
    for one, other in zip(observe_clips(model, clips), observe_clips(model, clips, ahead=2), strict=True):
        assert one.frames == other.frames
        assert one.features == other.features


@cache
def answering_when_the_clip_ends() -> Tracker:
    return small_model().with_memory_rule(Sam2LongMemory(uncertainty=1000))


@cache
def six_clips(timeline: Timeline) -> list[Clip]:
    return [make_clip(name, material(timeline=timeline), timeline) for name in SETS]


@pytest.fixture(scope="module")
def each_alone() -> list[ClipRecords]:
    model = answering_when_the_clip_ends()
    return [observe_clip(model, clip) for clip in six_clips(Timeline(3, 2, 2))]


@pytest.mark.parametrize(("batch", "ahead"), [(1, 0), (1, 2), (4, 0)])
def test_answers_that_come_when_the_clip_ends_are_recorded_as_of_each_clip_alone(
    batch: int, ahead: int, each_alone: list[ClipRecords]
) -> None:
    timeline = Timeline(3, 2, 2)
    clips, model = six_clips(timeline), answering_when_the_clip_ends()
    heard: list[str] = []
    together = observe_clips(
        model, clips, batch=batch, ahead=ahead, advance=lambda clip: heard.append(clip.set)
    )
    assert {name: heard.count(name) for name in SETS} == dict.fromkeys(SETS, timeline.length)
    for records, alone in zip(together, each_alone, strict=True):
        if batch == 1:
            assert records.frames == alone.frames
            assert records.features == alone.features
        scores, wanted = ([row["object_score"] for row in one.frames] for one in (records, alone))
        assert scores == pytest.approx(wanted, abs=1e-3)


def test_the_model_is_ahead_by_whole_frame_indexes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue of steps would let a device wait wherever a frame index has more tracks than it has room."""
    timeline = Timeline(4, 2, 2)
    clips = [make_clip(name, material(timeline=timeline), timeline) for name in ("clean", "interjection")]
    queued: list[list[int]] = []

    @contextmanager
    def noted(items: Iterable[list[SeenTogether]], count: int) -> Iterator[Iterator[list[SeenTogether]]]:
        assert count == 2
        at_indexes = [list(at_index) for at_index in items]
        queued.extend([together.seen.frame_index for together in at_index] for at_index in at_indexes)
        yield iter(at_indexes)

    monkeypatch.setattr(observe_module, "working_ahead", noted)
    observe_clips(small_model(), clips, ahead=2)
    assert [set(indexes) for indexes in queued] == [{index} for index in range(timeline.length)]
    assert [len(indexes) for indexes in queued] == [1, 1, 1, 1, 2, 2, 2, 2]


def test_a_predicted_mask_is_copied_to_the_host_once_for_all_clips_of_a_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timeline = Timeline(4, 2, 2)
    clips = [make_clip(name, material(timeline=timeline), timeline) for name in ("clean", "interjection")]
    read = 0
    numpy = torch.Tensor.numpy

    def counted(tensor: torch.Tensor) -> Any:
        nonlocal read
        read += tensor.dtype == torch.bool
        return numpy(tensor)

    monkeypatch.setattr(torch.Tensor, "numpy", counted)
    observe_clips(small_model(), clips)
    assert read == 4 + 2 * 4


def test_what_is_measured_of_all_tracks_together_leaves_nothing_to_be_measured_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a device, which each further measurement would have to be waited for; here on a CPU's tensors."""
    timeline = Timeline(5, 2, 2)
    clips = [make_clip(name, material(timeline=timeline), timeline) for name in SETS]
    model = small_model()
    expected = observe_clips(model, clips)
    monkeypatch.setattr(observe_module, "_measured", partial(_as_on_a_device, observe_module._measured))
    monkeypatch.setattr(Measurement, "_measured", None)
    for one, other in zip(observe_clips(model, clips, ahead=1), expected, strict=True):
        assert one.clips == other.clips
        assert one.frames == other.frames
        for row, wanted in zip(one.features, other.features, strict=True):
            assert row == {
                name: pytest.approx(value, rel=1e-3, abs=1e-3 * (name in LEVEL_COLUMNS))
                if isinstance(value, float)
                else value
                for name, value in wanted.items()
            }


def _as_on_a_device(measured: Any, *arguments: Any, on_device: bool) -> Any:
    assert not on_device
    return measured(*arguments, on_device=True)


def test_records_are_the_same_on_however_many_cores() -> None:
    timeline = Timeline(4, 2, 2)
    clips = [make_clip(name, material(timeline=timeline), timeline) for name in SETS]
    stock = small_model()
    model = replace(stock, network=prepare(stock.network, "fast", stock.device), mode="fast")
    before = torch.get_num_threads()
    recorded = []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        try:
            recorded.append(observe_clips(model, clips, maps=range(6)))
        finally:
            torch.set_num_threads(before)
    for other in recorded[1:]:
        for one, wanted in zip(other, recorded[0], strict=True):
            assert one.frames == wanted.frames
            assert one.features == wanted.features
            assert one.maps is not None
            assert wanted.maps is not None
            assert {name: maps.tobytes() for name, maps in one.maps.items()} == {
                name: maps.tobytes() for name, maps in wanted.maps.items()
            }


def test_what_clips_share_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: Counter[str] = Counter()

    def count(owner: object, name: str) -> None:
        measure = getattr(owner, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            measured[name] += 1
            return measure(*arguments, **options)

        monkeypatch.setattr(owner, name, counted)

    count(features, "distance_sums")
    count(observe_module, "contour_accuracies")
    timeline = Timeline(4, 2, 2)
    clean, other = (
        make_clip(name, material(timeline=timeline), timeline) for name in ("clean", "interjection")
    )
    counts = []
    for clips in ([clean], [other], [clean, clean], [clean, other]):
        observe_clips(small_model(), clips)
        counts.append(measured.copy())
        measured.clear()
    alone, other_alone, twice, both = counts
    assert alone["contour_accuracies"] == timeline.length
    assert twice == alone
    assert both["contour_accuracies"] == 2 * timeline.length - timeline.prefix
    assert both["distance_sums"] < alone["distance_sums"] + other_alone["distance_sums"]


def test_a_frame_is_compared_with_the_same_frames_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all sets and at whatever index: as far as it is the frame and its embeddings that are compared."""
    timeline = Timeline(6, 2, 4)
    clips = [make_clip(name, material(timeline=timeline), timeline) for name in SETS]
    model = small_model()
    of_frames = {3 * model.image_size**2, 8 * (model.image_size // 4) ** 2}
    compared: list[tuple[bytes, ...]] = []

    def distance_sums(tensor: Tensor, *window: Tensor) -> Tensor:
        if tensor.numel() in of_frames:
            compared.append(
                tuple(hashlib.sha256(one.numpy().tobytes()).digest() for one in (tensor, *window))
            )
        return all_sums(tensor, *window)

    monkeypatch.setattr(features, "distance_sums", distance_sums)
    recorded = observe_clips(model, clips)
    assert len(compared) == len(set(compared))
    together = set(compared)
    compared.clear()
    for clip, records in zip(clips, recorded, strict=True):
        assert observe_clip(model, clip).features == records.features
    assert set(compared) == together
    assert len(compared) > len(together)


def test_a_picture_is_made_a_map_once(monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = Timeline(4, 2, 2)
    clips = [make_clip(name, material(timeline=timeline), timeline) for name in ("clean", "interjection")]
    made: list[int] = []

    def channel_maps(tensor: Tensor) -> Any:
        made.append(tensor.numel())
        return measure(tensor)

    measure = maps_module.channel_maps
    monkeypatch.setattr(maps_module, "channel_maps", channel_maps)
    observe_clips(small_model(), clips, maps=range(2))
    of_image_embeddings = made[0]
    # The two interjected frames are the only ones that the other clip does not show.
    assert made.count(of_image_embeddings) == timeline.length + timeline.middle


def test_maps_of_the_clips_that_are_named() -> None:
    clips = [fake_clip(timeline=Timeline(2, 1, 1)) for _ in range(3)]
    assert [one.maps is not None for one in observe_clips(small_model(), clips, maps={1})] == [
        False,
        True,
        False,
    ]
