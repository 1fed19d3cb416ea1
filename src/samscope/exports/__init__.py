"""What comes out of a tracked film: its folder, and other tools' formats made of it.

``track_film.py`` tracks, ``result.py`` writes and reads the folder; each other format has a file of its own,
and ``formats.py`` lists them. Nothing here prints.
"""
