"""A step of SAM 2 with pretended CUDA tensors, without a GPU: whether devices mix, how often the host waits.

PyTorch's ``FakeTensorMode`` propagates shapes, dtypes and devices and computes nothing, so that a mixture of
devices or of dtypes shows as an error. Frames go the way that they go in a study: preprocessed on the host,
encoded, tracked in a batch under the memory rule, seen at the clip's size, and recorded: compared with their
references at every position, and all the rest. A CPU build has no device guard for CUDA, so one that does
nothing is compiled by g++.

What is pretended as well, because a build without CUDA cannot do it: attention (a stand-in that checks
devices and dtypes), autocast's context, pinned memory, events, and the value of every tensor that the host
asks for, which is 1. Whatever makes the host wait for a real device is counted, copies to it included.

Run ``python -m benchmarks.pretended_cuda --modes bf16 --tracks 64``; it prints a line of JSON a mode.
"""

import argparse
import ctypes
import json
import shutil
import subprocess
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args
from unittest import mock

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import Sam2VideoModel

from samscope.clips.clip import Clip, Timeline
from samscope.clips.settings import ClipSettings
from samscope.clips.source import open_source, open_videos
from samscope.observation.measurement import MeasuredTogether
from samscope.observation.measurement_cache import StepCaches
from samscope.observation.observe import Observer, observe_clips
from samscope.trackers.devices import CopyToHost, sent
from samscope.trackers.modes import Mode
from samscope.trackers.positions import POSITION_NAMES
from samscope.trackers.rules.naming import memory_rule
from samscope.trackers.sam2.decoding import Chosen
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.released import HIERA_SIZES, released_configuration
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.sam2.step import RuledChoice
from samscope.trackers.seen import Seen
from samscope.trackers.track import track

CUDA = torch.device("cuda:0")

TIMELINE = Timeline(6, 2, 2)
"""So many frames that the memory bank is full and references are five."""

_WATCHED = {"samscope", "transformers"}

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
        frames: of each.
        positions: by name the device, dtype and shape of a track's tensor in the last step.
        waits: how often the host waited for the device, by the function that made it wait.
    """

    mode: str
    tracks: int
    frames: int
    positions: dict[str, tuple[str, str, tuple[int, ...]]]
    waits: dict[str, int]


@dataclass(frozen=True)
class PretendedFilm:
    """What came of a single film.

    Attributes:
        mode: how the model computes.
        rule: its memory rule.
        waits: how often the host waited in the latest step, its encoding and what was seen of it included, by
            the function that made it wait.
        copies: how often something was copied from the host in it, likewise; one is the frame itself.
        operations: how many operations were asked for in it, views not counted.
    """

    mode: str
    rule: str
    waits: dict[str, int]
    copies: dict[str, int]
    operations: int


class Waits(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts how often the host waits for the device, and copies to it, by the function that has it done.

    That is for an event, for the value of a tensor, for a copy to the host, and for one from it, unless it
    goes on meanwhile.

    Attributes:
        by_function: how often the host waited.
        copies: how often something was copied from the host, waited for or not.
        operations: how many operations were asked for, views not counted.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.by_function: Counter[str] = Counter()
        self.copies: Counter[str] = Counter()
        self.operations = 0

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Notice copies from the host to the device."""
        options = kwargs or {}
        self.operations += not operation.is_view
        source, target = None, None
        if operation is torch.ops.aten._to_copy.default:
            source, target = args[0].device, torch.device(options.get("device") or args[0].device)
        elif operation is torch.ops.aten.copy_.default:
            source, target = args[1].device, args[0].device
        if source is not None and target is not None and (source.type, target.type) == ("cpu", "cuda"):
            self.copies[_caller()] += 1
            if not options.get("non_blocking"):
                self.note()
        return operation(*args, **options)

    def note(self) -> None:
        """Count one more wait."""
        self.by_function[_caller()] += 1

    def synchronize(self) -> None:
        """Wait, as an event does."""
        self.note()


