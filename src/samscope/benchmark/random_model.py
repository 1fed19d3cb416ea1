"""Released architectures with random weights: speed does not depend on the weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from transformers import Sam2VideoModel

from samscope.benchmark.settings import RANDOM_MODELS
from samscope.models.released import HIERA_SIZES, released_configuration


@contextmanager
def model_at_hand(name: str) -> Iterator[str]:
    """Have a model that can be loaded, while the ``with`` lasts.

    Args:
        name: a model as ``load_model`` takes it, or one of ``RANDOM_MODELS``: that is made in a temporary
            folder, of the same weights each time.

    Yields:
        What ``load_model`` takes.
    """
    if name not in RANDOM_MODELS:
        yield name
        return
    hiera = HIERA_SIZES[RANDOM_MODELS.index(name)]
    with TemporaryDirectory(prefix="samscope-") as folder:
        path = Path(folder) / name
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            Sam2VideoModel(released_configuration(hiera, version_2_1=True)).save_pretrained(path)
        yield str(path)
