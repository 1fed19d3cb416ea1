"""A step of SAM 2 with pretended CUDA tensors, without a GPU: whether devices mix, how often the host waits.

PyTorch's ``FakeTensorMode`` propagates shapes, dtypes and devices and computes nothing, so that a mixture of
devices or of dtypes shows as an error. Frames go the way that they go in a study: preprocessed on the host,
encoded, tracked in a batch under the memory rule, seen at the clip's size, compared with their references at
every position. A CPU build has no device guard for CUDA, so one that does nothing is compiled by g++.

What is pretended as well, because a build without CUDA cannot do it: attention (a stand-in that checks
devices and dtypes), autocast's context, pinned memory, and the value of every tensor that the host asks for,
which is 1 and is counted: each is a synchronisation on a real device.

Run ``python -m benchmarks.pretended_cuda --modes bf16 --tracks 64``; it prints a line of JSON a mode.
"""

import argparse
import ctypes
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args
from unittest import mock

import numpy as np
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from transformers import Sam2VideoModel

from samscope.observation.distance import distances
from samscope.trackers.modes import Mode
from samscope.trackers.positions import POSITION_NAMES
from samscope.trackers.prompt import make_prompt, on_device
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.released import HIERA_SIZES, released_configuration
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.sam2.step import BranchedStep, Step
from samscope.trackers.seen import Seen, see

CUDA = torch.device("cuda:0")

FRAME_SIZE = (480, 854)

STEPS = 8
"""So many that the memory bank is full and references are five."""

_GUARD = """
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/FakeGuardImpl.h>
namespace {
c10::impl::DeviceGuardImplRegistrar registrar(
    c10::DeviceType::CUDA, new c10::impl::NoOpDeviceGuardImpl<c10::DeviceType::CUDA>());
}
"""


@dataclass(frozen=True)
class Pretended:
    """What came of it.

    Attributes:
        mode: how the model computes.
        tracks: tracks that went together.
        positions: by name the device, dtype and shape of a track's tensor in the last step.
        step_waits: how often the host asked for a value in the last step, before anything is recorded of it.
        recording_waits: how often it did to see that step and to compare it with its references.
    """

    mode: str
    tracks: int
    positions: dict[str, tuple[str, str, tuple[int, ...]]]
    step_waits: int
    recording_waits: int


class Waits:
    """Counts how often the host asks for the value of a tensor; each is 1."""

    def __init__(self) -> None:
        self.count = 0

    def value(self) -> float:
        """Return the value of a tensor, as ``float``, ``bool`` or ``item`` asks for it."""
        self.count += 1
        return 1.0


