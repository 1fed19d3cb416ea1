import pytest
import torch

from samscope.evaluation import frame_time as timing
from samscope.evaluation.frame_time import frame_time
from samscope.evaluation.sequences import Target, find_targets
from samscope.support.machine import machine, processor_name
from samscope.trackers.track import track
from samscope.videos.video import Collection
from tests.clips.folders import square_video
from tests.small_model import small_model


def targets_of(lengths: dict[str, int]) -> tuple[Target, ...]:
    videos = tuple(square_video(name, frames) for name, frames in lengths.items())
    return find_targets(Collection("videos", videos))[0]


@pytest.mark.parametrize(("length", "warm_up", "frames"), [(3, 1, 2), (12, 6, 6), (20, 8, 12), (40, 8, 20)])
def test_frames_after_warm_up_are_timed_in_the_longest_video(length: int, warm_up: int, frames: int) -> None:
    taken = frame_time(small_model(), targets_of({"brief": 3, "long": length, "longer": length}))

    assert taken.video == ("brief" if length == 3 else "long")
    assert (taken.warm_up, taken.frames) == (warm_up, frames)
    assert 0 < taken.low <= taken.median <= taken.high


def test_one_thread_only_while_the_time_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def counted(*arguments: object, **more: object) -> object:
        threads.append(torch.get_num_threads())
        return track(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(timing, "track", counted)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        frame_time(small_model(), targets_of({"brief": 3}))
        assert (threads, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(before)


def test_the_machine_has_a_name() -> None:
    facts = machine(torch.device("cpu"))

    assert facts["device"] == facts["processor"] == processor_name() != ""
    assert facts["cores"] >= 1
