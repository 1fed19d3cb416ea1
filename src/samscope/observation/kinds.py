"""What features and maps come in: the names that the columns and rows of the features table are made of."""

from typing import Final, Literal, get_args

Spread = Literal["std", "variance", "none", "variance_without_floor"]
"""What the long distance is regularised by; the paper's own is the variance, without a floor."""

References = Literal["present", "untransformed", "online"]
REFERENCES: tuple[References, ...] = get_args(References)
"""Which earlier frames a frame is compared with; the paper's own are those that contain the object."""

FEATURE_WINDOW = 5
"""References that the long feature takes (paper, A.1.1)."""

MapKind = Literal["mean", "variance"]
MAP_KINDS: tuple[MapKind, ...] = get_args(MapKind)
"""Of the channels at each place of a map, the mean and the variance."""

Region = Literal["object", "border", "rival", "ground"]
REGIONS: tuple[Region, ...] = get_args(Region)
"""Parts of a map. ``object``: the visible object of interest. ``border``: the places that its outline runs
through or beside. ``rival``: other objects whose masks are known (those pasted over the frame; where the
object of interest is pasted itself, the source's own). ``ground``: all places beyond these."""

MAP_PARTS = (*REGIONS, "edges")
"""Where the channel mean and variance of a position are measured: see ``observation.map_levels``."""

GAP_SET: Final = "clean_gap"
"""Set of the control's feature rows: clean clips with the frames of their middle declared absent."""


def feature_column(name: str, references: References) -> str:
    """Return the column of what is measured against one kind of references.

    Args:
        name: of the column against the frames that contain the object: ``short``, ``long_variance``, ``age``.
        references: the kind.
    """
    return name if references == "present" else f"{name}_{references}"
