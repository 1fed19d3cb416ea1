"""What a user may choose about the figures, wherever the definitions leave a choice."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from samscope.analysis.absence.measurements import REFERENCE_TITLES, SPREAD_TITLES, measurements
from samscope.observation.kinds import References, Spread
from samscope.support.errors import SamscopeError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FigureChoices:
    """How figures are drawn; tables hold every spread and every kind of references whatever is chosen.

    ``prompted_pointer`` alone changes tables and claims too.

    Attributes:
        references: which earlier frames a frame is compared with.
        spread: what the long-term distance is regularised by.
        robust_scale: let the colours of maps span the 1st to 99th percentile instead of all values.
        outlines: draw the object's true outline on every map.
        prompted_pointer: let the prompted frame's pointer be a reference and be compared (the paper's way).
    """

    references: References = "present"
    spread: Spread = "std"
    robust_scale: bool = False
    outlines: bool = False
    prompted_pointer: bool = False

    def check(self, features: "pd.DataFrame") -> None:
        """Check that the features table of a study holds what is chosen, if it holds any features.

        Raises:
            SamscopeError: it holds none of the values chosen.
        """
        columns = [measure.column for measure in measurements(self.spread, self.references)]
        if len(features) and features[columns].isna().all(axis=None):
            raise SamscopeError(
                f"the records hold no features with the references {self.references!r} "
                f"({REFERENCE_TITLES[self.references]}); they are of an older version, or too short: run the "
                "study again, or choose other references"
            )
        (_, long, _) = columns
        if len(features) and features[long].isna().all():
            raise SamscopeError(
                f"the records hold no long-term distance with the spread {self.spread!r} "
                f"({SPREAD_TITLES[self.spread]}); they are of an older version, or too short: run the study "
                "again, or choose another spread"
            )
