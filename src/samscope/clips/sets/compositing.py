"""Pasting cut-outs into a frame, at any place and scale, and what they hide."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from samscope.clips.clip import Footage
from samscope.clips.sets.cutouts import Cutout, cut_out, mirrored
from samscope.clips.sets.placement import Placement

_SUPPORT = 3
"""Transparent pixels of the target kept around a cut-out, so that resampling never meets its border."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A cut-out as it lies in a picture: the part of it inside the picture's borders.

    Attributes:
        pixels: uint8 [h, w, 4], RGB already multiplied by alpha, and alpha.
        left: column of the picture at which it begins.
        top: row of the picture at which it begins.
    """

    pixels: NDArray[np.uint8]
    left: int
    top: int

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the picture that the layer lies on."""
        height, width = self.pixels.shape[:2]
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


@dataclass(frozen=True, eq=False)
class Paste:
    """One object of one frame of footage, to be put into a picture.

    Attributes:
        footage: what it is cut out of.
        index: which frame of the footage.
        placement: where it is put; of the mirrored footage where ``mirror`` is set.
        mirror: whether the footage is mirrored left to right first.
    """

    footage: Footage
    index: int
    placement: Placement
    mirror: bool = False

    def __str__(self) -> str:
        excerpt = self.footage.excerpt
        frame = excerpt.start + self.index * excerpt.stride
        mirror = " mirrored" if self.mirror else ""
        return f"{excerpt.video}/{frame} object {excerpt.object_id}{mirror} {self.placement}"


def render(cutout: Cutout, placement: Placement, size: tuple[int, int]) -> Layer | None:
    """Return what a placed cut-out shows in a picture.

    Whole-pixel shifts at scale 1 keep the cut-out's pixels as they are. Everything else is resampled once,
    with colours multiplied by alpha: bicubic where it grows; where it shrinks, averaged over the area that a
    target pixel covers, with a kernel that is nowhere negative, so that hard edges do not ring.

    Args:
        cutout: the object.
        placement: where its own picture lies in the target.
        size: height and width of the target.

    Returns:
        the layer, or None where none of it is in the picture.
    """
    scale = placement.scale
    height, width = cutout.pixels.shape[:2]
    columns = _covered_range(scale * cutout.left + placement.left, scale * width, size[1])
    rows = _covered_range(scale * cutout.top + placement.top, scale * height, size[0])
    if not columns or not rows:
        return None
    padding = int(np.ceil(_SUPPORT / scale))
    padded = np.pad(cutout.pixels, ((padding, padding), (padding, padding), (0, 0)))
    image = Image.frombytes("RGBa", (padded.shape[1], padded.shape[0]), padded.tobytes())
    from_left = padding - cutout.left - placement.left / scale
    from_top = padding - cutout.top - placement.top / scale
    box = (
        columns.start / scale + from_left,
        rows.start / scale + from_top,
        columns.stop / scale + from_left,
        rows.stop / scale + from_top,
    )
    kernel = Image.Resampling.HAMMING if scale < 1 else Image.Resampling.BICUBIC
    resampled = image.resize((len(columns), len(rows)), kernel, box=box)
    pixels = np.asarray(resampled)
    if not pixels[..., 3].any():
        return None
    return Layer(pixels, columns.start, rows.start)


def layers_of(pastes: Sequence[Paste], size: tuple[int, int]) -> list[tuple[Paste, Layer]]:
    """Return those pastes that show in a picture of ``size`` (height, width), each with its layer."""
    visible_pastes = []
    for paste in pastes:
        mask = paste.footage.masks[paste.index]
        if mask.any():
            cutout = cut_out(paste.footage.frames[paste.index], mask)
            if paste.mirror:
                cutout = mirrored(cutout, mask.shape[1])
            layer = render(cutout, paste.placement, size)
            if layer is not None:
                visible_pastes.append((paste, layer))
    return visible_pastes


def paste_layers(frame: NDArray[np.uint8], layers: Sequence[Layer]) -> NDArray[np.uint8]:
    """Return a copy of a frame, uint8 [H, W, 3], with the layers on it, the last one in front."""
    pasted = frame.copy()
    for layer in layers:
        below = pasted[layer.window].astype(np.uint16)
        through = 255 - layer.pixels[..., 3:].astype(np.uint16)
        seen = layer.pixels[..., :3] + (below * through + 127) // 255
        pasted[layer.window] = np.minimum(seen, 255).astype(np.uint8)
    return pasted


def hidden_by(layers: Sequence[Layer], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels of a picture, bool [H, W], that the layers together cover by more than half."""
    transparency = np.ones(size, dtype=np.float32)
    for layer in layers:
        transparency[layer.window] *= 1 - layer.pixels[..., 3].astype(np.float32) / 255
    return transparency < 0.5


def _covered_range(start: float, extent: float, length: int) -> range:
    """Return the pixels of a row of ``length`` that an interval touches."""
    return range(max(int(np.floor(start)), 0), min(int(np.ceil(start + extent)), length))