def load_guard() -> None:
    """Compile and load a device guard for CUDA that does nothing, for the whole of this process.

    Raises:
        FileNotFoundError: there is no g++.
        RuntimeError: it cannot be compiled.
    """
    compiler = shutil.which("g++")
    if compiler is None:
        raise FileNotFoundError("g++ is not installed; it compiles the device guard")
    folder = Path(torch.__file__).parent
    with tempfile.TemporaryDirectory() as scratch:
        source, library = Path(scratch) / "guard.cpp", Path(scratch) / "guard.so"
        source.write_text(_GUARD)
        include, libraries = f"-I{folder / 'include'}", f"-L{folder / 'lib'}"
        flags = ["-std=c++20", "-shared", "-fPIC", include, "-o", str(library)]
        made = subprocess.run(
            [compiler, *flags, str(source), libraries, "-lc10"], capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise RuntimeError(f"the device guard cannot be compiled: {made.stderr.strip()}")
        ctypes.CDLL(str(library))


@contextmanager
def pretending(waits: Waits) -> Iterator[None]:
    """Pretend a CUDA device while the context is open; ``load_guard`` comes first."""
    functional = torch.nn.functional
    with ExitStack() as stack:
        for owner, name, stand_in in (
            (functional, "scaled_dot_product_attention", _attention),
            (torch, "autocast", _autocast),
            (Tensor, "pin_memory", lambda tensor: tensor),
            (Tensor, "__float__", lambda _tensor: waits.value()),
            (Tensor, "__bool__", lambda _tensor: waits.value() > 0),
            (Tensor, "item", lambda _tensor: waits.value()),
            (FakeTensor, "tolist", lambda tensor: [waits.value()] + [1.0] * (tensor.numel() - 1)),
        ):
            stack.enter_context(mock.patch.object(owner, name, stand_in))
        stack.enter_context(FakeTensorMode(allow_non_fake_inputs=True))
        yield


def _attention(query: Tensor, key: Tensor, value: Tensor, **_: Any) -> Tensor:
    """Check what attention is given, and return what it would, without values."""
    if not query.device == key.device == value.device:
        raise RuntimeError(f"attention of tensors on {query.device}, {key.device} and {value.device}")
    if not query.dtype == key.dtype == value.dtype:
        raise RuntimeError(f"attention of {query.dtype}, {key.dtype} and {value.dtype}")
    return query.new_empty(*query.shape[:-1], value.shape[-1])


@contextmanager
def _autocast(device: str, dtype: torch.dtype) -> Iterator[None]:
    """Autocast to a dtype, without asking for a device."""
    torch.set_autocast_enabled(device, True)
    torch.set_autocast_dtype(device, dtype)
    torch.autocast_increment_nesting()
    try:
        yield
    finally:
        if torch.autocast_decrement_nesting() == 0:
            torch.clear_autocast_cache()
        torch.set_autocast_enabled(device, False)


def pretend(mode: Mode, tracks: int, image_size: int, hiera: str, *, misplaced: bool = False) -> Pretended:
    """Take the steps of several tracks with pretended CUDA tensors.

    Args:
        mode: how the model computes.
        tracks: how many go together.
        image_size: side of the model's square input in pixels.
        hiera: size of the released SAM 2.1 whose architecture it has.
        misplaced: leave one parameter on the CPU, which must raise.

    Raises:
        RuntimeError: tensors on several devices or of several dtypes meet.
    """
    configuration = released_configuration(
        next(size for size in HIERA_SIZES if size.name == hiera), version_2_1=True, image_size=image_size
    )
    mask = np.zeros(FRAME_SIZE, bool)
    mask[100:300, 200:500] = True
    on_host = make_prompt(FRAME_SIZE, image_size, mask=mask)
    waits = Waits()
    with pretending(waits):
        with torch.device(CUDA):
            network = Sam2VideoModel(configuration).eval()
        if misplaced:
            network.no_object_pointer = torch.nn.Parameter(torch.empty(network.no_object_pointer.shape))
        model = Model(prepare(network, mode, CUDA), "pretended", image_size, CUDA, mode)
        frames = torch.stack([model.preprocess(np.zeros((*FRAME_SIZE, 3), np.uint8))] * tracks)
        prompts = [on_device(on_host, CUDA)] * tracks
        encoded = model.encode(frames)
        steps: Sequence[Step | BranchedStep] = model.start(encoded, prompts, length=STEPS)
        history = [[see(step, FRAME_SIZE) for step in steps]]
        for index in range(1, STEPS):
            before = waits.count
            steps = model.follow(encoded, [step.bank for step in steps], index)
            step_waits, before = waits.count - before, waits.count
            seen = [see(step, FRAME_SIZE) for step in steps]
            for track, now in enumerate(seen):
                _compare(now, [at_index[track] for at_index in history[-5:]])
            recording_waits = waits.count - before
            history.append(seen)
        positions = {name: history[-1][0].at(name) for name in POSITION_NAMES}
        return Pretended(
            mode,
            tracks,
            {
                name: (str(tensor.device), str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape))
                for name, tensor in positions.items()
            },
            step_waits,
            recording_waits,
        )


def _compare(seen: Seen, references: Sequence[Seen]) -> None:
    """Measure the distances of a frame to its references at every position."""
    for name in POSITION_NAMES:
        tensors = [tensor for reference in references if (tensor := getattr(reference, name)) is not None]
        distances(seen.at(name).flatten(), [tensor.flatten() for tensor in tensors])


def main() -> None:
    """Print what came of each mode as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--modes", nargs="+", choices=get_args(Mode), default=get_args(Mode))
    parser.add_argument("--tracks", type=int, default=2)
    parser.add_argument("--image-size", type=int, default=1024)
    parser.add_argument("--hiera", choices=[size.name for size in HIERA_SIZES], default="tiny")
    parser.add_argument(
        "--misplaced", action="store_true", help="leave one parameter on the CPU, to see that it is noticed"
    )
    given = parser.parse_args()
    load_guard()
    for mode in given.modes:
        pretended = pretend(mode, given.tracks, given.image_size, given.hiera, misplaced=given.misplaced)
        print(json.dumps(asdict(pretended)))


if __name__ == "__main__":
    main()
