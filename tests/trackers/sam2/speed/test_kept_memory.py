import copy
import pickle
import threading

import torch

from samscope.trackers.sam2.speed.kept_memory import KeptMemory


def test_the_same_memory_serves_again() -> None:
    kept = KeptMemory()
    first = kept.take("a", 4, 5)
    assert first.shape == (4, 5)
    assert first.dtype == torch.float32
    assert kept.take("a", 3, 2).data_ptr() == first.data_ptr()
    assert kept.take("b", 4, 5).data_ptr() != first.data_ptr()


def test_it_grows() -> None:
    kept = KeptMemory()
    kept.take("a", 4)
    assert kept.take("a", 100, 100).fill_(1).sum() == 10_000


def test_threads_have_their_own() -> None:
    kept = KeptMemory()
    places = [kept.take("a", 8).data_ptr()]
    thread = threading.Thread(target=lambda: places.append(kept.take("a", 8).data_ptr()))
    thread.start()
    thread.join()
    assert len(set(places)) == 2


def test_a_copy_begins_with_none() -> None:
    kept = KeptMemory()
    here = kept.take("a", 8)
    for other in (copy.deepcopy(kept), pickle.loads(pickle.dumps(kept))):  # noqa: S301
        assert other.take("a", 8).data_ptr() != here.data_ptr()


def test_what_was_taken_without_gradients_may_be_written_to_later() -> None:
    kept = KeptMemory()
    with torch.inference_mode():
        kept.take("a", 8)
    kept.take("a", 8).fill_(3)