def _caller() -> str:
    """Return the innermost function of samscope or transformers that does not merely send what it gets."""
    frames = [frame for frame in traceback.extract_stack() if set(Path(frame.filename).parts) & _WATCHED]
    return next(frame.name for frame in reversed(frames) if frame.name != sent.__name__)


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
        compiled = subprocess.run(
            [compiler, *flags, str(source), libraries, "-lc10"], capture_output=True, text=True, check=False
        )
        if compiled.returncode:
            raise RuntimeError(f"the device guard cannot be compiled: {compiled.stderr.strip()}")
        ctypes.CDLL(str(library))


@contextmanager
def pretending(waits: Waits) -> Iterator[None]:
    """Pretend a CUDA device while the context is open, whose every value is 1; ``load_guard`` comes first."""
    functional = torch.nn.functional
    arrived, read, to_array = CopyToHost.tensors, MeasuredTogether.read, Tensor.numpy

    def read_value(tensor: Tensor) -> float:
        if tensor.device.type == "cuda":
            waits.note()
        return 1.0

    def copied(tensor: Tensor) -> Tensor:
        read_value(tensor)
        with unset_fake_temporarily():
            return torch.ones(tensor.shape, dtype=tensor.dtype)

    def array(tensor: Tensor, **options: Any) -> NDArray[Any]:
        with unset_fake_temporarily():
            real = torch.ones(tensor.shape, dtype=tensor.dtype) if isinstance(tensor, FakeTensor) else tensor
            return to_array(real, **options)

    def read_apart(measured: MeasuredTogether) -> None:
        with unset_fake_temporarily():  # what has arrived on the host is real
            read(measured)

    with ExitStack() as stack:
        for owner, name, stand_in in (
            (functional, "scaled_dot_product_attention", _attention),
            (torch, "autocast", _autocast),
            (Tensor, "pin_memory", lambda tensor: tensor),
            (Tensor, "numpy", array),
            (FakeTensor, "__float__", read_value),
            (FakeTensor, "__int__", lambda tensor: int(read_value(tensor))),
            (FakeTensor, "__bool__", lambda tensor: read_value(tensor) > 0),
            (FakeTensor, "item", read_value),
            (FakeTensor, "tolist", lambda tensor: copied(tensor).tolist()),
            (FakeTensor, "cpu", copied),
            (torch.cuda, "current_stream", lambda _device: SimpleNamespace(record_event=lambda: waits)),
            (CopyToHost, "tensors", lambda copy: list(map(copied, arrived(copy)))),
            (MeasuredTogether, "read", read_apart),
        ):
            stack.enter_context(mock.patch.object(owner, name, stand_in, create=owner is FakeTensor))
        stack.enter_context(FakeTensorMode(allow_non_fake_inputs=True))
        stack.enter_context(waits)
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


def drawn_clips(tracks: int) -> list[Clip]:
    """Return so many clips, each with frames of its own."""
    settings = ClipSettings(count=tracks, sets=("object_removal",), timeline=TIMELINE)
    return [clip for _, drawn in open_source(settings, open_videos(settings)) for clip in drawn]


def pretend(
    mode: Mode, clips: Sequence[Clip], image_size: int, hiera: str, *, misplaced: bool = False
) -> Pretended:
    """Track clips together with pretended CUDA tensors, and record them.

    Args:
        mode: how the model computes.
        clips: those that go together, of ``TIMELINE``.
        image_size: side of the model's square input in pixels.
        hiera: size of the released SAM 2.1 whose architecture it has.
        misplaced: leave one parameter on the CPU, which must raise.

    Raises:
        RuntimeError: tensors on several devices or of several dtypes meet.
    """
    waits, latest = Waits(), dict[str, tuple[str, str, tuple[int, ...]]]()

    def noted(observer: Observer, seen: Seen, caches: StepCaches | None) -> None:
        for name in POSITION_NAMES:
            if (tensor := getattr(seen, name)) is not None:
                dtype = str(tensor.dtype).removeprefix("torch.")
                latest[name] = (str(tensor.device), dtype, tuple(tensor.shape))
        add(observer, seen, caches)

    add = Observer.add
    with pretending(waits), mock.patch.object(Observer, "add", noted):
        model = _model(mode, image_size, hiera)
        if misplaced:
            shape = model.network.no_object_pointer.shape
            model.network.no_object_pointer = torch.nn.Parameter(torch.empty(shape))
        waits.by_function.clear()
        observe_clips(model, clips, batch=len(clips))
    return Pretended(mode, len(clips), TIMELINE.length, latest, dict(waits.by_function))


