"""Reading the config.json of a model's folder, which may come from anyone."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transformers import PreTrainedConfig, Sam2VideoConfig

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from samscope.support.reading import read_json_object

CONFIGURATION = "config.json"

MOST_BYTES = 2**20
"""Bytes of a model's config.json at most."""

LARGEST_NUMBER = 16_384
"""Channels, pixels and the like of a model at most; the released ones stay below 2,400."""

MOST_LAYERS = 256
"""Layers, blocks and heads of one kind at most; the largest released model has 48 blocks."""

_COUNTED = ("layers", "blocks", "heads", "depth", "stages", "num_")
_FROM_ELSEWHERE = frozenset(
    {"auto_map", "custom_pipelines", "kernel_config", "quantization_config", "use_kernels"}
)
"""What makes the library fetch and run code, or read weights in another way."""

_IMPLEMENTATIONS = frozenset({"_attn_implementation", "attn_implementation", "experts_implementation"})
"""What names one of the library's own implementations, or a kernel from elsewhere by ``owner/name``."""

_PIXELS_A_PLACE = {
    "memory_attention_rope_feat_sizes": (16,),
    "vision_config.backbone_feature_sizes": (4, 8, 16),
}
_SIZES = ("image_size", "prompt_encoder_config.image_size", "vision_config.backbone_config.image_size")


@dataclass(frozen=True)
class ConfigurationKind:
    """The config.json of one family.

    Attributes:
        family: the family's name, for messages.
        model_type: what the file says that it is of.
        usual: makes the library's configuration of the family, whose keys are those that count.
        parts: by place, of what type the parts are that samscope runs.
        architectures: by place, what else samscope runs alone; a name may go on after a dot.
        left_out: places that are not read further, once they have been checked.
    """

    family: str
    model_type: str
    usual: Callable[[], PreTrainedConfig]
    parts: Mapping[str, str]
    architectures: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


SAM2 = ConfigurationKind(
    family="SAM 2",
    model_type="sam2_video",
    usual=Sam2VideoConfig,
    parts={
        "vision_config": "sam2_vision_model",
        "vision_config.backbone_config": "sam2_hiera_det_model",
    },
)


@dataclass(frozen=True)
class StatedSize:
    """What one place says of the size of a model's input.

    Attributes:
        place: where, for messages.
        value: what is written there.
        side: the side of the square in pixels that it means; None where it means none.
    """

    place: str
    value: Any
    side: int | None

    def __str__(self) -> str:
        meant = "" if self.side is None or self.value == self.side else f", that of {self.side} pixels"
        return f"{self.place} is {_shortened(self.value)}{meant}"


@dataclass(frozen=True, eq=False)
class ReadConfiguration:
    """What a config.json says.

    Attributes:
        configuration: as the library reads it, a ``Sam2VideoConfig`` or that of another family; sizes that
            the file leaves out are the library's own.
        sizes: the sizes that it states.
    """

    configuration: Any
    sizes: tuple[StatedSize, ...]


def read_configuration(folder: Path, kind: ConfigurationKind = SAM2) -> ReadConfiguration:
    """Return the configuration in a model's folder.

    Only what makes a network is taken of it. Whatever else programs have written there is passed over: how
    the model computes is for samscope's modes to say.

    Args:
        folder: holds ``config.json``.
        kind: of which family it must be.

    Raises:
        UsageError: it does not.
        SamscopeError: the file is damaged or of another model, asks for code or weights from elsewhere, or
            has a value of a wrong type or one that no model of the family has.
    """
    file = folder / CONFIGURATION
    content = read_content(folder)
    model_type = content.get("model_type")
    if model_type != kind.model_type:
        raise SamscopeError(
            f"{file}: a model of type {model_type!r}; samscope runs models of type {kind.model_type!r}"
        )
    usual = kind.usual()
    used = network_settings(file, content, usual)
    for place, expected in kind.parts.items():
        part = _at(used, f"{place}.model_type")
        if part not in (None, expected):
            raise SamscopeError(
                f"{file}: {place} is of type {printable(str(part))!r}; "
                f"samscope runs those of type {expected!r}"
            )
    for place, expected in kind.architectures.items():
        architecture = _at(used, place)
        if str(architecture).partition(".")[0] != expected:
            raise SamscopeError(f"{file}: {place} is {_shortened(architecture)}; samscope runs {expected!r}")
    try:
        configuration = type(usual).from_dict(_without(used, kind.left_out))
    except Exception as error:  # the library checks each field with its own kind of exception
        raise SamscopeError(
            f"{file}: not a valid {kind.family} configuration ({first_line(error)})"
        ) from error
    return ReadConfiguration(configuration, tuple(_stated_sizes(file, used)))


def read_content(folder: Path) -> dict[str, Any]:
    """Return what the config.json of a model's folder holds, of whatever model.

    Raises:
        UsageError: there is none.
        SamscopeError: it is damaged, or too large.
    """
    file = folder / CONFIGURATION
    if not file.is_file():
        raise UsageError(f"{folder}: no model folder, config.json is missing; {_what_to_give(folder)}")
    try:
        return read_json_object(file, MOST_BYTES)
    except (OSError, ValueError) as error:
        raise SamscopeError(
            f"{file}: not readable as a model's configuration ({error}); save the model again"
        ) from error


