"""What is written on a figure, and where."""

from matplotlib.axis import Tick
from matplotlib.figure import Figure
from matplotlib.text import Text

from samscope.figures.style import applied


def words(figure: Figure) -> str:
    """Return everything that is written on a figure."""
    return "\n".join(text.get_text() for text in figure.findobj(Text) if isinstance(text, Text))


def clipped(figure: Figure) -> list[str]:
    """Return the texts that reach out of the figure."""
    with applied():
        figure.draw_without_rendering()
    whole = figure.bbox
    ticks = [tick for tick in figure.findobj(Tick) if isinstance(tick, Tick)]
    of_ticks = {id(label) for tick in ticks for label in (tick.label1, tick.label2)}
    found = []
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if id(text) in of_ticks or not text.get_text() or not text.get_visible():
            continue
        extent = text.get_window_extent()
        if extent.x0 < -1 or extent.y0 < -1 or extent.x1 > whole.width + 1 or extent.y1 > whole.height + 1:
            found.append(text.get_text())
    return found


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Return pairs of titles, labels and notes that lie on each other."""
    with applied():
        figure.draw_without_rendering()
    ticks = [tick for tick in figure.findobj(Tick) if isinstance(tick, Tick)]
    of_ticks = {id(label) for tick in ticks for label in (tick.label1, tick.label2)}
    texts = [
        text
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_text() and text.get_visible() and id(text) not in of_ticks
    ]
    extents = [(text.get_text(), text.get_window_extent()) for text in texts]
    return [
        (one, other)
        for number, (one, extent) in enumerate(extents)
        for other, beside in extents[number + 1 :]
        if extent.overlaps(beside)
    ]
