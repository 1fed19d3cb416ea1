"""Films: what PyAV decodes of a file, frame by frame, with its own timestamps and the right way up.

``container.py`` opens files and says what is wrong with them, ``index.py`` knows which frames there are and
when, ``film.py`` reads them. Streams and folders of pictures are not read here.
"""
