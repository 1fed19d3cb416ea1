"""Where frames and masks come from: DAVIS-format folders, here or on object storage, and downloads of them.

Readers and what they refuse live here; which parts of a video become a clip is decided in ``clips``.
"""
