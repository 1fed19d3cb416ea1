"""Whose names the weights in a file have, and what training has wrapped around them."""

from collections.abc import Mapping
from typing import TypeVar

from samscope.support.errors import SamscopeError

Value = TypeVar("Value")

_ENCODERS = ("image_encoder.", "vision_encoder.")
"""What the names of an image encoder begin with, the official ones and transformers'."""

_OFFICIAL = ("image_encoder.", "sam_prompt_encoder.", "sam_mask_decoder.")

_WRAPPERS = frozenset({"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"})
"""Left in names, before or between others, by data-parallel training, compilation and recomputation."""


def unwrapped(weights: Mapping[str, Value], source: object) -> dict[str, Value]:
    """Return weights by the names that they have in a SAM 2 alone.

    ``module.`` and its like are taken out wherever they stand. What stands before the image encoder's names
    is taken off, whatever it is called: a SAM 2 that is part of another module has that before every name.

    Args:
        weights: anything by parameter name.
        source: where they come from, for messages.

    Raises:
        SamscopeError: there are several image encoders, or two names become one.
    """
    plain = {name: _without_wrappers(name) for name in weights}
    before = sorted({prefix for name in plain.values() if (prefix := _before_encoder(name)) is not None})
    if len(before) > 1:
        parts = " and ".join(repr(prefix) for prefix in before)
        raise SamscopeError(
            f"{source}: weights of {len(before)} models, whose names begin with {parts}; save one alone"
        )
    prefix = before[0] if before else ""
    renamed: dict[str, Value] = {}
    for name, value in weights.items():
        plain_name = plain[name].removeprefix(prefix)
        if plain_name in renamed:
            raise SamscopeError(
                f"{source}: {plain_name!r} is there twice, wrapped and not; save the model again"
            )
        renamed[plain_name] = value
    return renamed


def are_official(weights: Mapping[str, object]) -> bool:
    """Tell whether weights have the official SAM 2's names, not transformers'."""
    return any(name.startswith(_OFFICIAL) for name in weights)


def _without_wrappers(name: str) -> str:
    return ".".join(part for part in name.split(".") if part not in _WRAPPERS)


def _before_encoder(name: str) -> str | None:
    """Return what stands before the image encoder in a name; None where the name is not of its weights."""
    dotted = f".{name}"
    places = [dotted.find(f".{encoder}") for encoder in _ENCODERS]
    first = min((place for place in places if place >= 0), default=None)
    return None if first is None else name[:first]
