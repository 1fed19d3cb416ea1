import pytest
import torch

from samscope.trackers.memory import Memory, MemoryBank, Pointer


def bank_after(frames: int, memories: int = 7, max_pointers: int = 16, stride: int = 1) -> MemoryBank:
    bank = MemoryBank(_memory(0), _pointer(0), memories=memories, max_pointers=max_pointers, stride=stride)
    for frame in range(1, frames):
        bank = bank.remember(_memory(frame), _pointer(frame))
    return bank


def _memory(frame: int) -> Memory:
    return Memory(frame, torch.empty(0))


def _pointer(frame: int) -> Pointer:
    return Pointer(frame, torch.empty(0))


def official_memory_frames(frame: int, memories: int, stride: int) -> list[int]:
    """The frames that the official predictor reads at ``frame``, oldest first, the prompted one left out."""
    wanted = []
    for age in range(memories - 1, 0, -1):
        if age == 1:
            wanted.append(frame - 1)
        else:
            wanted.append(((frame - 2) // stride) * stride - (age - 2) * stride)
    return [index for index in wanted if index > 0]


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("memories", [2, 4, 7])
def test_holds_the_frames_that_the_official_predictor_reads(memories: int, stride: int) -> None:
    for frame in range(1, 60):
        bank = bank_after(frame, memories=memories, stride=stride)
        kept = [memory.frame for memory in bank.recent]
        assert kept == official_memory_frames(frame, memories, stride)


@pytest.mark.parametrize(("most", "frames"), [(16, 40), (16, 9), (5, 40), (1, 3)])
def test_pointers_are_the_latest_first_and_bounded(most: int, frames: int) -> None:
    kept = [pointer.frame for pointer in bank_after(frames, max_pointers=most).pointers]
    assert kept == list(range(frames - 1, 0, -1))[: most - 1]


def test_the_prompted_frame_is_kept_for_good() -> None:
    bank = bank_after(500)
    assert bank.prompted.frame == bank.prompted_pointer.frame == 0
    assert len(bank.recent) == 6
    assert len(bank.pointers) == 15


def test_remembering_leaves_the_old_bank_as_it_was() -> None:
    trunk = bank_after(10)
    left = trunk.remember(_memory(10), _pointer(10))
    right = trunk.remember(_memory(10), _pointer(10))
    assert [memory.frame for memory in trunk.recent] == [4, 5, 6, 7, 8, 9]
    assert left.recent[:-1] == right.recent[:-1]
    assert left.recent[-1] is not right.recent[-1]


def test_recalled_are_all_memories_by_rank_and_all_pointers_by_time() -> None:
    recall = bank_after(10, memories=4, max_pointers=5, stride=2).recall(10)
    assert [(age, memory.frame) for age, memory in recall.memories] == [(0, 0), (3, 6), (2, 8), (1, 9)]
    assert [(distance, pointer.frame) for distance, pointer in recall.pointers] == [
        (10, 0),
        (1, 9),
        (2, 8),
        (3, 7),
        (4, 6),
    ]
