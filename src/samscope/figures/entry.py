"""What the catalogue says of a figure, and what it takes to draw it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.figure import Figure

from samscope.analysis.pointers.decoding import Decoding
from samscope.figures.choices import FigureChoices
from samscope.figures.decoded_boxes import Place
from samscope.records.store import Study
from samscope.support.errors import SamscopeError


class NotRecordedError(SamscopeError):
    """A study does not hold what a figure shows; the message is the sentence that stands in its place."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What a figure is asked for.

    Attributes:
        study: the study.
        choices: how it is drawn.
        clip: number of the draw that an example shows; None leaves it to the figure.
        frame: the frame that an example shows; None leaves it to the figure.
        separability: what ``separability`` returned for the study; None measures what the figure takes of it.
        twin: likewise of ``against_twin``.
        decoding: likewise of ``decode_pointers``.
    """

    study: Study
    choices: FigureChoices = field(default_factory=FigureChoices)
    clip: int | None = None
    frame: int | None = None
    separability: pd.DataFrame | None = None
    twin: pd.DataFrame | None = None
    decoding: Decoding | None = None


@dataclass(frozen=True, eq=False)
class Prepared:
    """A figure whose needs are met.

    Attributes:
        draw: draws it, in any process: it holds no more of the study than it takes.
        study: the study, with no more than that.
        clip: number of the draw that an example shows.
        frame: the frame that an example shows.
        places: set, clip and frame of each panel with boxes.
    """

    draw: Callable[[], Figure]
    study: Study
    clip: int = 0
    frame: int = 0
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class FigureEntry:
    """A figure of the catalogue.

    Attributes:
        kind: what is drawn alike has the same; names begin with it.
        name: its name, that of its files in a report.
        title: what it shows.
        paper: the paper's figures that it corresponds to; empty where it has none.
        needs: takes what this entry needs of a study. Raises ``NotRecordedError`` where the study lacks it,
            and ``UsageError`` where it has no such clip or frame.
        set_name: the set whose clips it shows; empty where it shows several.
        beside: the set that the clean clips are held against; empty where that is none.
        position: the position that it is about; empty where that is none.
    """

    kind: str
    name: str
    title: str
    paper: str
    needs: "Callable[[FigureEntry, Asked], Prepared]"
    set_name: str = ""
    beside: str = ""
    position: str = ""

    @property
    def heading(self) -> str:
        """The title with the paper's figures."""
        figures = f"figure{'s' * (not self.paper.isdigit())} {self.paper}"
        return f"{self.title} (paper, {figures})" if self.paper else self.title

    def prepare(self, asked: Asked) -> Prepared:
        """Return the figure ready to be drawn.

        Raises:
            NotRecordedError: the study does not hold what it shows.
            UsageError: the study has no such clip or frame.
        """
        return self.needs(self, asked)
