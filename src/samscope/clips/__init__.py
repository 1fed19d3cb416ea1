"""Clips and what is known of their frames: draws, the six sets, made-up videos, built folders.

No model is known here: what a clip is must not depend on who tracks it.
"""
