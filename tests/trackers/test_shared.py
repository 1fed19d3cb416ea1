"""Tracking together is tracking alone: the same bits, with what is equal computed once."""

import gc
import threading
import weakref
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
import torch

import samscope
from samscope.support.errors import UsageError
from samscope.trackers import network_tracker
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.rules.naming import memory_rule
from samscope.trackers.sam2 import step
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.seen import Seen
from samscope.trackers.shared import PromptedClip, SeenTogether, track_together
from tests.small_model import small_model

SIZE = (48, 80)


def frames(*seeds: int) -> np.ndarray:
    """A frame of noise for each seed: equal seeds, equal frames."""
    return np.stack(
        [np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8) for seed in seeds]
    )


def mask(left: int = 20) -> np.ndarray:
    marked = np.zeros(SIZE, bool)
    marked[10:30, left : left + 30] = True
    return marked


CLIPS = {
    "all": frames(*range(9)),
    "inserted": frames(0, 1, 2, 50, 51, 3, 4, 5, 6),
    "replaced": frames(0, 1, 2, 3, 60, 5, 6, 7, 8),
    "short": frames(0, 1, 2, 3),
    "other": frames(*range(100, 105)),
}


def tracked_together(model: Model, clips: list[PromptedClip], **options: Any) -> list[list[Seen]]:
    tracks: list[list[Seen]] = [[] for _ in clips]
    for together in track_together(model, clips, **options):
        for place in together.clips:
            tracks[place].append(together.seen)
    return tracks


def differing(one: Seen, other: Seen) -> list[str]:
    """Names of what differs in any bit."""
    names = []
    for field in fields(one):
        left, right = getattr(one, field.name), getattr(other, field.name)
        same = torch.equal(left, right) if isinstance(left, torch.Tensor) else left == right
        if not same:
            names.append(field.name)
    return names


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many frames were encoded and how many steps taken."""
    counts = {"encoded": 0, "first": 0, "next": 0}

    def counting(name: str, function: Any) -> Any:
        def wrapped(network: Any, encoded: Any, *args: Any, **options: Any) -> Any:
            counts[name] += len(encoded) if name == "encoded" else len(encoded.pixels)
            return function(network, encoded, *args, **options)

        return wrapped

    places = (
        ("encoded", NetworkTracker, "_encoded"),
        ("first", network_tracker, "prompted_tensors"),
        ("next", network_tracker, "tracked_tensors"),
    )
    for name, module, function in places:
        monkeypatch.setattr(module, function, counting(name, getattr(module, function)))
    return counts


def test_every_bit_is_that_of_tracking_each_clip_alone() -> None:
    model = small_model()
    clips = [PromptedClip(clip, mask()) for clip in CLIPS.values()]
    for clip, seen in zip(clips, tracked_together(model, clips), strict=True):
        alone = list(samscope.track(model, clip.frames, mask=clip.mask))
        assert len(seen) == len(alone)
        assert [differing(*pair) for pair in zip(seen, alone, strict=True)] == [[]] * len(alone)


def test_equal_frames_are_encoded_and_equal_beginnings_tracked_once(counted: dict[str, int]) -> None:
    clips = [PromptedClip(CLIPS[name], mask()) for name in ("all", "inserted", "replaced")]
    tracked_together(small_model(), clips)
    assert counted == {"encoded": 9 + 2 + 1, "first": 1, "next": 8 + 6 + 5}


def test_another_mask_or_number_of_pointers_is_another_track(counted: dict[str, int]) -> None:
    clips = [
        PromptedClip(CLIPS["all"], mask()),
        PromptedClip(CLIPS["all"], mask(left=40)),
        PromptedClip(CLIPS["all"][:5], mask()),
    ]
    tracked_together(small_model(), clips)
    assert counted == {"encoded": 9, "first": 3, "next": 8 + 8 + 4}


def test_clips_beyond_the_most_pointers_share_whatever_their_lengths(counted: dict[str, int]) -> None:
    long = frames(*range(20))
    tracked_together(small_model(), [PromptedClip(long, mask()), PromptedClip(long[:17], mask())])
    assert counted == {"encoded": 20, "first": 1, "next": 19}


@pytest.mark.parametrize("batch", [2, 3, 8])
def test_batches_stay_within_rounding(batch: int) -> None:
    model = small_model()
    clips = [PromptedClip(clip, mask(left)) for clip in CLIPS.values() for left in (10, 40)]
    alone, together = tracked_together(model, clips), tracked_together(model, clips, batch=batch)
    for one, other in zip((s for t in alone for s in t), (s for t in together for s in t), strict=True):
        for field in fields(one):
            left, right = getattr(one, field.name), getattr(other, field.name)
            if isinstance(left, torch.Tensor) and left.is_floating_point():
                assert (left.float() - right.float()).norm() <= 3e-4 * right.float().norm(), field.name


def test_no_encoding_is_held_longer_than_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two frames are inserted: at most their number and one more are held when a step is taken."""
    alive: list[weakref.ref[Any]] = []
    most = 0
    encode = NetworkTracker._encoded

    def watched(tracker: Any, pixels: Any) -> Any:
        nonlocal most
        encoded = encode(tracker, pixels)
        alive.append(weakref.ref(encoded))
        gc.collect()
        most = max(most, sum(reference() is not None for reference in alive))
        return encoded

    monkeypatch.setattr(NetworkTracker, "_encoded", watched)
    clips = [PromptedClip(CLIPS[name], mask()) for name in ("all", "inserted")]
    for _ in track_together(small_model(), clips):
        pass
    assert len(alive) == 11
    assert most <= 2 + 1 + 2  # and those of the two latest steps


