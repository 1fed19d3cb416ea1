"""What is measured on a track while it runs, so that no tensor need be kept.

Questions that are asked of the measurements live in ``analysis``.
"""
