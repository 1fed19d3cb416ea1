"""The SAM 3 tracker that needs no download: a name alone."""

RANDOM_SAM3 = "random-sam3"
"""The SAM 3 tracker's architecture with random weights."""
