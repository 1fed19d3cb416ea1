"""DAVIS' palette, by which masks with several objects are seen in colours."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_NAMED_COLOURS = 22


def palette_image(labels: NDArray[np.uint8]) -> Image.Image:
    """Return labels [H, W] as a picture whose pixels are the labels, shown in DAVIS' colours."""
    image = Image.fromarray(labels)
    image.putpalette(davis_palette())
    return image


def davis_palette() -> bytes:
    """Return DAVIS' palette: 22 colours by the bits of the label (PASCAL VOC's), then greys up to white."""
    palette = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    labels = np.arange(_NAMED_COLOURS)
    for channel in range(3):
        bits = [((labels >> (3 * place + channel)) & 1) << (7 - place) for place in range(3)]
        palette[:_NAMED_COLOURS, channel] = np.sum(bits, axis=0)
    return palette.tobytes()
