"""Loading a SAM 2 by hub name, folder or official checkpoint."""

import copy
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel, Sam2VideoConfig, Sam2VideoModel
from transformers.utils import logging as transformers_logging

from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.devices import device_at_hand
from samscope.trackers.family import Weights
from samscope.trackers.locating import locate
from samscope.trackers.modes import Mode, usual_mode
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL, RANDOM_MODELS, built_in_folder
from samscope.trackers.sam2.checkpoint import read_weights
from samscope.trackers.sam2.configuration_file import (
    CONFIGURATION,
    ReadConfiguration,
    agreed_size,
    first_line,
    read_configuration,
)
from samscope.trackers.sam2.image_size import with_image_size
from samscope.trackers.sam2.official_names import to_transformers
from samscope.trackers.sam2.parameter_names import are_official, unwrapped
from samscope.trackers.sam2.preprocessing import IMAGENET, Normalisation
from samscope.trackers.sam2.processor_files import Preparation, read_preparation
from samscope.trackers.sam2.random_weights import random_network
from samscope.trackers.sam2.released import (
    RELEASED_FILES,
    RELEASED_SIZE,
    recognise,
    released_configuration,
)
from samscope.trackers.sam2.shapes import check_shapes
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.sam2.speed.device_memory import usual_batch
from samscope.trackers.sam2.speed.piecewise_encoder import use_whole_encoder
from samscope.trackers.sam2.weight_files import WEIGHTS, check_weight_files, is_as_saved, require_finite

_logger = logging.getLogger(__name__)

_BUILT_IN = (BUILT_IN_MODEL, *RANDOM_MODELS)

_POSITIONS = frozenset(
    {
        "shared_image_embedding.positional_embedding",
        "prompt_encoder.shared_embedding.positional_embedding",
    }
)


@dataclass(frozen=True, eq=False, repr=False)
class Model(NetworkTracker):
    """A SAM 2 ready to track; its network is transformers' ``Sam2VideoModel``."""

    def _untrained_network(self) -> Sam2VideoModel:
        return Sam2VideoModel(copy.deepcopy(self.network.config))

    def _prepared(self, network: Sam2VideoModel) -> Sam2VideoModel:
        return prepare(network, self.mode, self.device)

    def _compilable(self, network: Sam2VideoModel) -> Sam2VideoModel:
        return use_whole_encoder(network)

    def usual_batch(self, sets: int) -> int:
        """Return how many frames or tracks go through at once; as ``device_memory.batch_of``."""
        return usual_batch(self.network.config, self.device, self.mode, sets)


def load_model(
    name_or_path: str | Path,
    device: str | torch.device = "cpu",
    image_size: int | None = None,
    *,
    mode: Mode | None = None,
) -> Model:
    """Load a SAM 2, and nothing else; ``registry.load_model`` loads a model of any family.

    Args:
        name_or_path: as for ``registry.load_model``.
        device: as there.
        image_size: as there.
        mode: as there.

    Raises:
        UsageError, SamscopeError: as there.
    """
    target = device_at_hand(device)
    weights = Weights(locate(name_or_path, _BUILT_IN, read_configuration))
    mode = usual_mode(target.type) if mode is None else mode
    return load(str(name_or_path), weights, target, image_size, mode)


def load(name: str, weights: Weights, device: torch.device, image_size: int | None, mode: Mode) -> Model:
    """Load a SAM 2 from where it is; as ``family.Family.load``."""
    read = _read(name, weights, image_size)
    network = prepare(read.network, mode, device).to(device).eval()
    return Model(network, name, network.config.image_size, device, mode, read.normalisation)


def load_as_library(
    name_or_path: str | Path, image_size: int | None = None, *, device: str | torch.device = "cpu"
) -> Model:
    """Load a SAM 2 with nothing but its library's own modules, to measure against.

    Args:
        name_or_path: as for ``load_model``.
        image_size: as for ``load_model``.
        device: as for ``load_model``.

    Raises:
        UsageError, SamscopeError: as ``load_model``.
    """
    target = device_at_hand(device)
    weights = Weights(locate(name_or_path, _BUILT_IN, read_configuration))
    read = _read(str(name_or_path), weights, image_size)
    network = read.network.to(target).eval()
    size = network.config.image_size
    return Model(network, str(name_or_path), size, target, "exact", read.normalisation)


@dataclass(frozen=True, eq=False)
class _Read:
    """A network on the CPU, and how frames are normalised for it."""

    network: Sam2VideoModel
    normalisation: Normalisation = IMAGENET


def _read(name: str, weights: Weights, image_size: int | None) -> _Read:
    path = weights.path
    if path is None:
        if name == BUILT_IN_MODEL:
            return _from_folder(built_in_folder(), image_size)
        return _Read(random_network(name, image_size))
    return _from_folder(path, image_size) if path.is_dir() else _from_file(path, image_size, weights.values)


def _from_folder(folder: Path, image_size: int | None, file: Path | None = None) -> _Read:
    """Read a model from a folder, or of its weights those in a file alone."""
    with quiet_library():
        saved = read_configuration(folder)
        files = check_weight_files(folder, saved.configuration, file)
    preparation = read_preparation(folder)
    configuration = _sized(folder, saved, preparation, image_size)
    if file is None and is_as_saved(folder, files):
        network = loaded_network(folder, configuration, None)
    else:
        weights: dict[str, Tensor] = {}
        for part in files:
            weights |= read_weights(part)
        network = loaded_network(
            files[0] if len(files) == 1 else folder, configuration, _by_library(folder, weights)
        )
    return _Read(network, preparation.normalisation)


