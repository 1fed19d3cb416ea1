"""A compiled image encoder gives what the plain one does, by one piece of code for every batch."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._dynamo.utils import counters

import samscope
from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.modes import Mode
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.registry import load_model
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.speed.compiled_encoder import CompiledEncoder
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.sam2.speed.piecewise_encoder import PiecewiseEncoder
from samscope.trackers.sam3.tracker import Sam3Tracker
from tests.small_model import small_network
from tests.small_sam3 import small_sam3_network

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
"""PyTorch warns of itself where its compiler is first imported."""

CPU = torch.device("cpu")
MAPS = ("image_embeddings", "half", "top", "top_position")


def sam2(mode: Mode) -> NetworkTracker:
    return Model(prepare(small_network(64), mode, CPU), "small", 64, CPU, mode)


def sam3(mode: Mode) -> NetworkTracker:
    network = small_sam3_network()
    return Sam3Tracker(network, "small", network.config.image_size, CPU, mode)


def edgetam(mode: Mode) -> NetworkTracker:
    model = load_model("random-edgetam", image_size=256, mode=mode)
    assert isinstance(model, NetworkTracker)
    return model


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Code is made for a number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def frames(count: int, size: int) -> Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(0, 256, (count, 3, size, size), dtype=torch.uint8, generator=generator)


def difference(one: list[EncodedFrame], other: list[EncodedFrame]) -> float:
    """Return the largest relative difference of any map of any frame."""
    return max(
        float(
            (getattr(a, name).double() - getattr(b, name).double()).norm() / getattr(b, name).double().norm()
        )
        for a, b in zip(one, other, strict=True)
        for name in MAPS
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "mode", "most"),
    [(sam2, "fast", 1e-5), (sam2, "bf16", 0.02), (sam3, "fast", 1e-5), (edgetam, "fast", 1e-5)],
)
def test_one_piece_of_code_encodes_every_batch_as_the_plain_encoder(
    make: Callable[[Mode], NetworkTracker], mode: Mode, most: float
) -> None:
    plain, compiled = make(mode), make(mode).compiled()
    torch.compiler.reset()
    counters.clear()
    for count in (1, 2, 5, 1):
        pixels = frames(count, plain.image_size)
        assert difference(compiled.encode(pixels), plain.encode(pixels)) < most
    assert counters["stats"]["unique_graphs"] == 1
    assert not counters["graph_break"]


@pytest.mark.slow
def test_a_track_and_its_random_twin_share_what_was_compiled() -> None:
    plain, compiled = sam2("fast"), sam2("fast").compiled()
    assert compiled.digest() == plain.digest()
    film = np.random.default_rng(0).integers(0, 256, (4, 48, 64, 3), dtype=np.uint8)
    mask = np.zeros((48, 64), dtype=bool)
    mask[10:30, 20:50] = True
    torch.compiler.reset()
    counters.clear()
    for own, other in zip(
        samscope.track(compiled, film, mask=mask, threads=2),
        samscope.track(plain, film, mask=mask),
        strict=True,
    ):
        errors = (own.mask_logits - other.mask_logits).norm() / other.mask_logits.norm()
        assert float(errors) < 5e-5
    twin = compiled.untrained("twin")
    assert not isinstance(twin.network.vision_encoder, PiecewiseEncoder)
    pixels = frames(3, 64)
    beside = replace(twin, compiled_encoder=None)
    assert difference(twin.encode(pixels), beside.encode(pixels)) < 1e-5
    assert counters["stats"]["unique_graphs"] == 1


def test_exact_is_refused() -> None:
    with pytest.raises(UsageError, match=r"mode exact promises the library's numbers bit for bit"):
        load_model("nano", image_size=64, mode="exact", compile=True)


@pytest.mark.slow
def test_what_cannot_be_compiled_is_one_clear_line() -> None:
    def encode(_network: object, pixels: Tensor) -> EncodedFrame:
        torch._dynamo.graph_break()
        return EncodedFrame(pixels, pixels, pixels, pixels, pixels)

    with pytest.raises(
        SamscopeError, match=r"torch\.compile fails on the image encoder \(.+\); leave it out"
    ):
        CompiledEncoder(encode)(None, torch.zeros(1, 3, 8, 8))


@pytest.mark.slow
def test_a_machine_without_a_compiler_is_told_before_anything_is_made(tmp_path: Path) -> None:
    out = tmp_path / "study"
    command = [sys.executable, "-m", "samscope", "study", "--compile", "--clips", "1", "--out", str(out)]
    nothing = {"CXX": "no-such-compiler", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **nothing})
    assert run.returncode == 2
    said = run.stderr.strip().splitlines()[-1]
    assert "torch.compile does not work here for cpu" in said
    assert "install these, or leave it out" in said
    assert "Traceback" not in run.stderr
    assert not out.exists()
