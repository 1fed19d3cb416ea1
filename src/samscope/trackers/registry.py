"""The families of trackers, and which of them a model is of: by ``model_type`` or by parameter names.

Another package adds a family by an entry point of the group ``samscope.trackers`` that names a ``Family``.
"""

from pathlib import Path

import torch

from samscope.support.added_by_packages import added_by_packages
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from samscope.trackers.devices import device_at_hand
from samscope.trackers.edgetam.family import EDGETAM
from samscope.trackers.family import CompilableTracker, Family, Tracker, Weights
from samscope.trackers.locating import locate
from samscope.trackers.memory import MemoryRule
from samscope.trackers.modes import Mode, usual_mode
from samscope.trackers.rules.naming import memory_rule
from samscope.trackers.sam2.checkpoint import read_weights
from samscope.trackers.sam2.configuration_file import CONFIGURATION, read_content
from samscope.trackers.sam2.family import SAM2
from samscope.trackers.sam2.weight_files import WEIGHTS
from samscope.trackers.sam3.family import SAM3

ENTRY_POINTS = "samscope.trackers"

_OWN: tuple[Family, ...] = (SAM2, EDGETAM, SAM3)


def families() -> tuple[Family, ...]:
    """Return all families: samscope's own, then those of other packages by the names of their entry points.

    One that cannot be imported is named in a warning, and left out.
    """
    return (*_OWN, *added_by_packages(ENTRY_POINTS, "family of trackers").values())


def load_model(
    name_or_path: str | Path,
    device: str | torch.device = "cpu",
    image_size: int | None = None,
    *,
    mode: Mode | None = None,
    memory: str | MemoryRule | None = None,
    compile: bool = False,  # noqa: A002  as torch calls it
) -> Tracker:
    """Load a model of any family.

    Args:
        name_or_path: ``nano``, the built-in model (a folder of that name is ``./nano``); a hub name
            (``facebook/sam2.1-hiera-tiny`` and the other seven released SAM 2, or any repository in
            transformers' ``sam2_video``, ``edgetam_video``, ``sam3_tracker_video`` or ``sam3_video``
            format); a folder written by ``save_pretrained``; a file of weights, ``.pt`` or
            ``.safetensors``, by official names or transformers' and also as distributed training leaves
            them; or one of ``built_in.RANDOM_MODELS``, such as ``random-hiera-tiny``, ``random-edgetam`` or
            ``random-sam3``, random weights of seed 0.
        device: ``cpu``, ``cuda``, ``cuda:1``, ...; ``auto`` for the first CUDA GPU, or else the CPU.
        image_size: side of the square input in pixels; the model's own (1024 for the released ones) if None.
        mode: ``exact``, ``fast`` or ``bf16``, as in ``trackers.modes``; None for ``bf16`` on a CUDA device,
            else ``fast``.
        memory: the memory rule, as ``rules.naming.memory_rule`` takes it (``sam2:stride=3``); None for the
            family's official one.
        compile: let ``torch.compile`` compile the image encoder when it first encodes, which takes a minute
            or more: for many frames on a GPU, see docs/gpu.md. Not in the mode ``exact``.

    A folder's frames are normalised as the files of its processors say, by ImageNet's mean and deviation
    where they say nothing.

    Raises:
        UsageError: no such model, no such mode, no such device, a size that does not fit, no such memory
            rule, or one that the family cannot take; or compile where the mode, the family or this machine
            does not allow it.
        SamscopeError: the files are there but damaged, incomplete, of no family's model, or contradict each
            other; the message says where.
    """
    rule = None if memory is None else memory_rule(memory)
    target = device_at_hand(device)
    available = families()
    by_name = {name: family for family in available for name in family.built_in}
    path = locate(name_or_path, by_name, check_folder)
    if path is None:
        family, weights = by_name[str(name_or_path)], Weights()
    elif path.is_dir():
        family, weights = family_of_folder(path, available), Weights(path)
    else:
        family, weights = _family_of_file(path, available)
    mode = usual_mode(target.type) if mode is None else mode
    tracker = family.load(str(name_or_path), weights, target, image_size, mode)
    if compile:
        tracker = _compiled(tracker)
    return tracker if rule is None else tracker.with_memory_rule(rule)


def _compiled(tracker: Tracker) -> Tracker:
    if not isinstance(tracker, CompilableTracker):
        raise UsageError(
            f"compile is asked for, and the family of {tracker.name} has no encoder to compile; leave it out"
        )
    return tracker.compiled()


def check_folder(folder: Path) -> None:
    """Refuse a folder whose config.json is of no family, or is not one that its family can read.

    Raises:
        UsageError: there is no config.json.
        SamscopeError: it is such a one.
    """
    family_of_folder(folder, families()).check(folder)


def family_of_folder(folder: Path, available: tuple[Family, ...]) -> Family:
    """Return the family of the model in a folder, by the ``model_type`` in its config.json.

    Args:
        folder: the folder.
        available: the families.

    Raises:
        UsageError: there is no config.json.
        SamscopeError: it is damaged, or of no family.
    """
    model_type = read_content(folder).get("model_type")
    for family in available:
        if model_type in family.model_types:
            return family
    types = [f"{name!r} ({family.name})" for family in available for name in family.model_types]
    raise SamscopeError(
        f"{folder / CONFIGURATION}: a model of type {printable(repr(model_type))}; "
        f"samscope runs models of type {', '.join(types[:-1])} and {types[-1]}"
    )


def _family_of_file(path: Path, available: tuple[Family, ...]) -> tuple[Family, Weights]:
    """Return the family of the model in a file of weights, and what the file holds.

    A config.json beside the file has the first word.

    Raises:
        SamscopeError: the file is damaged or of no family.
    """
    if (path.parent / CONFIGURATION).is_file() and path.name == WEIGHTS:
        return family_of_folder(path.parent, available), Weights(path.parent)
    values = read_weights(path)
    recognised = next((family for family in available if family.recognises(values)), None)
    if recognised is not None:
        return recognised, Weights(path, values)
    if (path.parent / CONFIGURATION).is_file():
        return family_of_folder(path.parent, available), Weights(path, values)
    names = [family.name for family in available]
    raise SamscopeError(
        f"{path}: weights of another model; samscope runs {', '.join(names[:-1])} and {names[-1]}: give the "
        "official ones as released, any other with its config.json beside it"
    )
