"""Checkpoints: everything that a run needs to go on as if it had never stopped."""

import pickle
from pathlib import Path
from typing import Any

import torch

from nano.training.learner import Learner
from samscope.support.disk import whole_file
from samscope.support.errors import SamscopeError

LATEST = "latest.pt"
"""Name of the newest checkpoint in a run's folder."""


def save_checkpoint(path: Path, learner: Learner, step: int, settings: dict[str, Any]) -> None:
    """Write a checkpoint; it bears its name only when all of it is on the disk.

    Args:
        path: the file.
        learner: what is saved.
        step: steps that are done.
        settings: the run's, as plain values.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    content = {
        "step": step,
        "settings": settings,
        "network": learner.network.state_dict(),
        "average": learner.average.network.state_dict(),
        "heads": learner.heads.state_dict(),
        "optimizer": learner.optimizer.state_dict(),
        "random": torch.get_rng_state(),
        "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    with whole_file(path) as temporary:
        torch.save(content, temporary)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return a checkpoint's content, on the CPU; only tensors and plain containers are unpickled.

    Raises:
        SamscopeError: it cannot be read, or is no checkpoint of a training run.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise SamscopeError(
            f"{path}: cannot be read as a training checkpoint; take an earlier one or start anew elsewhere"
        ) from error
    if not isinstance(content, dict) or not {"step", "settings", "network", "average", "optimizer"} <= set(
        content
    ):
        raise SamscopeError(f"{path}: no checkpoint of a training run")
    return content


def steps_done(path: Path) -> int:
    """Return how many steps a checkpoint says are done; 0 where there is none.

    Raises:
        SamscopeError: as ``read_checkpoint``.
    """
    return int(read_checkpoint(path)["step"]) if path.exists() else 0


def restore(content: dict[str, Any], learner: Learner) -> int:
    """Set a learner and torch's random state to a checkpoint; returns the steps that are done.

    Raises:
        SamscopeError: the weights are of another architecture.
    """
    try:
        learner.network.load_state_dict(content["network"])
        learner.average.network.load_state_dict(content["average"])
        learner.heads.load_state_dict(content.get("heads", {}))
        learner.optimizer.load_state_dict(content["optimizer"])
    except (RuntimeError, ValueError) as error:
        raise SamscopeError("the checkpoint's weights are of another architecture than this run's") from error
    torch.set_rng_state(content["random"])
    if content["random_cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(content["random_cuda"])
    return int(content["step"])
