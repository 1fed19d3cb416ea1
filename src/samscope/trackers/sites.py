"""The sites at which a running track can be edited: their names, and what each one is."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from samscope.trackers.positions import BY_NAME

Editing = Callable[[str, Tensor], Tensor]
"""What is done at the sites of a step: given a site's name and its tensor [B, ...], what to go on with."""


def untouched(_site: str, tensor: Tensor) -> Tensor:
    """Return a site's tensor as it is: the ``Editing`` of a step without edits."""
    return tensor


@dataclass(frozen=True)
class Site:
    """A place in a step that edits change.

    Attributes:
        name: the name in code.
        meaning: what is changed, in SAM 2 at 1024 pixels.
        remembered: each remembered frame has its own, which an edit's ``of`` chooses.
        removed: there is no tensor: what is there can only be removed.
        on_prompted: whether the prompted frame has it.
    """

    name: str
    meaning: str
    remembered: bool = False
    removed: bool = False
    on_prompted: bool = True


def _position(name: str, *, on_prompted: bool = True) -> Site:
    return Site(name, BY_NAME[name].meaning, on_prompted=on_prompted)


SITES: tuple[Site, ...] = (
    Site(
        "remembered_frame",
        "a frame in the memory bank, before the bank is read: removed, it is forgotten for good",
        remembered=True,
        removed=True,
        on_prompted=False,
    ),
    Site(
        "attention_to_memory",
        "the attention to a remembered frame's memory on this frame: removed, it is 0 before the softmax",
        remembered=True,
        removed=True,
        on_prompted=False,
    ),
    Site(
        "attention_to_pointer",
        "the attention to a remembered frame's pointer on this frame, likewise",
        remembered=True,
        removed=True,
        on_prompted=False,
    ),
    Site(
        "recalled_memory",
        "a remembered frame's memory as it is read on this frame, without its age [64, 64, 64]",
        remembered=True,
        on_prompted=False,
    ),
    Site(
        "recalled_pointer",
        "a remembered frame's pointer as it is read on this frame, without its age [256]",
        remembered=True,
        on_prompted=False,
    ),
    _position("frame"),
    _position("image_embeddings"),
    _position("memory_conditioned", on_prompted=False),
    _position("prompt_conditioned"),
    Site(
        "mask_tokens",
        "the decoder's tokens of its four masks after prompt attention [4, 256]: masks and the pointer are "
        "made of them",
    ),
    Site(
        "object_score",
        "the logit of the object's presence, before it gates mask, pointer and memory: a number",
    ),
    _position("object_pointer_ungated"),
    _position("object_pointer"),
    Site(
        "memory_mask",
        "the mask as it enters the memory encoder, -10 to 10 [1, S, S]",
    ),
    _position("memory_encoder_output"),
    _position("memory_features"),
)
"""In the order in which a step comes to them."""

SITES_BY_NAME: dict[str, Site] = {site.name: site for site in SITES}


@dataclass(frozen=True)
class PlacedSite:
    """A site as one tracker has it.

    Attributes:
        name: one of ``SITES``.
        shape: of its tensor, without the batch, at the tracker's image size; None where there is no tensor.
    """

    name: str
    shape: tuple[int, ...] | None
