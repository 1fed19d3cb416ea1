"""The models that need no download, and what is said in the place of a device: names alone."""

from pathlib import Path

BUILT_IN_MODEL = "nano"
"""Its name for ``load_model`` and on the command line."""


RANDOM_MODELS = tuple(f"random-hiera-{size}" for size in ("tiny", "small", "base-plus", "large"))
"""SAM 2.1's architectures with random weights, in the order of ``models.released.HIERA_SIZES``."""

RANDOM_SEED = 0
"""Of their weights, which are the same each time."""

AUTO = "auto"
"""The device that this machine computes fastest on, as far as samscope is tried there."""


def read_from(model: str) -> list[Path]:
    """Return the file or folder of this machine that a model is read from; none for others.

    Args:
        model: as ``load_model`` takes it: a folder called as the built-in model is not read.
    """
    path = Path(model).expanduser()
    return [path] if model != BUILT_IN_MODEL and path.exists() else []


def built_in_folder() -> Path:
    """Return the folder of the built-in model: weights, configuration, and a card that says what it is."""
    return Path(__file__).parent / BUILT_IN_MODEL
