import pytest

from samscope.support.errors import UsageError
from samscope.trackers.memory import Bank, Limits
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.rules.sam3 import Sam3Memory
from tests.trackers.rules.banks import Said, memory, new_bank, recalled


def bank_after(frames: int, memories: int = 7, max_pointers: int = 16, stride: int = 1) -> Bank:
    bank = new_bank(Sam2Memory(stride), Limits(memories, max_pointers))
    for frame in range(1, frames):
        bank = bank.remember(memory(frame), Said())
    return bank


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
@pytest.mark.parametrize("memories", [1, 2, 4, 7])
def test_reads_the_frames_that_the_official_predictor_reads(memories: int, stride: int) -> None:
    for frame in range(1, 60):
        read = recalled(bank_after(frame, memories=memories, stride=stride), frame)
        assert read["memory_frames"] == [0, *official_memory_frames(frame, memories, stride)]
        assert read["memory_ages"] == [0, *range(len(read["memory_frames"]) - 1, 0, -1)]


@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize(("most", "frames"), [(16, 40), (16, 9), (5, 40), (1, 3)])
def test_pointers_are_the_latest_first_bounded_and_at_their_distance(
    most: int, frames: int, stride: int
) -> None:
    bank = bank_after(frames, max_pointers=most, stride=stride)
    read = recalled(bank, frames)
    assert read["pointer_frames"] == [0, *list(range(frames - 1, 0, -1))[: most - 1]]
    assert read["pointer_distances"] == [frames - frame for frame in read["pointer_frames"]]
    assert bank.recall(frames).farthest == most - 1


def test_a_bank_stays_small_and_keeps_the_prompted_frame_for_good() -> None:
    bank = bank_after(500, stride=3)
    assert [kept.frame for kept in bank.prompted] == [0]
    assert len(bank.tracked) <= 6 + 15
    assert sum(kept.features is not None for kept in bank.tracked) <= 7


def test_remembering_leaves_the_old_bank_as_it_was() -> None:
    trunk = bank_after(10)
    left, right = trunk.remember(memory(10), Said()), trunk.remember(memory(10), Said())
    assert recalled(trunk, 10)["memory_frames"] == [0, 4, 5, 6, 7, 8, 9]
    assert left.recall(11).layout == right.recall(11).layout
    assert left.tracked[-1].frame == right.tracked[-1].frame == 10


def test_a_stride_below_one_is_refused() -> None:
    with pytest.raises(UsageError, match="memory rule sam2: stride is 0; it must be at least 1"):
        Sam2Memory(0)


def test_what_another_rule_keeps_is_read_by_rank_however_old_it_is() -> None:
    bank = new_bank(Sam3Memory())
    bank = bank.keeping(tuple(memory(frame) for frame in (1, 20, 60)))
    read = Sam2Memory().recall(bank, 61)
    assert [(age, kept.frame) for age, kept in read.memories] == [(0, 0), (3, 1), (2, 20), (1, 60)]
    assert [(distance, kept.frame) for distance, kept in read.pointers] == [
        (61, 0),
        (1, 60),
        (41, 20),
        (60, 1),
    ]
