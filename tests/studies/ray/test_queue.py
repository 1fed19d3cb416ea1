"""The queue hands out every group once, and a video to one worker as long as there are others."""

import numpy as np
import pytest

from samscope.clips.clip import Draw, Excerpt
from samscope.studies.ray.queue import WorkQueue
from samscope.studies.sharding import Group


def group(number: int, video: str) -> Group:
    source = Excerpt(video, 1, 0, 1)
    return [Draw(number, 0, source, source, (source,) * 3)]


def test_a_worker_stays_with_its_video_and_then_helps() -> None:
    names = ["long", "short", "long", "short", "long", "long"]
    queue = WorkQueue([group(number, name) for number, name in enumerate(names)])
    taken = {worker: [queue.take(worker), queue.take(worker)] for worker in ("first", "second")}
    videos = {
        worker: [one[0].source.video for one in groups if one is not None] for worker, groups in taken.items()
    }
    assert videos == {"first": ["long", "long"], "second": ["short", "short"]}
    helped = queue.take("second")
    assert helped is not None
    assert helped[0].source.video == "long"
    assert len(queue) == 1
    assert queue.take("first") is not None
    assert not queue
    assert queue.take("first") is queue.take("third") is None


@pytest.mark.parametrize("seed", range(20))
def test_every_group_is_done_once_whoever_is_lost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = [group(number, f"video{rng.integers(5)}") for number in range(40)]
    queue = WorkQueue(groups)
    done = []
    for step in range(1000):
        taken = queue.take(int(rng.integers(4)) + 10 * (step // 100))
        if taken is None:
            break
        if rng.random() < 0.3:
            queue.give_back(taken)
        else:
            done.append(taken[0].clip)
    assert sorted(done) == list(range(40))
    assert not queue
