"""The EdgeTAM that needs no download: a name alone."""

RANDOM_EDGETAM = "random-edgetam"
"""EdgeTAM's architecture with random weights."""
