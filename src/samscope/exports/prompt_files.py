"""Prompts as a result keeps them: as ``prompts.json`` has them, with their masks as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from samscope.trackers.prompts import FramePrompt, PromptedObject
from samscope.videos.palette import palette_image

PROMPTS = "prompts"
"""Folder of a result for the masks of its prompts."""


def kept_prompts(objects: Sequence[PromptedObject], folder: Path) -> dict[str, Any]:
    """Write the masks of prompts into a result, and return the prompts as ``read_prompts`` would read them.

    Args:
        objects: the prompted objects.
        folder: the result's folder, from which paths of masks are told.
    """
    return {
        "objects": [
            {
                "id": prompted.id,
                **({} if prompted.name is None else {"name": prompted.name}),
                "prompts": [_kept(prompt, prompted.id, folder) for prompt in prompted.prompts],
            }
            for prompted in objects
        ]
    }


def _kept(prompt: FramePrompt, object_id: int, folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = {"frame": prompt.frame}
    for name in ("box", "points", "labels"):
        if (given := getattr(prompt, name)) is not None:
            values[name] = np.asarray(given).tolist()
    if prompt.mask is not None:
        values["mask"] = f"{PROMPTS}/{object_id}-{prompt.frame:05d}.png"
        (folder / PROMPTS).mkdir(exist_ok=True)
        mask = np.asarray(prompt.mask).astype(bool)
        palette_image(np.where(mask, np.uint8(object_id), np.uint8(0))).save(folder / values["mask"])
    return values
