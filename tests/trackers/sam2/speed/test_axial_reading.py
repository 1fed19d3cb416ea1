import copy

import pytest
import torch
from torch import Tensor, nn

from samscope.trackers.sam2.speed.axial_reading import AxialTurns, axial_turns, pays, turned
from samscope.trackers.sam2.speed.fast_memory_attention import FastMemoryAttention
from samscope.trackers.sam2.speed.kept_memory import KeptMemory
from samscope.trackers.sam2.speed.matrix_products import Library
from samscope.trackers.sam2.speed.recalled_memory import Recalled, RecalledColumns, RecalledTokens
from tests.small_model import small_network

SIDE, CHANNELS, MEMORY_CHANNELS = 6, 32, 8


def grid_turns() -> Tensor:
    """Turns as SAM 2 makes them: half the pairs by column, half by row."""
    speeds = torch.tensor([1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003])
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    angles = [places.flatten()[:, None] * speeds for places in (columns, rows)]
    return torch.polar(torch.ones(SIDE**2, 2 * len(speeds)), torch.cat(angles, dim=1))


def both(memories: int, pointers: int, batch: int, library: Library) -> tuple[Recalled, Recalled]:
    generator = torch.Generator().manual_seed(memories)
    tokens = torch.randn(batch, memories * SIDE**2 + pointers, MEMORY_CHANNELS, generator=generator)
    placed = tokens + torch.randn(tokens.shape, generator=generator)
    turns, axial = grid_turns(), axial_turns(grid_turns())
    assert axial is not None
    plain = RecalledTokens(tokens, placed, pointers=pointers, turns=turns, kept=KeptMemory(), library=library)
    by_columns = RecalledColumns(
        tokens,
        placed,
        pointers=pointers,
        turns=axial,
        kept=KeptMemory(),
        library=library,
        keys_by_projection={},
    )
    return plain, by_columns


@pytest.mark.parametrize("library", list(Library))
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize(("memories", "pointers"), [(1, 5), (3, 5), (3, 0)])
def test_reading_by_columns_is_reading(memories: int, pointers: int, batch: int, library: Library) -> None:
    generator = torch.Generator().manual_seed(0)
    queries = torch.randn(batch, 20, CHANNELS, generator=generator)
    plain, by_columns = both(memories, pointers, batch, library)
    for _ in range(2):
        projection = nn.Linear(MEMORY_CHANNELS, CHANNELS)
        with torch.no_grad():
            for recalled in (plain, by_columns):
                for part in recalled.recalling(projection):
                    part()
            wanted, found = plain.read(queries), by_columns.read(queries)
        assert (found - wanted).norm() < 1e-6 * wanted.norm()


def test_turns_of_the_library_are_made_by_column_and_row() -> None:
    attention = FastMemoryAttention(small_network().memory_attention)
    axial = attention._axial_turns()
    assert isinstance(axial, AxialTurns)
    assert len(axial.columns) == len(axial.rows) == 4


def test_other_turns_are_not() -> None:
    turns = grid_turns()
    assert axial_turns(turns) is not None
    assert axial_turns(turns.flip(1)) is None
    assert axial_turns(turns[:-1]) is None
    scrambled = turns.clone()
    scrambled[7] = scrambled[8]
    assert axial_turns(scrambled) is None


@pytest.mark.parametrize(
    ("memories", "side", "better"), [(1, 64, False), (3, 64, True), (7, 64, True), (7, 12, False)]
)
def test_it_pays_for_several_large_memories(memories: int, side: int, better: bool) -> None:
    assert pays(memories, side, 256, 64) is better


def test_memory_attention_is_the_librarys_within_rounding_either_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from samscope.trackers.sam2.speed import fast_memory_attention

    stock = small_network().memory_attention
    places, memories, pointers = len(stock.position_ids), 3, 4
    generator = torch.Generator().manual_seed(0)
    frame, position = torch.randn(2, places, 2, 64, generator=generator)
    memory, ages = torch.randn(2, memories * places + pointers, 2, 64, generator=generator)

    def attended(attention: nn.Module) -> Tensor:
        with torch.no_grad():
            found: Tensor = attention(
                current_vision_features=frame,
                current_vision_position_embeddings=position,
                memory=memory,
                memory_posision_embeddings=ages,
                num_object_pointer_tokens=pointers,
            )
        return found

    wanted = attended(stock)
    for by_columns in (False, True):
        monkeypatch.setattr(fast_memory_attention, "pays", lambda *_: by_columns)  # noqa: B023
        found = attended(FastMemoryAttention(copy.deepcopy(stock)))
        assert found.shape == wanted.shape
        assert (found - wanted).norm() < 2e-6 * wanted.norm(), by_columns


def test_turning_is_a_rotation_of_neighbours() -> None:
    values, turns = torch.tensor([[1.0, 0.0, 0.0, 2.0]]), torch.tensor([[1j, -1 + 0j]])
    assert torch.equal(turned(values, turns), torch.tensor([[0.0, 1.0, 0.0, -2.0]]))
