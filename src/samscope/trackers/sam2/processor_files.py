"""Reading what a model's folder says of how its frames are prepared: the files of its processors."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samscope.support.errors import SamscopeError
from samscope.support.reading import read_json_object
from samscope.trackers.sam2.configuration_file import StatedSize, side_of
from samscope.trackers.sam2.preprocessing import IMAGENET, Normalisation

PROCESSOR_FILES = ("preprocessor_config.json", "video_preprocessor_config.json", "processor_config.json")
"""As one version of the library or another saves its processors; a folder has any of them, or none."""

MOST_BYTES = 2**20
"""Bytes of one of them at most."""

_PROCESSORS = ("image_processor", "video_processor", "feature_extractor")
"""Under what names ``processor_config.json`` holds those that it is made of."""

_UNDONE = ("do_center_crop", "do_pad", "do_flip_channel_order")
"""Steps that the official SAM 2 does not take, nor does samscope."""

_LEAST_DEVIATION = 0.01
"""Of pixels 0..1; less is one that was stated for other numbers."""


@dataclass(frozen=True)
class Preparation:
    """What the files say.

    Attributes:
        normalisation: the usual one where they say nothing, ImageNet's for a SAM 2.
        sizes: the sizes to which frames are resized.
    """

    normalisation: Normalisation
    sizes: tuple[StatedSize, ...]


def read_preparation(folder: Path, usual: Normalisation = IMAGENET) -> Preparation:
    """Read how frames are prepared for the model in a folder.

    Passed over is the filter that frames are resized with: the library's processors say bilinear, but the
    official SAM 2 resizes as Pillow does, and that is what weights are made for.

    Args:
        folder: the model's.
        usual: mean and deviation where the files say nothing.

    Raises:
        SamscopeError: a file cannot be read, asks for what samscope does not do, has values that cannot be,
            or two say different things of mean or deviation; the message names them.
    """
    stated: dict[str, Normalisation] = {}
    sizes = []
    for place, content in _processors(folder):
        for step in _UNDONE:
            if content.get(step):
                raise SamscopeError(
                    f"{place}: {step} is {content[step]!r}, which samscope does not do; set it to false"
                )
        if any(content.get(key) is not None for key in ("image_mean", "image_std")) or (
            content.get("do_normalize") is False
        ):
            stated[place] = _normalisation(place, content, usual)
        if content.get("size") is not None and content.get("do_resize") is not False:
            sizes.append(StatedSize(f"{place}: size", content["size"], side_of(content["size"])))
    places = list(stated)
    for other_place in places[1:]:
        if stated[other_place] != stated[places[0]]:
            raise SamscopeError(
                f"{other_place}: mean and deviation are {stated[other_place]}, but {stated[places[0]]} in "
                f"{places[0]}; make them agree, or remove the file that is wrong"
            )
    return Preparation(stated[places[0]] if places else usual, tuple(sizes))


def _processors(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every processor that a file of the folder describes, with its place."""
    for name in PROCESSOR_FILES:
        file = folder / name
        if not file.exists():
            continue
        try:
            content = read_json_object(file, MOST_BYTES)
        except (OSError, ValueError) as error:
            raise SamscopeError(
                f"{file}: not readable as a processor's configuration ({error}); save the processor again, "
                "or remove the file"
            ) from error
        yield str(file), content
        for inner in _PROCESSORS:
            if isinstance(content.get(inner), dict):
                yield f"{file}: {inner}", content[inner]


def _normalisation(place: str, content: Mapping[str, Any], usual: Normalisation) -> Normalisation:
    """Return mean and deviation of pixels 0..1, whatever numbers the file states them for."""
    factor = 1.0 if content.get("do_rescale") is False else content.get("rescale_factor")
    if factor is None:
        factor = 1 / 255
    if not _is_number(factor) or factor <= 0:
        raise SamscopeError(
            f"{place}: rescale_factor is {factor!r}; expected a positive number, such as 1/255"
        )
    if content.get("do_normalize") is False:
        mean, deviation = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    else:
        mean = _three(place, "image_mean", content.get("image_mean"), usual.mean)
        deviation = _three(place, "image_std", content.get("image_std"), usual.deviation)
    scale = 1.0 if math.isclose(factor, 1 / 255, rel_tol=1e-4) else 255 * factor
    normalisation = Normalisation(*(tuple(value / scale for value in values) for values in (mean, deviation)))  # type: ignore[arg-type]
    if not all(0 <= value <= 1 for value in normalisation.mean) or not all(
        _LEAST_DEVIATION <= value <= 1 for value in normalisation.deviation
    ):
        raise SamscopeError(
            f"{place}: image_mean {list(mean)} and image_std {list(deviation)} are not those of pixels that "
            f"were multiplied by {factor:.3g}; correct image_mean, image_std, do_rescale or rescale_factor"
        )
    return normalisation


def _three(place: str, key: str, value: Any, usual: tuple[float, float, float]) -> tuple[float, float, float]:
    if value is None:
        return usual
    if _is_number(value):
        return value, value, value
    if isinstance(value, list) and len(value) == 3 and all(map(_is_number, value)):
        return value[0], value[1], value[2]
    raise SamscopeError(
        f"{place}: {key} is {str(value)[:60]}; expected three numbers, of red, green and blue"
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
