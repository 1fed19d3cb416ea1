"""One function a figure of the paper; takes a study, returns a matplotlib figure.

Numbers are computed in ``analysis``; here they are drawn.
"""
