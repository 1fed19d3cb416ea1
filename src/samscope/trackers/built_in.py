"""The models of all families that need no download: names alone."""

from samscope.trackers.edgetam.built_in import RANDOM_EDGETAM
from samscope.trackers.sam2.built_in import RANDOM_MODELS as RANDOM_SAM2
from samscope.trackers.sam3.built_in import RANDOM_SAM3

RANDOM_MODELS = (*RANDOM_SAM2, RANDOM_EDGETAM, RANDOM_SAM3)
"""Released architectures with random weights, of the families that come with samscope."""
