"""Reading the config.json of a model's folder, which may come from anyone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from transformers import Sam2VideoConfig

from samscope.clips.reading import read_json_object
from samscope.errors import SamscopeError, UsageError
from samscope.printable import printable

CONFIGURATION = "config.json"

MOST_BYTES = 2**20
"""Bytes of a model's config.json at most."""

LARGEST_NUMBER = 16_384
"""Channels, pixels and the like of a model at most; the released ones stay below 2,400."""

MOST_LAYERS = 256
"""Layers, blocks and heads of one kind at most; the largest released model has 48 blocks."""

_COUNTED = ("layers", "blocks", "heads", "depth", "stages", "num_")
_FROM_ELSEWHERE = frozenset(
    {
        "_attn_implementation",
        "attn_implementation",
        "auto_map",
        "custom_pipelines",
        "experts_implementation",
        "kernel_config",
        "quantization_config",
        "use_kernels",
    }
)
"""What makes the library fetch and run code, or read weights in another way."""


def read_configuration(folder: Path) -> Sam2VideoConfig:
    """Return the configuration in a model's folder.

    Args:
        folder: holds ``config.json``.

    Raises:
        UsageError: it does not.
        SamscopeError: the file is damaged or of another model, asks for code or weights from elsewhere, or
            has a value of a wrong type or one that no SAM 2 has.
    """
    file = folder / CONFIGURATION
    if not file.is_file():
        raise UsageError(
            f"{folder}: no model folder, config.json is missing; give one made by save_pretrained"
        )
    try:
        content = read_json_object(file, MOST_BYTES)
    except (OSError, ValueError) as error:
        raise SamscopeError(
            f"{file}: not readable as a model's configuration ({error}); save the model again"
        ) from error
    kind = content.get("model_type")
    if kind != "sam2_video":
        raise SamscopeError(f"{file}: a model of type {kind!r}; samscope runs models of type 'sam2_video'")
    for place, key, value in _values(content):
        if fault := _fault(key, value):
            raise SamscopeError(
                f"{file}: {printable(place)} is {_shortened(value)}; {fault}; get the right file"
            )
    try:
        return Sam2VideoConfig.from_dict(content)
    except Exception as error:  # the library checks each field with its own kind of exception
        raise SamscopeError(f"{file}: not a valid SAM 2 configuration ({first_line(error)})") from error


def first_line(error: Exception) -> str:
    """Return the first line of a library's error, as a terminal may show it."""
    return printable((str(error).strip() or type(error).__name__).splitlines()[0])


def _values(content: Any, place: str = "", key: str = "") -> Iterator[tuple[str, str, Any]]:
    """Return every value with the path that leads to it and the name that it stands under."""
    if place:
        yield place, key, content
    if isinstance(content, dict):
        for name, value in content.items():
            yield from _values(value, f"{place}.{name}" if place else str(name), str(name))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from _values(value, f"{place}[{index}]", key)


def _fault(key: str, value: Any) -> str | None:
    if key in _FROM_ELSEWHERE and value is not None:
        return "samscope loads no code, kernels or quantised weights that a configuration names"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    counted = isinstance(value, int) and any(word in key for word in _COUNTED)
    most = MOST_LAYERS if counted else LARGEST_NUMBER
    if not -most <= value <= most:
        return f"expected a number of at most {most:,}"
    return None


def _shortened(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
