"""Trackers: prompts, memory as a value, one step, the loop over it, several tracks side by side.

What is measured on a track lives in ``observation``, not here; a family's own code lives in its folder.
"""
