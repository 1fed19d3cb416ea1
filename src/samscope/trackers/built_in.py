"""The models of all families that need no download: names alone."""

from samscope.trackers.edgetam.built_in import RANDOM_EDGETAM
from samscope.trackers.sam2.built_in import RANDOM_MODELS as RANDOM_SAM2

RANDOM_MODELS = (*RANDOM_SAM2, RANDOM_EDGETAM)
"""Released architectures with random weights, of the families that come with samscope."""