def network_settings(file: Path, content: Mapping[str, Any], usual: PreTrainedConfig) -> dict[str, Any]:
    """Return what makes a network of a configuration's content, for the library to read.

    Args:
        file: where the content comes from, for messages.
        content: of a config.json.
        usual: the library's own configuration of that kind, whose keys are taken.

    Raises:
        SamscopeError: it asks for code or weights from elsewhere, or a number is out of any model's range.
    """
    used = _of_networks(content, usual)
    faults = [(place, value, _foreign(key, value)) for place, key, value in _values(content)]
    faults += [(place, value, _out_of_range(key, value)) for place, key, value in _values(used)]
    for place, value, fault in faults:
        if fault:
            raise SamscopeError(
                f"{file}: {printable(place)} is {_shortened(value)}; {fault}; get the right file"
            )
    return used


def agreed_size(sizes: Sequence[StatedSize]) -> int | None:
    """Return the size of a model's input that all places agree on; None where none states any.

    Raises:
        SamscopeError: they contradict each other, or one states what is no size of a square.
    """
    for stated in sizes:
        if stated.side is None:
            raise SamscopeError(f"{stated}; expected that of a square, in pixels; correct it")
    sides = sorted({stated.side for stated in sizes if stated.side is not None})
    if len(sides) > 1:
        by_side = [next(stated for stated in sizes if stated.side == side) for side in sides]
        raise SamscopeError(
            f"{', but '.join(map(str, by_side))}: they must agree; correct the file, or say which is meant "
            f"with --image-size, in Python image_size= ({' or '.join(map(str, sides))})"
        )
    return sides[0] if sides else None


def side_of(value: Any, scale: int = 1) -> int | None:
    """Return the side of a square that a file states as a number, as [h, w], or by height and width.

    Args:
        value: what is written.
        scale: pixels that one of its units stands for.

    Returns:
        Pixels; None where it is no square of whole units.
    """
    if isinstance(value, dict):
        value = list(value.values())
    sides = value if isinstance(value, list | tuple) else [value]
    if not sides or any(not isinstance(side, int) or isinstance(side, bool) or side < 1 for side in sides):
        return None
    return scale * sides[0] if len(set(sides)) == 1 else None


def _stated_sizes(file: Path, content: Mapping[str, Any]) -> Iterator[StatedSize]:
    """Yield what a configuration says of its input's size, in all the places where it does."""
    for place in _SIZES:
        if (value := _at(content, place)) is not None:
            yield StatedSize(f"{file}: {place}", value, side_of(value))
    for place, scales in _PIXELS_A_PLACE.items():
        value = _at(content, place)
        if value is None:
            continue
        levels = [value] if len(scales) == 1 else value
        sides = {side_of(level, scale) for level, scale in zip(levels, scales, strict=False)}
        side = sides.pop() if len(sides) == 1 and len(levels) == len(scales) else None
        yield StatedSize(f"{file}: {place}", value, side)


def _at(content: Mapping[str, Any], place: str) -> Any:
    """Return the value at a path; None where there is none."""
    value: Any = content
    for name in place.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _of_networks(content: Mapping[str, Any], usual: PreTrainedConfig) -> dict[str, Any]:
    """Return what makes a network of a configuration and of those in it: the keys that only SAM 2's have."""
    common = PreTrainedConfig().to_dict().keys() - {"model_type"}
    own_keys = usual.to_dict().keys() - common
    renamed = {name for name, value in vars(type(usual)).items() if isinstance(value, property)}
    used = {}
    for name, value in content.items():
        if name not in own_keys | renamed:
            continue
        inner = getattr(usual, name, None) if name in own_keys else None
        used[name] = (
            _of_networks(value, inner)
            if isinstance(inner, PreTrainedConfig) and isinstance(value, dict)
            else value
        )
        if isinstance(inner, PreTrainedConfig) and isinstance(value, dict):
            used[name].setdefault("model_type", inner.model_type)
    return used


def _without(content: Mapping[str, Any], places: Sequence[str]) -> dict[str, Any]:
    """Return a copy of a configuration without the values at some paths."""
    kept = copy.deepcopy(dict(content))
    for place in places:
        *outer, name = place.split(".")
        holder = _at(kept, ".".join(outer)) if outer else kept
        if isinstance(holder, dict):
            holder.pop(name, None)
    return kept


def _what_to_give(folder: Path) -> str:
    """Say what to name in the place of a folder without a config.json."""
    checkpoints = sorted(
        path.name for path in folder.iterdir() if path.suffix in {".pt", ".pth", ".safetensors"}
    )
    if checkpoints:
        return f"if {folder / checkpoints[0]} is an official checkpoint, name that file"
    return "give one made by save_pretrained"


def first_line(error: Exception) -> str:
    """Return the first line of a library's error, as a terminal may show it; with the next after a colon."""
    first, *rest = (str(error).strip() or type(error).__name__).splitlines()
    return printable(f"{first} {rest[0].strip()}" if first.endswith(":") and rest else first)


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


def _foreign(key: str, value: Any) -> str | None:
    asks = key in _FROM_ELSEWHERE and value not in (None, False, {}, [])
    if asks or (key in _IMPLEMENTATIONS and "/" in str(value)):
        return "samscope loads no code, kernels or quantised weights that a configuration names"
    return None


def _out_of_range(key: str, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    counted = isinstance(value, int) and any(word in key for word in _COUNTED)
    most = MOST_LAYERS if counted else LARGEST_NUMBER
    if not -most <= value <= most:
        return f"expected a number of at most {most:,}"
    return None


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
