import pytest
import torch

from samscope.trackers.sam2.speed import memory_reading
from samscope.trackers.sam2.speed.matrix_products import Library, fastest_library, onednn_product
from samscope.trackers.sam2.speed.memory_reading import Reading, read_all, read_memory

LIBRARIES = [Library.BLAS, Library.ONEDNN]


def tensors(batch: int = 2, queries: int = 70, keys: int = 50) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    sizes = ((queries, 32), (keys, 32), (keys, 8))
    return tuple(torch.randn(batch, *size, generator=generator) for size in sizes)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("weights_at_once", [1, 50 * 64, 1 << 22])
def test_it_is_attention_whatever_the_blocks(
    library: Library, weights_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_reading, "_WEIGHTS_AT_ONCE", weights_at_once)
    queries, keys, memory = tensors()
    wanted = (queries.double() @ keys.double().transpose(1, 2)).softmax(dim=-1) @ memory.double()
    found = read_memory(queries, keys, memory, library)
    assert (found - wanted).norm() < 1e-6 * wanted.norm()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("rise", "times"), [(-300.0, 1), (0.0, 1), (60.0, 1), (80.0, 2), (300.0, 2)])
def test_weights_that_outgrow_the_first_ones_are_read_once_more(
    library: Library, rise: float, times: int
) -> None:
    """Relative to the first tile's largest, weights of the last tile are some e^rise."""
    (queries,), (keys,), (memory,) = tensors(1)
    first, last = keys[:40], keys[40:]
    offset = torch.full((len(queries), 1), rise)
    products = queries.double() @ keys.double().t()
    products[:, 40:] += rise
    wanted = products.softmax(dim=-1) @ memory.double()
    read, taken = torch.empty(len(queries), 8), []

    def everything(reading: Reading) -> None:
        taken.append(reading)
        reading.read(queries, first, memory[:40])
        reading.read(queries, last, memory[40:], offset)

    read_all(everything, read, library)
    assert len(taken) == times
    assert (read - wanted).norm() < 3e-6 * wanted.norm()


def test_what_is_not_finite_stays_so() -> None:
    queries, keys, memory = tensors()
    keys[0, 3, 0] = torch.nan
    found = read_memory(queries, keys, memory)
    assert found[0].isnan().all()
    assert found[1].isfinite().all()


def test_a_projection_of_the_memory_may_come_afterwards() -> None:
    queries, keys, memory = tensors()
    projection, bias = torch.randn(8, 32), torch.randn(32)
    weights = (queries @ keys.transpose(1, 2)).softmax(dim=-1)
    wanted = weights @ (memory @ projection + bias)
    found = read_memory(queries, keys, memory) @ projection + bias
    assert (found - wanted).norm() < 1e-5 * wanted.norm()


def test_both_libraries_are_here_and_agree() -> None:
    product = onednn_product()
    assert product is not None, "this PyTorch has no oneDNN: read_memory takes BLAS"
    left, right = torch.randn(40, 24), torch.randn(30, 24)
    assert (product(left, right) - left @ right.t()).norm() < 1e-6 * (left @ right.t()).norm()


def test_without_onednn_blas_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    queries, keys, memory = tensors()
    wanted = read_memory(queries, keys, memory, Library.BLAS)
    monkeypatch.setattr(memory_reading, "onednn_product", lambda: None)
    assert torch.equal(read_memory(queries, keys, memory, Library.ONEDNN), wanted)


def test_the_library_depends_on_the_processor_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from samscope.trackers.sam2.speed import matrix_products

    assert fastest_library("Intel(R) Xeon(R) Processor") is Library.BLAS
    assert fastest_library("AMD EPYC 7B13") is Library.ONEDNN
    monkeypatch.setattr(matrix_products, "onednn_product", lambda: None)
    assert fastest_library("AMD EPYC 7B13") is Library.BLAS
