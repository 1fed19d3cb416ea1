import gc
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
import torch

import samscope
from samscope.support.errors import UsageError
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.positions import POSITION_NAMES
from samscope.trackers.rules.sam3 import Sam3Memory
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.seen import Seen
from samscope.trackers.shared import PromptedClip, track_together
from tests.small_model import small_model

HEIGHT, WIDTH = 48, 80


def frames(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, HEIGHT, WIDTH, 3), dtype=np.uint8)


def mask() -> np.ndarray:
    marked = np.zeros((HEIGHT, WIDTH), bool)
    marked[10:30, 20:50] = True
    return marked


def tensors(seen: Seen) -> dict[str, torch.Tensor]:
    values = {field.name: getattr(seen, field.name) for field in fields(seen)}
    return {name: value for name, value in values.items() if isinstance(value, torch.Tensor)}


def test_shapes_and_kinds_at_every_position() -> None:
    first, second = samscope.track(small_model(), frames(2), mask=mask())
    assert (first.prompted, first.prompted_by_mask) == (True, True)
    assert (second.prompted, second.prompted_by_mask) == (False, False)
    assert first.memory_conditioned is None
    shapes = {name: tuple(value.shape) for name, value in tensors(second).items()}
    assert shapes == {
        "mask": (HEIGHT, WIDTH),
        "mask_logits": (16, 16),
        "frame": (3, 64, 64),
        "image_embeddings": (8, 16, 16),
        "memory_conditioned": (64, 4, 4),
        "prompt_conditioned": (64, 4, 4),
        "object_pointer": (64,),
        "object_pointer_ungated": (64,),
        "memory_encoder_output": (64, 4, 4),
        "memory_features": (64, 4, 4),
        "mask_tokens": (4, 64),
        "memory_mask": (1, 64, 64),
    }
    assert set(POSITION_NAMES) <= set(shapes)
    assert second.mask.dtype == torch.bool
    assert second.at("memory_features").dtype == torch.bfloat16
    assert not any(value.requires_grad for value in tensors(second).values())


def test_a_prompting_mask_is_the_first_answer() -> None:
    first = next(iter(samscope.track(small_model(image_size=256), frames(1), mask=mask())))
    assert first.object_score == 10
    assert first.predicted_iou == 1
    agreement = (first.mask.numpy() == mask()).mean()
    assert agreement > 0.98


@pytest.mark.parametrize("prompt", [{"points": [[30, 20]], "labels": [1]}, {"box": [20, 10, 50, 30]}])
def test_points_and_boxes_prompt_too(prompt: dict[str, Any]) -> None:
    first, second = samscope.track(small_model(), frames(2), **prompt)
    assert (first.prompted, first.prompted_by_mask) == (True, False)
    assert first.memory_conditioned is None
    assert second.memory_conditioned is not None


def test_a_stream_of_known_length_is_tracked_as_an_array() -> None:
    model, clip = small_model(), frames(4)
    whole = list(samscope.track(model, clip, mask=mask()))
    stream = list(samscope.track(model, iter(clip), mask=mask(), length=4))
    for one, other in zip(whole, stream, strict=True):
        for name, value in tensors(one).items():
            assert torch.equal(value, tensors(other)[name]), name


def test_the_length_is_part_of_the_computation() -> None:
    model, clip = small_model(), frames(4)
    known = list(samscope.track(model, clip, mask=mask()))[-1]
    unknown = list(samscope.track(model, iter(clip), mask=mask()))[-1]
    maximum = list(samscope.track(model, clip, mask=mask(), length=16))[-1]
    assert not torch.equal(known.at("object_pointer"), unknown.at("object_pointer"))
    assert torch.equal(maximum.at("object_pointer"), unknown.at("object_pointer"))


def test_the_memory_stride_changes_what_is_read() -> None:
    model, clip = small_model(), frames(10)
    every = list(samscope.track(model, clip, mask=mask()))
    third = list(samscope.track(model, clip, mask=mask(), memory="sam2:stride=3"))
    assert torch.equal(every[1].at("object_pointer"), third[1].at("object_pointer"))
    assert not torch.equal(every[-1].at("object_pointer"), third[-1].at("object_pointer"))


def test_the_same_bits_twice() -> None:
    model, clip = small_model(), frames(3)
    for one, other in zip(
        samscope.track(model, clip, mask=mask()), samscope.track(model, clip, mask=mask()), strict=True
    ):
        assert all(torch.equal(value, tensors(other)[name]) for name, value in tensors(one).items())


