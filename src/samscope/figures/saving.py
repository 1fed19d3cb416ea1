"""Figures as bytes: the same figure gives the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Literal, get_args

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from samscope.figures.style import applied

FigureFormat = Literal["png", "svg"]
FORMATS: tuple[FigureFormat, ...] = get_args(FigureFormat)

DPI = 200

_SVG_METADATA = {"Date": None, "Creator": None}

_PNG_LEVEL = 3
"""Of zlib: figures of frames are as small as with its usual 6, in a third of the time."""


@dataclass(frozen=True, eq=False)
class Rendered:
    """A figure in every format.

    Attributes:
        files: the content of a file of each format.
        pixels: uint8 [H, W, 3], or [H, W, 4] where its ground is transparent: those of the PNG file.
    """

    files: dict[FigureFormat, bytes]
    pixels: NDArray[np.uint8]


def rendered(figure: Figure) -> Rendered:
    """Return a figure in every format, its panels laid out once for all of them.

    They are laid out at the resolution of the pixels: coarser ones would round the widths of letters.
    ``Figure.savefig`` would go through all that a figure holds once more before each file.

    Args:
        figure: what one of the figure functions returned; it stays as it is.
    """
    with applied(), _laid_out(figure) as canvas:
        pixels = _pixels(canvas)
        return Rendered({"png": _png(pixels), "svg": _svg(figure)}, pixels)


def render(figure: Figure, file_format: FigureFormat) -> bytes:
    """Return a figure as the content of a file.

    Args:
        figure: what one of the figure functions returned; it stays as it is.
        file_format: ``png`` (``DPI`` dots an inch), or ``svg`` with text as outlines, which look alike
            everywhere.

    Returns:
        The file's bytes, without a date or version in them.
    """
    with applied(), _laid_out(figure) as canvas:
        return _png(_pixels(canvas)) if file_format == "png" else _svg(figure)


@contextmanager
def _laid_out(figure: Figure) -> Iterator[FigureCanvasAgg]:
    """Lay a figure's panels out at ``DPI`` dots an inch, and keep that layout while the ``with`` lasts.

    Its canvas has measured all that is written, and need not do so again where it draws the pixels.
    """
    canvas, engine, resolution = figure.canvas, figure.get_layout_engine(), figure.dpi
    ground = figure.get_facecolor()
    figure.dpi = DPI
    if mpl.rcParams["savefig.facecolor"] != "auto":
        figure.set_facecolor(mpl.rcParams["savefig.facecolor"])
    try:
        pixels = FigureCanvasAgg(figure)
        if engine is not None:
            engine.execute(figure)
            figure.set_layout_engine("none")
        yield pixels
    finally:
        figure.set_layout_engine(engine)
        figure.set_facecolor(ground)
        figure.dpi = resolution
        figure.set_canvas(canvas)


def _pixels(canvas: FigureCanvasAgg) -> NDArray[np.uint8]:
    canvas.draw()  # type: ignore[no-untyped-call]
    drawn = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return np.array(drawn if drawn[..., 3].min() < 255 else drawn[..., :3])


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=_PNG_LEVEL, dpi=(DPI, DPI))
    return buffer.getvalue()


def _svg(figure: Figure) -> bytes:
    buffer, vectors = BytesIO(), FigureCanvasSVG(figure)
    vectors.print_svg(buffer, metadata=_SVG_METADATA)  # type: ignore[no-untyped-call]
    return buffer.getvalue()