def _sized(
    folder: Path, saved: ReadConfiguration, preparation: Preparation, image_size: int | None
) -> Sam2VideoConfig:
    """Return a configuration whose parts fit together, for ``image_size`` or for what the folder says."""
    if image_size is not None:
        configuration = with_image_size(saved.configuration, image_size)
    else:
        stated = agreed_size([*saved.sizes, *preparation.sizes])
        try:
            configuration = with_image_size(saved.configuration, stated or saved.configuration.image_size)
        except UsageError as error:
            raise SamscopeError(f"{folder / CONFIGURATION}: {error}, or give --image-size") from error
    try:
        check_shapes(configuration)
    except Exception as error:  # whatever the library's modules raise of shapes that cannot be
        raise SamscopeError(
            f"{folder / CONFIGURATION}: describes parts that do not fit together ({first_line(error)}); "
            "get it again, from where the weights are"
        ) from error
    return configuration


def loaded_network(
    source: Path,
    configuration: PreTrainedConfig,
    weights: dict[str, Tensor] | None,
    kind: type[PreTrainedModel] = Sam2VideoModel,
    name: str = "SAM 2",
) -> PreTrainedModel:
    """Load weights by the library's names, or where there are none those of the folder ``source``.

    Args:
        source: where the weights come from, for messages.
        configuration: describes the network.
        weights: by the library's names; None for those of the folder.
        kind: the library's class of the network.
        name: the model's, for messages.

    Returns:
        The network in float32, on the CPU.

    Raises:
        SamscopeError: the weights are damaged, or do not fit the network one by one.
    """
    with quiet_library():
        try:
            network, report = kind.from_pretrained(
                source if weights is None else None,
                config=configuration,
                state_dict=weights,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
            )
        except (OSError, SafetensorError) as error:
            raise SamscopeError(
                f"{source}: the weights are damaged or truncated ({first_line(error)}); get them again"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError) as error:
            raise SamscopeError(
                f"{source}: not a {name} that the library can load ({first_line(error)}); get it again"
            ) from error
    missing = set(report["missing_keys"])
    share_positions(network, missing)
    check_complete(
        source,
        missing=sorted(missing),
        unknown=sorted(report["unexpected_keys"]),
        misshapen=[str(entry[0]) for entry in sorted(report["mismatched_keys"])],
        family=name,
    )
    require_finite(network, source)
    return network


def share_positions(network: PreTrainedModel, missing: set[str]) -> None:
    """Copy the positional matrix, which is the same under its two names, where one is missing.

    Its names are taken out of ``missing``.
    """
    present = sorted(_POSITIONS - missing)
    if len(present) != 1:
        return
    state = network.state_dict()
    for name in _POSITIONS & missing:
        state[name].copy_(state[present[0]])
    missing -= _POSITIONS


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


def _from_file(path: Path, image_size: int | None, values: Mapping[str, Tensor] | None) -> _Read:
    """Read a model from a file of weights; what it does not say is known of the released ones.

    Of others a config.json beside the file says it. ``values`` are the weights where they have been read.
    """
    has_configuration = (path.parent / CONFIGURATION).is_file()
    if has_configuration and path.name == WEIGHTS:
        return _from_folder(path.parent, image_size)
    weights = _by_library(path, read_weights(path) if values is None else values)
    try:
        recognised = recognise(weights)
    except IndexError as error:
        raise _misfit(path, error) from error
    if recognised is None:
        if has_configuration:
            return _from_folder(path.parent, image_size, path)
        raise SamscopeError(
            f"{path}: weights of another model; the official SAM 2 ones are tiny, small, base-plus and "
            "large; any other needs its config.json beside it"
        )
    hiera, version_2_1 = recognised
    if image_size is None and path.stem not in RELEASED_FILES:
        _logger.warning(
            "%s: a %s hiera-%s under another name than the released one, and the file does not say for "
            "which image size it was trained; %d pixels are taken, as of the released ones; give "
            "--image-size if it was fine-tuned at another (MedSAM2: 512)",
            path,
            "SAM 2.1" if version_2_1 else "SAM 2",
            hiera.name,
            RELEASED_SIZE,
        )
    configuration = released_configuration(
        hiera, version_2_1=version_2_1, image_size=image_size or RELEASED_SIZE
    )
    return _Read(loaded_network(path, configuration, weights))


def _by_library(source: Path, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights by the library's names, whoever's they have and whatever is wrapped around them."""
    plain = unwrapped(weights, source)
    for name, value in plain.items():
        if not value.is_floating_point():
            raise SamscopeError(
                f"{source}: {name!r} holds {str(value.dtype).removeprefix('torch.')}; a model's weights are "
                "floating-point numbers: get them as released"
            )
    try:
        return to_transformers(plain) if are_official(plain) else plain
    except (RuntimeError, IndexError) as error:  # of tensors that do not even fit together
        raise _misfit(source, error) from error


def _misfit(source: Path, error: Exception) -> SamscopeError:
    return SamscopeError(
        f"{source}: weights of shapes that no SAM 2 has ({first_line(error)}); get a complete checkpoint"
    )


def check_complete(
    source: Path, missing: list[str], unknown: list[str], misshapen: list[str], family: str = "SAM 2"
) -> None:
    """Refuse weights that are not those of a network, by the names of those that are amiss.

    Raises:
        SamscopeError: there is any.
    """
    complaints = [
        f"{len(names)} {fault} (first: {names[0]})"
        for names, fault in (
            (missing, "missing"),
            (unknown, "unknown"),
            (misshapen, "of the wrong shape"),
        )
        if names
    ]
    if complaints:
        raise SamscopeError(
            f"{source}: weights that do not fit, {', '.join(complaints)}; get a complete {family} checkpoint"
        )
