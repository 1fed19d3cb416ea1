import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from samscope.observation.measurement_cache import MeasurementCache, StepCaches


def test_what_was_measured_is_not_measured_again() -> None:
    cache, measured = MeasurementCache(), []

    def measure() -> int:
        measured.append(1)
        return len(measured)

    assert [cache.get("J", measure), cache.get("J", measure), cache.get("F", measure)] == [1, 1, 2]


def test_nothing_can_be_a_value() -> None:
    cache = MeasurementCache()
    assert cache.get("box", lambda: None) is None
    assert cache.get("box", lambda: 1) is None


def test_threads_that_ask_at_once_wait_for_the_first() -> None:
    cache, measured, together = MeasurementCache(), [], threading.Barrier(4, timeout=10)

    def ask(number: int) -> int:
        def measure() -> int:
            time.sleep(0.05)
            measured.append(number)
            return number

        together.wait()
        return cache.get("J", measure)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert len(measured) == 1
    assert answers == measured * 4


def test_one_measurement_does_not_wait_for_another() -> None:
    cache, begun = MeasurementCache(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(cache.get, "J", lambda: begun.wait(10))
        assert cache.get("F", lambda: 2) == 2
        begun.set()
        assert slow.result()


def test_whoever_asks_for_what_cannot_be_measured_hears_why() -> None:
    cache = MeasurementCache()

    def fail() -> int:
        raise ValueError("no room")

    for measure in (fail, lambda: 1):
        with pytest.raises(ValueError, match="no room"):
            cache.get("J", measure)


def test_steps_have_names_of_their_own_and_frames_have_numbers() -> None:
    of_frames = MeasurementCache()
    steps = [StepCaches(3, of_frames), StepCaches(3, of_frames), StepCaches(4, of_frames)]
    for position in ("frame", "image_embeddings"):
        caches, names = zip(*(step.at_position(position) for step in steps), strict=True)
        assert all(cache is of_frames for cache in caches)
        assert names[0] == names[1] != names[2]
    for position in ("memory_conditioned", "object_pointer", "memory_features"):
        caches, names = zip(*(step.at_position(position) for step in steps), strict=True)
        assert [cache is step.of_step for cache, step in zip(caches, steps, strict=True)] == [True] * 3
        assert len(set(names)) == 3
