"""Lists of videos, as ``ImageSets`` holds them: which one is meant, and what it names."""

import codecs
import logging
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.reading import MOST_JSON_BYTES, read_regular, require_there
from samscope.videos.images import IMAGE_SUFFIXES
from samscope.videos.layout import FRAMES_FOLDER, LISTS_FOLDER
from samscope.videos.place import Place

_logger = logging.getLogger(__name__)

_YEARS = ("2017", "2016")
_PAIR = re.compile(r"(?P<frame>/?JPEGImages/.+?)\s+/?Annotations/.+")
_PATH_STARTS = ("/", "./", "../", "~")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_list(place: Place, subset: str, level: str, videos: Sequence[str]) -> tuple[list[str], str]:
    """Return the videos of a list, in its order, and what the list is called.

    Args:
        place: where videos and lists lie.
        subset: the list, as for ``matching_lists``, or the path of a file of this machine.
        level: as for ``matching_lists``.
        videos: names of the folders of the videos.

    Raises:
        UsageError: no list is meant, or several that are not one file.
        SamscopeError: it cannot be read, names nothing, or names a video that is not there.
    """
    available = [
        f"{folder}/{name}".removeprefix("/")
        for folder in ("", *place.folders(LISTS_FOLDER))
        for name in place.names(f"{LISTS_FOLDER}/{folder}")
        if name.endswith(".txt")
    ]
    matching = matching_lists(available, subset, level)
    given = list_on_disk(subset)
    if matching:
        called = f"{LISTS_FOLDER}/{matching[0]}"
        where = place.shown(called)
        if given is not None and os.path.realpath(where) != os.path.realpath(given):
            raise UsageError(
                f"--subset {subset}: both {where} and {given.absolute()}; name one of them in full"
            )
        if len(matching) > 1:
            other_lists = ", ".join(name.removesuffix(".txt") for name in matching[1:])
            _logger.warning(
                "--subset %s: taken is %s; there are also %s: name one of them so",
                subset,
                called,
                other_lists,
            )
        data = place.read(called)
    elif given is not None:
        called = where = str(given)
        try:
            data = read_regular(given, MOST_JSON_BYTES)
        except OSError as error:
            raise SamscopeError(f"{given}: cannot be read: {error.strerror}") from error
    else:
        raise no_such_list(place.shown(LISTS_FOLDER), subset, available)
    folder = place.shown(f"{FRAMES_FOLDER}/{level}".removesuffix("/"))
    return listed_videos(names_in_list(data, where), videos, where, folder), called


def matching_lists(available: Iterable[str], subset: str, level: str) -> list[str]:
    """Return the lists that a name means, the one that is taken first.

    Args:
        available: the text files below ``ImageSets``: ``2017/val.txt``.
        subset: ``val`` for any folder's, ``2016/val`` for one; ``ImageSets/`` before it and ``.txt`` behind
            it may be left out. One that begins as a path does (``./``, ``/``) means none of them.
        level: the folder of the resolution that is read; its list comes first, then 2017's and 2016's, then
            any other.
    """
    if subset.startswith(_PATH_STARTS):
        return []
    path = PurePosixPath(subset.removeprefix(f"{LISTS_FOLDER}/").removesuffix(".txt") + ".txt")
    if str(path) != path.name:
        return [name for name in available if PurePosixPath(name) == path]
    order = (level, *_YEARS)
    matching = [name for name in available if PurePosixPath(name).name == path.name]

    def rank(name: str) -> tuple[int, str]:
        folder = str(PurePosixPath(name).parent).removeprefix(".")
        return (order.index(folder) if folder in order else len(order), name)

    return sorted(matching, key=rank)


def list_on_disk(subset: str) -> Path | None:
    """Return the file that is asked for by its path; None where it is a list's name, or no such file."""
    path = Path(subset).expanduser()
    is_path = "/" in subset or path.suffix != ""
    return path if is_path and path.is_file() else None


def no_such_list(where: str, subset: str, available: Iterable[str]) -> UsageError:
    """Return what is said where no list is meant by a name.

    Args:
        where: the folder or address of the lists.
        subset: the name.
        available: as for ``matching_lists``.
    """
    if subset.startswith(_PATH_STARTS):
        path = Path(subset).expanduser()
        if path.is_symlink():
            require_there(path)
        return UsageError(
            f"--subset {subset}: no such file; expected a text with a video's name in each line"
        )
    names = ", ".join(sorted(name.removesuffix(".txt") for name in available))
    return UsageError(
        f"{where}: no list {subset.removesuffix('.txt')}.txt in any folder of it; name one that exists "
        f"({names or 'there is none'}), the path of a file, or none"
    )


def names_in_list(data: bytes, where: str) -> list[str]:
    """Return the videos that a list names, in its order, each once.

    A line is a name, which may hold spaces, or DAVIS 2016's pair of a frame and its mask:
    ``/JPEGImages/480p/bear/00000.jpg /Annotations/480p/bear/00000.png``. Of a path, what counts is the folder
    of a frame (``bear/00000``, ``bear/00000.jpg``), else its last name (``480p/bear``). Space around a line,
    empty lines and a byte order mark are passed over.

    Args:
        data: the file's content, UTF-8, or UTF-16 with its mark.
        where: what it is called in messages.

    Raises:
        SamscopeError: it is no text, or names nothing.
    """
    try:
        text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise SamscopeError(f"{where}: cannot be read as a list of videos: {error}") from error
    lines = [line.strip() for line in text.splitlines()]
    names = list(dict.fromkeys(_name(line) for line in lines if line))
    if not names:
        raise SamscopeError(f"{where}: names no video; expected the name of a video in each line")
    return names


def listed_videos(names: Sequence[str], videos: Iterable[str], where: str, folder: str) -> list[str]:
    """Return the videos of a list by the names of their folders.

    Args:
        names: as ``names_in_list`` gives them.
        videos: the names of the folders. Accents may be written in another way there (NFC, NFD).
        where: what the list is called in messages.
        folder: what the folder of the videos is called.

    Raises:
        SamscopeError: one is not there.
    """
    by_name = {unicodedata.normalize("NFC", name): name for name in videos}
    by_name |= {name: name for name in by_name.values()}
    named_videos = [by_name.get(name) or by_name.get(unicodedata.normalize("NFC", name)) for name in names]
    for name, video in zip(names, named_videos, strict=True):
        if video is None:
            raise SamscopeError(
                f"{where}: lists {name!r}, but {folder} has no such video; expected a name in each line, or "
                "a frame and its mask as in DAVIS 2016"
            )
    return [video for video in dict.fromkeys(named_videos) if video is not None]


def _name(line: str) -> str:
    pair = _PAIR.fullmatch(line)
    path = PurePosixPath(pair["frame"] if pair else line)
    is_frame = path.suffix.lower() in IMAGE_SUFFIXES or path.name.isdecimal()
    return path.parent.name if is_frame and path.parent.name else path.name
