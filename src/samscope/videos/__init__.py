"""Where frames and masks come from: films, cameras, folders of frames, data sets with labels, and downloads.

``opened.py`` opens what is tracked, ``layouts/reading.py`` what has labels. Readers and what they refuse live
here; which parts of a video become a clip is decided in ``clips``.
"""