def test_the_callers_gradient_mode_is_left_alone() -> None:
    for seen in samscope.track(small_model(), frames(2), mask=mask()):
        assert torch.is_grad_enabled()
        assert not seen.at("object_pointer").requires_grad


def test_a_stream_of_any_length_holds_the_same_tensors() -> None:
    alive: list[weakref.ref[torch.Tensor]] = []

    def living() -> int:
        gc.collect()
        return sum(reference() is not None for reference in alive)

    counts = []
    one = frames(1)[0]
    for seen in samscope.track(small_model(), (one for _ in range(90)), mask=mask()):
        alive.extend(weakref.ref(value) for value in tensors(seen).values())
        if seen.frame_index in {29, 59, 89}:
            counts.append(living())
    assert counts[0] == counts[1] == counts[2]


def test_frames_are_taken_one_at_a_time() -> None:
    taken = []

    def stream() -> Iterator[np.ndarray]:
        for index, frame in enumerate(frames(5)):
            taken.append(index)
            yield frame

    track = samscope.track(small_model(), stream(), mask=mask())
    next(track)
    assert taken == [0]
    next(track)
    assert taken == [0, 1]


@pytest.mark.parametrize(
    ("clip", "message"),
    [
        ([], "no frame to track in"),
        (frames(2).astype(np.float32), r"frame 0 is float32 \[48, 80, 3\]; expected a numpy array, uint8"),
        (frames(2)[..., 0], r"frame 0 is uint8 \[48, 80\]"),
        (["a.jpg"], "frame 0 is str"),
        ([frames(1)[0], frames(1)[0][:10]], r"frame 1 is \[10, 80, 3\], frame 0 \[48, 80, 3\]"),
    ],
)
def test_bad_frames(clip: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        list(samscope.track(small_model(), clip, mask=mask()))


def test_more_frames_than_announced() -> None:
    with pytest.raises(UsageError, match="frame 2 came after the last one: length=2"):
        list(samscope.track(small_model(), iter(frames(3)), mask=mask(), length=2))


def test_a_memory_rule_may_be_given_as_a_value() -> None:
    model, clip = small_model(), frames(10)
    by_name = list(samscope.track(model, clip, mask=mask(), memory="sam3:mf_threshold=0.5"))
    by_value = list(samscope.track(model, clip, mask=mask(), memory=Sam3Memory(0.5)))
    assert torch.equal(by_name[-1].at("object_pointer"), by_value[-1].at("object_pointer"))


@pytest.mark.parametrize(
    ("memory", "complaint"),
    [
        ("sam2:stride=0", "stride is 0; it must be at least 1"),
        ("latest", "there is no such rule; expected one of sam2, sam3"),
        (3, "memory is 3; expected a memory rule, or its name"),
    ],
)
def test_a_bad_memory_rule(memory: Any, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        samscope.track(small_model(), frames(1), mask=mask(), memory=memory)


def fast_model() -> Model:
    stock = small_model()
    return replace(stock, network=prepare(stock.network, "fast", stock.device), mode="fast")


@contextmanager
def threads_of_pytorch(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def threads_at_work() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("samscope-core")]


def all_tensors(track: Iterator[Seen]) -> list[dict[str, torch.Tensor]]:
    return [tensors(seen) for seen in track]


@pytest.mark.parametrize(
    "options", [{"threads": 2}, {"threads": 3}, {"threads": 2, "ahead": 0}, {"ahead": 5}]
)
@pytest.mark.parametrize("stream", [False, True])
def test_every_bit_is_that_of_one_core_and_of_a_study(options: dict[str, Any], stream: bool) -> None:
    model, clip = fast_model(), frames(12)
    together = track_together(model, [PromptedClip(clip, mask())], cores=2)
    studied = [tensors(one.seen) for one in together]
    alone = all_tensors(samscope.track(model, clip, mask=mask(), threads=1))
    given: Any = iter(clip) if stream else clip
    found = all_tensors(samscope.track(model, given, mask=mask(), length=12, **options))
    for wanted in (studied, alone):
        assert len(found) == len(wanted) == 12
        for one, other in zip(found, wanted, strict=True):
            assert [name for name, value in one.items() if not torch.equal(value, other[name])] == []


def test_two_frames_to_come_are_encoded_while_one_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []
    encode = NetworkTracker._encoded

    def noted(tracker: Any, pixels: Any) -> Any:
        outcome = encode(tracker, pixels)
        encoded.append(threading.current_thread().name)
        return outcome

    monkeypatch.setattr(NetworkTracker, "_encoded", noted)
    seen = samscope.track(fast_model(), frames(9), mask=mask(), threads=2)
    next(seen)
    deadline = time.monotonic() + 20
    while len(encoded) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(encoded) == 4  # the first, the one whose step is taken, and two more
    assert all(name.startswith("samscope-core") for name in encoded)
    assert len(list(seen)) == 8
    assert len(encoded) == 9


def test_what_a_stream_may_be_read_ahead_is_for_its_user_to_say() -> None:
    taken: list[int] = []

    def stream() -> Iterator[np.ndarray]:
        for index, frame in enumerate(frames(6)):
            taken.append(index)
            yield frame

    seen = samscope.track(fast_model(), stream(), mask=mask(), threads=2)
    for index in range(6):
        assert next(seen).frame_index == index
        assert taken == list(range(index + 1))
    taken.clear()
    seen = samscope.track(fast_model(), stream(), mask=mask(), threads=2, ahead=2)
    next(seen)
    assert taken == [0, 1, 2, 3]
    seen.close()


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_threads_are_as_before_after_a_track_that_is_left_early(taken: int) -> None:
    with threads_of_pytorch(3):
        seen = samscope.track(fast_model(), frames(6), mask=mask())
        for _ in range(taken):
            next(seen)
            assert torch.get_num_threads() == 1
        seen.close()
        assert torch.get_num_threads() == 3
        assert threads_at_work() == []


def test_tracks_at_once_have_as_many_cores_each_as_one_alone() -> None:
    with threads_of_pytorch(3):
        model = fast_model()
        first, second = (samscope.track(model, frames(3), mask=mask()) for _ in range(2))
        next(first)
        next(second)
        assert len(threads_at_work()) == 6
        assert len(list(first)) == len(list(second)) == 2
        assert torch.get_num_threads() == 3


def test_threads_of_the_librarys_own_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    encode = NetworkTracker._encoded

    def noted(tracker: Any, pixels: Any) -> Any:
        counts.append(torch.get_num_threads())
        return encode(tracker, pixels)

    monkeypatch.setattr(NetworkTracker, "_encoded", noted)
    with threads_of_pytorch(3):
        for _ in samscope.track(small_model(), frames(2), mask=mask(), threads=1):
            assert torch.get_num_threads() == 3
        for _ in samscope.track(small_model(), frames(2), mask=mask()):
            pass
    assert counts == [1, 1, 3, 3]


def test_a_bad_frame_is_told_of_after_all_before_it_were_seen() -> None:
    clip = [*frames(3), frames(1)[0][:10]]
    seen = samscope.track(fast_model(), clip, mask=mask(), threads=2)
    assert [next(seen).frame_index for _ in range(3)] == [0, 1, 2]
    with pytest.raises(UsageError, match=r"frame 3 is \[10, 80, 3\]"):
        next(seen)
    assert threads_at_work() == []


@pytest.mark.parametrize(("option", "value"), [("threads", 0), ("ahead", -1)])
def test_numbers_out_of_their_range(option: str, value: int) -> None:
    numbers: dict[str, Any] = {option: value}
    with pytest.raises(UsageError, match=f"{option} is {value}"):
        samscope.track(small_model(), frames(1), mask=mask(), **numbers)


def test_a_long_stream_ahead_holds_no_more_than_a_short_one() -> None:
    alive: list[weakref.ref[torch.Tensor]] = []
    counts = []
    one = frames(1)[0]
    track = samscope.track(fast_model(), (one for _ in range(60)), mask=mask(), threads=2, ahead=2)
    for seen in track:
        alive.extend(weakref.ref(value) for value in tensors(seen).values())
        if seen.frame_index in {29, 58}:
            counts.append(min(count_alive(alive) for _ in range(20)))
    assert counts[0] == counts[1]


def count_alive(references: list[weakref.ref[torch.Tensor]]) -> int:
    """Count what is held, a moment later: a thread may still hold what it has just handed over."""
    time.sleep(0.02)
    gc.collect()
    return sum(reference() is not None for reference in references)
