import pytest
import torch
from transformers import Sam2VideoConfig

from samscope.support.errors import SamscopeError
from samscope.trackers.sam2.released import HIERA_SIZES, released_configuration
from samscope.trackers.sam2.speed import device_memory
from samscope.trackers.sam2.speed.device_memory import device_memory_explained, usual_batch
from tests.small_model import small_configuration

GIB = 2**30


def within(configuration: Sam2VideoConfig, memory: int) -> int:
    channels: int = configuration.vision_config.backbone_config.hidden_size
    return device_memory._batch_within(configuration.image_size, channels, memory)


@pytest.mark.parametrize(
    ("image_size", "sets", "batch"),
    [(1024, 6, 1), (512, 6, 1), (384, 6, 2), (256, 6, 4), (192, 6, 6), (64, 2, 2)],
)
def test_on_a_cpu_a_batch_is_for_small_frames(image_size: int, sets: int, batch: int) -> None:
    configuration = released_configuration(HIERA_SIZES[0], version_2_1=True, image_size=image_size)
    assert usual_batch(configuration, torch.device("cpu"), "fast", sets) == batch
    assert usual_batch(configuration, torch.device("cpu"), "exact", sets) == 1


@pytest.mark.parametrize("memory", [1 * GIB, 8 * GIB, 24 * GIB, 80 * GIB, 141 * GIB])
def test_batches_are_powers_of_two_that_grow_with_memory_and_shrink_with_the_model(memory: int) -> None:
    sizes = [released_configuration(hiera, version_2_1=True) for hiera in HIERA_SIZES]
    batches = [within(size, memory) for size in sizes]
    assert batches == sorted(batches, reverse=True)
    assert all(1 <= batch <= 64 and batch.bit_count() == 1 for batch in batches)
    more = [within(size, 4 * memory) for size in sizes]
    assert all(one <= other for one, other in zip(batches, more, strict=True))


def test_a_small_model_on_a_large_device_takes_the_most() -> None:
    assert within(small_configuration(), 80 * GIB) == 64


def test_a_full_device_is_one_line() -> None:
    with (
        pytest.raises(SamscopeError, match="--device cuda: its memory is full"),
        device_memory_explained("cuda"),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory")
