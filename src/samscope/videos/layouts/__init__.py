"""Data sets whose labels are not one mask for every frame, each behind the interface of ``Video``.

``partly_labelled.py`` has YouTube-VOS and LVOS, ``sav_folders.py`` SA-V's validation and test,
``sav_films.py`` its training part, ``vot.py`` VOT's sequences. ``reading.py`` tells which layout a folder
has. What finds DAVIS's own folders is ``videos/davis.py``.
"""
