"""The tables of a study: their schema, their files, what they may hold.

Rows go in and out; what they mean is asked in ``analysis``.
"""
