"""Writing the trained model for others to load."""

import copy
from pathlib import Path

import torch
from transformers import Sam2VideoModel

from samscope.clips.disk import whole_folder


def export_model(network: Sam2VideoModel, folder: Path) -> Path:
    """Write a network as float16 safetensors with its configuration.

    ``samscope.load_model`` and ``transformers.Sam2VideoModel.from_pretrained`` load the folder.

    Args:
        network: the network, which is not changed.
        folder: made or replaced as a whole.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    exported = copy.deepcopy(network).to("cpu", torch.float16).eval()
    exported.config.architectures = ["Sam2VideoModel"]
    with whole_folder(folder) as temporary:
        exported.save_pretrained(temporary)
    return folder
