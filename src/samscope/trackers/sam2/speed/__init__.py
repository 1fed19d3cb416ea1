"""SAM 2 computed faster: the same numbers within rounding, for the modes ``fast`` and ``bf16``."""
