"""The columns of the features table by what they measure: feature, spread and references."""

from dataclasses import dataclass
from typing import Literal, get_args

from samscope.observation.kinds import REFERENCES, References, Spread, feature_column

Feature = Literal["short", "long", "ratio"]
FEATURES: tuple[Feature, ...] = get_args(Feature)
"""The paper's three features (A.1.1, A.1.2)."""

FEATURE_TITLES: dict[Feature, str] = {
    "short": "Short-term distance",
    "long": "Long-term distance",
    "ratio": "Short-term ratio",
}

SPREAD_TITLES: dict[Spread, str] = {
    "std": "standard deviation",
    "variance": "variance",
    "variance_without_floor": "variance without a floor",
    "none": "none",
}
SPREADS = tuple(SPREAD_TITLES)
"""Every spread, in the order of tables."""

REFERENCE_TITLES: dict[References, str] = {
    "present": "earlier frames that contain the object",
    "untransformed": "earlier untouched frames that contain the object",
    "online": "earlier frames on which the tracker takes the object as there",
}


@dataclass(frozen=True)
class Measurement:
    """One way to measure a feature.

    Attributes:
        feature: which of the three.
        spread: what the distance is regularised by; only ``long`` has a choice, the others use none.
        references: which earlier frames it is a distance to.
    """

    feature: Feature
    spread: Spread
    references: References

    @property
    def column(self) -> str:
        """Its column in the features table."""
        spread = f"_{self.spread}" if self.feature == "long" and self.spread != "std" else ""
        return feature_column(f"{self.feature}{spread}", self.references)


def measurement(feature: Feature, spread: Spread = "std", references: References = "present") -> Measurement:
    """Return the measurement of a feature; ``spread`` counts for ``long`` alone."""
    return Measurement(feature, spread if feature == "long" else "none", references)


def measurements(spread: Spread = "std", references: References = "present") -> tuple[Measurement, ...]:
    """Return how the three features are measured with one spread and one kind of references."""
    return tuple(measurement(feature, spread, references) for feature in FEATURES)


def all_measurements() -> tuple[Measurement, ...]:
    """Return every measurement that the features table holds, the default ones first."""
    every_measurement = [
        measurement(feature, spread, references)
        for references in REFERENCES
        for spread in SPREADS
        for feature in FEATURES
    ]
    return tuple(dict.fromkeys(every_measurement))