def noticed(mode: Mode, clips: Sequence[Clip], image_size: int, hiera: str) -> str:
    """Return the error that a parameter left on the CPU raises.

    Args:
        mode: as for ``pretend``, and so are the others.
        clips: see there.
        image_size: see there.
        hiera: see there.

    Raises:
        AssertionError: there is none.
    """
    try:
        pretend(mode, clips, image_size, hiera, misplaced=True)
    except RuntimeError as error:
        return str(error)
    raise AssertionError("nothing noticed that a parameter was left on the CPU")


def pretend_film(
    mode: Mode, rule: str, image_size: int, hiera: str, *, host_made: bool = False
) -> PretendedFilm:
    """Track through a single film with pretended CUDA tensors.

    Args:
        mode: how the model computes.
        rule: its memory rule, as ``memory_rule`` reads it.
        image_size: side of the model's square input in pixels.
        hiera: size of the released SAM 2.1 whose architecture it has.
        host_made: have every step make a tensor from a number of the host, which must be counted.
    """

    def choose(choice: RuledChoice, *decoded: Tensor) -> Chosen:
        if host_made:
            torch.tensor([1.0], device=CUDA)
        return ruled(choice, *decoded)

    ruled = RuledChoice.__call__
    frames = np.zeros((TIMELINE.length, 96, 128, 3), dtype=np.uint8)
    waits = Waits()
    with pretending(waits), mock.patch.object(RuledChoice, "__call__", choose):
        model = _model(mode, image_size, hiera).with_memory_rule(memory_rule(rule))
        for _ in track(model, frames, mask=np.ones(frames.shape[1:3], dtype=bool)):
            latest = PretendedFilm(mode, rule, dict(waits.by_function), dict(waits.copies), waits.operations)
            waits.operations = 0
            waits.by_function.clear()
            waits.copies.clear()
    return latest


def _model(mode: Mode, image_size: int, hiera: str) -> Model:
    configuration = released_configuration(
        next(size for size in HIERA_SIZES if size.name == hiera), version_2_1=True, image_size=image_size
    )
    with torch.device(CUDA):
        network = Sam2VideoModel(configuration).eval()
    return Model(prepare(network, mode, CUDA), "pretended", image_size, CUDA, mode)


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
        "--misplaced",
        action="store_true",
        help="at last leave one parameter on the CPU, and print how that is noticed",
    )
    parser.add_argument(
        "--film", nargs="+", metavar="RULE", help="instead, track through a single film under memory rules"
    )
    parser.add_argument(
        "--host-made",
        action="store_true",
        help="at last have the film's steps make a tensor on the host, to see it counted",
    )
    given = parser.parse_args()
    load_guard()
    clips = drawn_clips(given.tracks) if given.misplaced or not given.film else []
    for mode in given.modes:
        for rule in given.film or ():
            print(json.dumps(asdict(pretend_film(mode, rule, given.image_size, given.hiera))))
        if given.film and given.host_made:
            film = pretend_film(mode, given.film[0], given.image_size, given.hiera, host_made=True)
            print(json.dumps(asdict(film)))
        if not given.film:
            print(json.dumps(asdict(pretend(mode, clips, given.image_size, given.hiera))))
    if given.misplaced:
        error = noticed(given.modes[-1], clips, given.image_size, given.hiera)
        print(json.dumps({"noticed": error}))


if __name__ == "__main__":
    main()
