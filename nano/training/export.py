"""Writing the trained model for others to load."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import Sam2VideoModel

from samscope.support.disk import whole_folder
from samscope.support.result_folder import write_json
from samscope.trackers.sam2.loading import quiet_library

TRAINING_FILE = "training.json"
"""Name of the file beside the weights that says how they were made."""


def export_model(network: Sam2VideoModel, folder: Path, made_with: Mapping[str, Any]) -> Path:
    """Write a network as float16 safetensors with its configuration and how it was made.

    ``samscope.load_model`` and ``transformers.Sam2VideoModel.from_pretrained`` load the folder.

    Args:
        network: the network, which is not changed.
        folder: made or replaced as a whole.
        made_with: plain values for ``training.json``.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    exported = copy.deepcopy(network).to("cpu", torch.float16).eval()
    exported.config.architectures = ["Sam2VideoModel"]
    with whole_folder(folder) as temporary, quiet_library():
        exported.save_pretrained(temporary)
        (temporary / "model.safetensors").chmod(0o644)  # the library leaves it to its owner alone
        write_json(temporary / TRAINING_FILE, made_with)
    return folder
