"""A study from its settings to its folder: who does the work, what is resumed, sharded and merged.

Nothing here prints: the command line and Python calls stand on top.
"""
