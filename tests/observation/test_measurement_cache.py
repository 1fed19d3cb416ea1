import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from samscope.observation.known import Known, KnownOfStep


def test_what_is_known_is_not_measured_again() -> None:
    known, measured = Known(), []

    def measure() -> int:
        measured.append(1)
        return len(measured)

    assert [known.get("J", measure), known.get("J", measure), known.get("F", measure)] == [1, 1, 2]


def test_nothing_can_be_a_value() -> None:
    known = Known()
    assert known.get("box", lambda: None) is None
    assert known.get("box", lambda: 1) is None


def test_threads_that_ask_at_once_wait_for_the_first() -> None:
    known, measured, together = Known(), [], threading.Barrier(4, timeout=10)

    def ask(number: int) -> int:
        def measure() -> int:
            time.sleep(0.05)
            measured.append(number)
            return number

        together.wait()
        return known.get("J", measure)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert len(measured) == 1
    assert answers == measured * 4


def test_one_measurement_does_not_wait_for_another() -> None:
    known, begun = Known(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(known.get, "J", lambda: begun.wait(10))
        assert known.get("F", lambda: 2) == 2
        begun.set()
        assert slow.result()


def test_whoever_asks_for_what_cannot_be_measured_hears_why() -> None:
    known = Known()

    def fail() -> int:
        raise ValueError("no room")

    for measure in (fail, lambda: 1):
        with pytest.raises(ValueError, match="no room"):
            known.get("J", measure)


def test_steps_have_names_of_their_own_and_frames_have_numbers() -> None:
    of_frames = Known()
    steps = [KnownOfStep(3, of_frames), KnownOfStep(3, of_frames), KnownOfStep(4, of_frames)]
    for position in ("frame", "image_embeddings"):
        kept, names = zip(*(step.of(position) for step in steps), strict=True)
        assert all(one is of_frames for one in kept)
        assert names[0] == names[1] != names[2]
    for position in ("memory_conditioned", "object_pointer", "memory_features"):
        kept, names = zip(*(step.of(position) for step in steps), strict=True)
        assert [one is step.of_step for one, step in zip(kept, steps, strict=True)] == [True] * 3
        assert len(set(names)) == 3
