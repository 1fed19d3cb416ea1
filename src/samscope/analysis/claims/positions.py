"""The position that stands for each of the paper's numbers, and what the paper measures there."""

from samscope.analysis.absence.measurements import Feature, measurement
from samscope.observation.kinds import Spread

PLACES: dict[int, str] = {
    1: "image_embeddings",
    2: "memory_conditioned",
    3: "prompt_conditioned",
    4: "object_pointer_ungated",
    5: "memory_features",
}
"""One tensor a position: the ungated pointer, since the stored one only says that the score crossed 0."""


PAPER_SPREAD: Spread = "variance_without_floor"
"""What the paper regularises the long distance by (A.1, equation 1)."""


STEADY_SPREAD: Spread = "variance"
"""The same with a floor. Without one elements that hardly vary decide, and they hang on rounding."""


def paper_column(feature: Feature, spread: Spread = PAPER_SPREAD) -> str:
    """Return the column of the features table that the paper means; with another spread in the same place."""
    return measurement(feature, spread).column


SHORT = paper_column("short")
"""The feature that curves are compared by: it has neither a window nor a spread to choose."""

LONG_WINDOW = 5
"""References of the long distance (paper, A.1.1); with fewer it is not what the paper means."""
