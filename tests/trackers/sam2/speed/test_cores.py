import threading
from collections.abc import Callable

import pytest
import torch

from samscope.trackers.sam2.speed.cores import Cores, help_received, share, usual_cores

PATIENCE = 20
"""Seconds after which a test that waits for another thread has failed."""


@pytest.fixture(autouse=True)
def two_threads() -> object:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def meeting(barrier: threading.Barrier, name: str) -> str:
    barrier.wait(PATIENCE)
    return name


def test_tasks_run_side_by_side() -> None:
    barrier = threading.Barrier(2)
    with Cores(2) as cores:
        futures = [cores.run(meeting, barrier, name) for name in "ab"]
        assert [future.result(PATIENCE) for future in futures] == ["a", "b"]


def test_without_cores_a_task_runs_at_once_where_it_is_handed_over() -> None:
    with Cores(None) as cores:
        future = cores.run(lambda: (threading.get_ident(), torch.get_num_threads()))
        assert future.done()
        assert future.result() == (threading.get_ident(), 2)


@pytest.mark.parametrize("count", [None, 1, 2])
def test_an_error_is_the_tasks_alone(count: int | None) -> None:
    def fail() -> None:
        raise ValueError("no")

    with Cores(count) as cores:
        failed, done = cores.run(fail), cores.run(lambda: 7)
        with pytest.raises(ValueError, match="no"):
            failed.result(PATIENCE)
        assert done.result(PATIENCE) == 7


def test_operations_take_one_thread_each_meanwhile() -> None:
    with Cores(2) as first:
        with Cores(1) as second:
            assert second.run(torch.get_num_threads).result(PATIENCE) == 1
        assert first.run(torch.get_num_threads).result(PATIENCE) == 1
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


def test_many_threads_are_shared_out() -> None:
    torch.set_num_threads(32)
    with Cores(8) as cores:
        assert cores.run(torch.get_num_threads).result(PATIENCE) == 4
    assert torch.get_num_threads() == 32


def test_threads_are_as_before_after_an_error() -> None:
    with pytest.raises(KeyError), Cores(2):
        raise KeyError
    assert torch.get_num_threads() == 2


def test_what_has_not_begun_is_cancelled_at_the_end() -> None:
    held, begun = threading.Event(), threading.Event()

    def hold() -> str:
        begun.set()
        held.wait(PATIENCE)
        return "held"

    with Cores(1) as cores:
        running, waiting = cores.run(hold), cores.run(lambda: "never")
        begun.wait(PATIENCE)
        threading.Timer(0.1, held.set).start()
    assert running.result(0) == "held"
    assert waiting.cancelled()


def test_parts_are_shared_with_a_core_that_is_free() -> None:
    """Two parts that wait for each other end only if two cores run them."""
    barrier = threading.Barrier(2)
    where: list[int] = []

    def part() -> None:
        barrier.wait(PATIENCE)
        where.append(threading.get_ident())

    def task() -> float:
        share([part, part])
        return help_received()

    with Cores(2) as cores:
        assert cores.run(task).result(PATIENCE) > 0
    assert len(set(where)) == 2


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_part_runs_once(count: int) -> None:
    done: list[int] = []

    def task() -> None:
        share([part(number) for number in range(50)])

    def part(number: int) -> Callable[[], None]:
        return lambda: done.append(number)

    with Cores(count) as cores:
        for _ in range(4):
            cores.run(task)
        cores.run(task).result(PATIENCE)
    assert sorted(done) == sorted(list(range(50)) * 5)


def test_a_parts_error_is_its_tasks_and_ends_the_others() -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError("a part")

    def task() -> None:
        share([lambda: done.append(0), fail, lambda: done.append(2)])

    with Cores(1) as cores:
        with pytest.raises(ValueError, match="a part"):
            cores.run(task).result(PATIENCE)
        assert cores.run(lambda: "next").result(PATIENCE) == "next"
    assert done == [0]


def test_parts_of_no_task_run_in_turn() -> None:
    done: list[int] = []
    share([lambda: done.append(0), lambda: done.append(1)])
    assert done == [0, 1]
    assert help_received() == 0


def test_only_fast_on_a_cpu_works_side_by_side() -> None:
    cpu = torch.device("cpu")
    assert usual_cores(cpu, "fast") == 2
    assert usual_cores(cpu, "exact") is None
    assert usual_cores(cpu, "bf16") is None
    assert usual_cores(torch.device("cuda"), "fast") is None
    torch.set_num_threads(32)
    assert usual_cores(cpu, "fast") == 8
