"""Of several things done together only those at fault are lost, and memory is asked for less."""

import errno
from collections.abc import Callable, Sequence

import pytest
import torch

from samscope.studies.isolation import Apart, Fault, is_out_of_memory, stops_all
from samscope.support.errors import SamscopeError

CPU_FULL = RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: ...")
ONEDNN_FULL = RuntimeError("could not create a primitive")
CUDA_FULL = torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 2.00 GiB")


class Attempts:
    """Squares numbers; fails as it is told, and remembers what it was asked for."""

    def __init__(self, fails: Callable[[Sequence[int], int], Exception | None]) -> None:
        self.fails = fails
        self.asked: list[tuple[tuple[int, ...], int]] = []

    def __call__(self, things: Sequence[int], batch: int) -> list[int]:
        self.asked.append((tuple(things), batch))
        if error := self.fails(things, batch):
            raise error
        return [thing**2 for thing in things]


def test_what_does_not_fail_is_done_once() -> None:
    attempt = Attempts(lambda *_: None)
    assert Apart(attempt).each([1, 2, 3], 4) == [1, 4, 9]
    assert attempt.asked == [((1, 2, 3), 4)]
    assert Apart(attempt).each([], 4) == []


@pytest.mark.parametrize("faulty", [{0}, {5}, {2, 3}, set(range(6))])
def test_only_what_is_at_fault_is_lost(faulty: set[int]) -> None:
    def fails(things: Sequence[int], _: int) -> Exception | None:
        return SamscopeError("an object\ncannot be placed") if faulty & set(things) else None

    results = Apart(Attempts(fails)).each(range(6), 1)
    lost = Fault("input", "an object cannot be placed")
    assert results == [lost if thing in faulty else thing**2 for thing in range(6)]


def test_unforeseen_errors_are_named_with_their_type() -> None:
    assert Apart(Attempts(lambda *_: KeyError("x"))).each([1], 1) == [Fault("unexpected", "KeyError: 'x'")]
    assert Apart(Attempts(lambda *_: ValueError())).each([1], 1) == [Fault("unexpected", "ValueError")]


@pytest.mark.parametrize(
    "full",
    [
        CPU_FULL,
        CUDA_FULL,
        ONEDNN_FULL,
        MemoryError("Unable to allocate 3 GiB"),
        torch.AcceleratorError(
            "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"
        ),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("GET was unable to find an engine to execute this computation"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9.06 GB, max allowed: 9.07 GB)"),
    ],
    ids=["cpu", "cuda", "onednn", "numpy", "cuda-driver", "cublas", "cudnn", "cudnn-engine", "mps"],
)
def test_a_batch_too_large_is_halved_before_anything_is_parted(
    full: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    attempt = Attempts(lambda _, batch: full if batch > 3 else None)
    assert Apart(attempt).each([1, 2], 16) == [1, 4]
    assert attempt.asked == [((1, 2), 16), ((1, 2), 8), ((1, 2), 4), ((1, 2), 2)]
    assert "memory is full at a batch of 16: going on with 8" in caplog.text
    assert not stops_all(full)


def test_one_thing_too_large_for_memory_is_lost_alone() -> None:
    attempt = Attempts(lambda things, _: CUDA_FULL if 7 in things else None)
    results = Apart(attempt, lambda _: "take a smaller model").each([5, 6, 7, 8], 4)
    assert results == [25, 36, Fault("memory", "take a smaller model"), 64]
    assert attempt.asked[:3] == [((5, 6, 7, 8), 4), ((5, 6, 7, 8), 2), ((5, 6, 7, 8), 1)]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(errno.EACCES, "Permission denied"),
        torch.AcceleratorError("CUDA error: unspecified launch failure"),
        KeyboardInterrupt(),
    ],
)
def test_what_stops_all_is_not_taken_for_a_clip_s_fault(error: BaseException) -> None:
    calls: list[int] = []

    def attempt(things: Sequence[int], batch: int) -> list[int]:
        calls.append(batch)
        raise error

    with pytest.raises(type(error)):
        Apart(attempt).each([1, 2], 2)
    assert len(calls) == 1


def test_a_full_disk_stops_all_though_it_comes_explained() -> None:
    explained = SamscopeError("disk full: 00000-goat.safetensors does not fit")
    explained.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert stops_all(explained)
    assert not stops_all(SamscopeError("a damaged file"))
    assert not stops_all(CUDA_FULL)


def test_what_is_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(SamscopeError("out of memory is a fine name for a video"))
