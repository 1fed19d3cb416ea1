"""Loading a SAM 2 by hub name, folder or official checkpoint."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import Sam2VideoModel
from transformers.utils import logging as transformers_logging

from samscope.errors import SamscopeError, UsageError
from samscope.models.built_in import BUILT_IN_MODEL, built_in_folder
from samscope.models.checkpoint import read_official_checkpoint
from samscope.models.computing import inference, prepare
from samscope.models.configuration_file import first_line, read_configuration
from samscope.models.hub import fetch_from_hub
from samscope.models.image_size import with_image_size
from samscope.models.modes import DEFAULT_MODE, Mode
from samscope.models.official_names import to_transformers
from samscope.models.released import recognise, released_configuration
from samscope.models.weight_files import check_weight_files, require_finite


@dataclass(frozen=True, eq=False)
class Model:
    """A SAM 2 ready to track.

    Attributes:
        network: transformers' ``Sam2VideoModel`` in float32 and evaluation mode. samscope drives its
            submodules itself: the library's own session differs from the official predictor on a
            mask-prompted frame.
        name: what it was loaded from.
        image_size: side of its square input in pixels.
        device: where it runs.
        mode: how it computes.
    """

    network: Sam2VideoModel
    name: str
    image_size: int
    device: torch.device
    mode: Mode = "exact"

    def inference(self) -> AbstractContextManager[None]:
        """Return the context in which its submodules are to be run: without gradients, as its mode says."""
        return inference(self.device, self.mode)

    def digest(self) -> str:
        """Return the SHA-256 of all weights by name, as hex: equal digests mean equal weights."""
        digest = hashlib.sha256()
        for name, value in sorted(self.network.state_dict().items()):
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()


def load_model(
    name_or_path: str | Path,
    device: str | torch.device = "cpu",
    image_size: int | None = None,
    *,
    mode: Mode = DEFAULT_MODE,
) -> Model:
    """Load a SAM 2.

    Args:
        name_or_path: ``nano``, the built-in model (a folder of that name is ``./nano``); a hub name
            (``facebook/sam2.1-hiera-tiny`` and the other seven released ones, or any repository in
            transformers' ``sam2_video`` format); a folder written by ``save_pretrained``; or an official
            checkpoint (``.pt``).
        device: ``cpu``, ``cuda``, ``cuda:1``, ...
        image_size: side of the square input in pixels; the model's own (1024 for the released ones) if None.
        mode: ``exact``, ``fast`` or ``bf16``, as in ``models.modes``.

    Raises:
        UsageError: no such model, no such mode, no such device, or a size that does not fit.
        SamscopeError: the files are there but damaged, incomplete or of another model.
    """
    target = device_at_hand(device)
    network = prepare(_read(name_or_path, image_size), mode, target).to(target).eval()
    return Model(network, str(name_or_path), network.config.image_size, target, mode)


def load_as_library(name_or_path: str | Path, image_size: int | None = None) -> Model:
    """Load a SAM 2 onto the CPU with nothing but its library's own modules, to measure against.

    Args:
        name_or_path: as for ``load_model``.
        image_size: as for ``load_model``.

    Raises:
        UsageError, SamscopeError: as ``load_model``.
    """
    network = _read(name_or_path, image_size).eval()
    return Model(network, str(name_or_path), network.config.image_size, torch.device("cpu"))


def _read(name_or_path: str | Path, image_size: int | None) -> Sam2VideoModel:
    path = Path(name_or_path).expanduser()
    if name_or_path == BUILT_IN_MODEL:
        return _from_folder(built_in_folder(), image_size)
    if path.is_dir():
        return _from_folder(path, image_size)
    if path.exists():
        return _from_checkpoint(path, image_size)
    if path.suffix in {".pt", ".pth"} or path.is_absolute():
        raise UsageError(f"{path}: no such file; give an official SAM 2 checkpoint, a folder or a hub name")
    return _from_folder(fetch_from_hub(str(name_or_path)), image_size)


def device_at_hand(device: str | torch.device) -> torch.device:
    """Return a device that this machine has and that can hold numbers.

    Raises:
        UsageError: it cannot.
    """
    try:
        target = torch.device(device)
        torch.empty(0, device=target)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        at_hand = ", ".join(_devices())
        raise UsageError(f"device {str(device)!r} is not at hand; this machine has {at_hand}") from error
    if target.type == "meta":
        raise UsageError(f"device 'meta' holds no numbers; this machine has {', '.join(_devices())}")
    return target


def _devices() -> list[str]:
    devices = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    return [*devices, "mps"] if torch.backends.mps.is_available() else devices


def _from_folder(folder: Path, image_size: int | None) -> Sam2VideoModel:
    with quiet_library():
        configuration = read_configuration(folder)
        check_weight_files(folder, configuration)
    if image_size is not None:
        configuration = with_image_size(configuration, image_size)
    with quiet_library():
        try:
            network, report = Sam2VideoModel.from_pretrained(
                folder,
                config=configuration,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
            )
        except (OSError, SafetensorError) as error:
            raise SamscopeError(
                f"{folder}: the weights are damaged or truncated ({first_line(error)}); get them again"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
            raise SamscopeError(
                f"{folder}: not a SAM 2 that the library can load ({first_line(error)}); get it again"
            ) from error
    _check_complete(
        folder,
        missing=sorted(report["missing_keys"]),
        unknown=sorted(report["unexpected_keys"]),
        misshapen=[str(entry[0]) for entry in sorted(report["mismatched_keys"])],
    )
    require_finite(network, folder)
    return network


@contextmanager
def quiet_library() -> Iterator[None]:
    """Keep the library's loading report and bar off the terminal; both are as before afterwards."""
    verbosity, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity(logging.CRITICAL)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if bars:
            transformers_logging.enable_progress_bar()


def _from_checkpoint(path: Path, image_size: int | None) -> Sam2VideoModel:
    official = read_official_checkpoint(path)
    try:
        recognised, state = recognise(official), to_transformers(official)
    except (RuntimeError, IndexError) as error:  # of tensors that do not even fit together
        raise SamscopeError(
            f"{path}: weights of shapes that no SAM 2 has ({first_line(error)}); get a complete checkpoint"
        ) from error
    if recognised is None:
        raise SamscopeError(
            f"{path}: weights of another model; the official SAM 2 ones are tiny, small, base-plus and large"
        )
    hiera, version_2_1 = recognised
    configuration = released_configuration(hiera, version_2_1=version_2_1, image_size=image_size or 1024)
    network = Sam2VideoModel(configuration)
    expected = network.state_dict()
    _check_complete(
        path,
        missing=sorted(expected.keys() - state.keys()),
        unknown=sorted(state.keys() - expected.keys()),
        misshapen=sorted(
            name for name in expected.keys() & state.keys() if not _fits(expected[name], state[name])
        ),
    )
    network.load_state_dict(state)
    require_finite(network, path)
    return network


def _fits(expected: Tensor, given: Tensor) -> bool:
    return expected.shape == given.shape and given.is_floating_point()


def _check_complete(source: Path, missing: list[str], unknown: list[str], misshapen: list[str]) -> None:
    complaints = [
        f"{len(names)} {what} (first: {names[0]})"
        for names, what in (
            (missing, "missing"),
            (unknown, "unknown"),
            (misshapen, "of the wrong shape"),
        )
        if names
    ]
    if complaints:
        raise SamscopeError(
            f"{source}: weights that do not fit, {', '.join(complaints)}; get a complete SAM 2 checkpoint"
        )
