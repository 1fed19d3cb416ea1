"""Figures as bytes: the same figure gives the same bytes."""

from io import BytesIO
from typing import Any, Literal, get_args

from matplotlib.figure import Figure

from samscope.figures.style import applied

FigureFormat = Literal["png", "svg"]
FORMATS: tuple[FigureFormat, ...] = get_args(FigureFormat)

_METADATA: dict[FigureFormat, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}

DPI = 200


def rendered(figure: Figure) -> dict[FigureFormat, bytes]:
    """Return a figure as the content of a file of every format, its panels laid out once for all of them.

    They are laid out at the resolution of the pixels: coarser ones would round the widths of letters.

    Args:
        figure: what one of the figure functions returned.
    """
    engine, resolution = figure.get_layout_engine(), figure.dpi
    with applied():
        figure.dpi = DPI
        figure.draw_without_rendering()
        figure.dpi = resolution
        figure.set_layout_engine("none")
        try:
            return {file_format: render(figure, file_format) for file_format in FORMATS}
        finally:
            figure.set_layout_engine(engine)


def render(figure: Figure, file_format: FigureFormat) -> bytes:
    """Return a figure as the content of a file.

    Args:
        figure: what one of the figure functions returned.
        file_format: ``png`` (``DPI`` dots an inch), or ``svg`` with text as outlines, which look alike
            everywhere.

    Returns:
        The file's bytes, without a date or version in them.
    """
    buffer = BytesIO()
    with applied():
        figure.savefig(buffer, format=file_format, dpi=DPI, metadata=_METADATA[file_format])
    return buffer.getvalue()