@pytest.mark.parametrize(
    ("clip", "options", "message"),
    [
        (PromptedClip(CLIPS["all"][:0], mask()), {}, "clip 0: there is no frame"),
        (
            PromptedClip(CLIPS["all"].astype(float), mask()),
            {},
            r"clip 0: frames are float64 .*expected uint8",
        ),
        (PromptedClip(CLIPS["all"][0], mask()), {}, "clip 0: frames are uint8"),
        (PromptedClip(CLIPS["all"], np.zeros(SIZE, bool)), {}, "no pixel of the object"),
        (PromptedClip(CLIPS["all"], mask()[:, 1:]), {}, "a mask of shape"),
        (PromptedClip(CLIPS["all"], mask()), {"batch": 0}, "batch is 0"),
        (PromptedClip(CLIPS["all"], mask()), {"cores": 0}, "cores is 0"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_tracked(
    clip: PromptedClip, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        track_together(small_model(), [clip], **options)


def test_no_clips() -> None:
    assert list(track_together(small_model(), [])) == []


def fast_model() -> Model:
    stock = small_model()
    network = prepare(stock.network, "fast", stock.device)
    return replace(stock, network=network, mode="fast")


def side_by_side_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("samscope-core")]


@pytest.mark.parametrize("batch", [1, 3])
def test_every_bit_is_the_same_on_however_many_cores(batch: int) -> None:
    model = fast_model()
    clips = [PromptedClip(clip, mask()) for clip in CLIPS.values()]
    wanted = tracked_together(model, clips, batch=batch, cores=1)
    for cores in (2, 3):
        found = tracked_together(model, clips, batch=batch, cores=cores)
        for one, other in zip(found, wanted, strict=True):
            assert [differing(*pair) for pair in zip(one, other, strict=True)] == [[]] * len(other)


def test_side_by_side_stays_within_rounding_of_the_librarys_own_operations() -> None:
    clips = [PromptedClip(clip, mask()) for clip in CLIPS.values()]
    exact, fast = tracked_together(small_model(), clips), tracked_together(fast_model(), clips, cores=2)
    for one, other in zip((s for t in fast for s in t), (s for t in exact for s in t), strict=True):
        for name in ("image_embeddings", "mask_logits", "object_pointer_ungated"):
            left, right = getattr(one, name), getattr(other, name)
            assert (left - right).norm() <= 3e-4 * right.norm(), name


@pytest.mark.parametrize("taken", [0, 1, 4])
def test_no_thread_outlives_a_track_that_is_left_early(taken: int) -> None:
    threads = torch.get_num_threads()
    steps = track_together(fast_model(), [PromptedClip(CLIPS["all"], mask())], cores=2)
    assert [next(steps).seen.frame_index for _ in range(taken)] == list(range(taken))
    steps.close()
    assert side_by_side_threads() == []
    assert torch.get_num_threads() == threads


def test_an_error_of_a_step_beside_others_comes_where_the_step_was_to_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    follow = step.followed

    def failing(tensors: Any, bank: Any, frame: int, *more: Any) -> Any:
        if frame == 3:
            raise MemoryError("of the third step")
        return follow(tensors, bank, frame, *more)

    monkeypatch.setattr(network_tracker, "followed", failing)
    steps = track_together(fast_model(), [PromptedClip(CLIPS["all"], mask())], cores=2)
    assert [next(steps).seen.frame_index for _ in range(3)] == [0, 1, 2]
    with pytest.raises(MemoryError, match="of the third step"):
        next(steps)
    assert side_by_side_threads() == []


@pytest.mark.parametrize("cores", [None, 1, 3])
@pytest.mark.parametrize("batch", [1, 3])
def test_every_step_is_watched_once_before_it_is_yielded_each_clips_in_their_order(
    cores: int | None, batch: int
) -> None:
    model = small_model() if cores is None else fast_model()
    clips = [PromptedClip(clip, mask()) for clip in CLIPS.values()]
    watched: list[tuple[str, SeenTogether]] = []

    def watch(together: SeenTogether) -> None:
        watched.append((threading.current_thread().name, together))

    yielded = []
    for together in track_together(model, clips, batch=batch, cores=cores, watch=watch):
        assert any(together is one for _, one in watched)
        yielded.append(together)
    assert len(watched) == len(yielded)
    for place, clip in enumerate(clips):
        seen = [one.seen.frame_index for _, one in watched if place in one.clips]
        assert seen == list(range(len(clip.frames)))
    on_cores = {name.startswith("samscope-core") for name, _ in watched}
    assert on_cores == {cores is not None}


@pytest.mark.parametrize("cores", [None, 2])
def test_an_error_of_watching_comes_where_the_step_was_to_come(cores: int | None) -> None:
    def watch(together: SeenTogether) -> None:
        if together.seen.frame_index == 2:
            raise OSError("the disk is full")

    model = small_model() if cores is None else fast_model()
    steps = track_together(model, [PromptedClip(CLIPS["all"], mask())], cores=cores, watch=watch)
    assert [next(steps).seen.frame_index for _ in range(2)] == [0, 1]
    with pytest.raises(OSError, match="the disk is full"):
        next(steps)
    assert side_by_side_threads() == []


def test_side_by_side_no_more_is_held_than_two_frame_indexes_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[weakref.ref[Any]] = []
    encode = NetworkTracker._encoded

    def watched(tracker: Any, pixels: Any) -> Any:
        encoded = encode(tracker, pixels)
        alive.append(weakref.ref(encoded))
        return encoded

    monkeypatch.setattr(NetworkTracker, "_encoded", watched)
    whole, inserted = frames(*range(20)), frames(0, 1, 2, 50, 51, *range(3, 18))
    most = 0
    for _ in track_together(
        fast_model(), [PromptedClip(whole, mask()), PromptedClip(inserted, mask())], cores=2
    ):
        gc.collect()
        most = max(most, sum(reference() is not None for reference in alive))
    assert len(alive) == 22
    assert most <= (2 + 1) + 2 * 2 + 2 * 2  # behind, ahead, and those of the two latest steps


@pytest.mark.parametrize("batch", [1, 4])
def test_under_a_rule_a_clip_is_what_it_is_under_it_alone(batch: int, counted: dict[str, int]) -> None:
    model, pictures = small_model(), CLIPS["all"]
    present = np.arange(9) % 3 != 1
    rules = [None, memory_rule("sam2:stride=2"), memory_rule("oracle"), memory_rule("oracle:gates=pointers")]
    clips = [PromptedClip(pictures, mask(), present, memory=rule) for rule in rules]
    together = tracked_together(model, clips, batch=batch)
    assert counted["encoded"] == len(pictures)
    for rule, seen in zip(rules, together, strict=True):
        alone = list(samscope.track(model, pictures, mask=mask(), memory=rule, truth=present))
        for one, other in zip(seen, alone, strict=True):
            assert (one.read, one.written) == (other.read, other.written)
            torch.testing.assert_close(one.mask_logits, other.mask_logits, rtol=1e-4, atol=1e-4)
            assert batch > 1 or not differing(one, other)
    assert together[0][4].read == (0, 1, 2, 3)
    assert together[1][4].read == (0, 2, 3)
    assert [one.written for one in together[2]] == [True, *present[1:].tolist()]
    assert together[2][8].read == (0, 2, 3, 5, 6)
    assert together[3][8].read == together[0][8].read


def test_a_rule_that_needs_the_truth_is_refused_for_a_clip_without_it() -> None:
    with pytest.raises(UsageError, match="oracle"):
        next(
            track_together(
                small_model(), [PromptedClip(CLIPS["short"], mask(), memory=memory_rule("oracle"))]
            )
        )
