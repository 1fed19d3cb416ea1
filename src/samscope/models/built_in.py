"""The model that needs no download."""

from pathlib import Path

BUILT_IN_MODEL = "nano"
"""Its name for ``load_model`` and on the command line."""


def built_in_folder() -> Path:
    """Return the folder of the built-in model: weights, configuration, and a card that says what it is."""
    return Path(__file__).parent / BUILT_IN_MODEL
