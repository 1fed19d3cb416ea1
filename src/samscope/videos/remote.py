"""Reading of video folders in the DAVIS layout that lie on object storage."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.reading import MOST_JSON_BYTES, read_regular
from samscope.support.urls import explained, file_system
from samscope.videos.copies import Copies, copies_of
from samscope.videos.davis import (
    FRAMES_FOLDER,
    MASKS_FOLDER,
    PREFERRED_RESOLUTION,
    DavisVideo,
    natural,
    tell_of_turned,
)
from samscope.videos.images import IMAGE_SUFFIXES, image_size, is_turned
from samscope.videos.lists import (
    LISTS_FOLDER,
    either,
    list_on_disk,
    listed_videos,
    matching_lists,
    names_in_list,
    no_such_list,
    said_of_several,
)
from samscope.videos.names import require_safe_names
from samscope.videos.passed_over import is_passed_over
from samscope.videos.video import Collection, Video

_logger = logging.getLogger(__name__)

Listing = dict[str, dict[str, str]]
"""By video, its files' names by stem."""


@dataclass(frozen=True)
class FetchedFiles(Sequence[Path]):
    """Files of a remote folder in order; the folder is fetched when a path is asked for.

    Attributes:
        copies: where it is fetched to.
        folder: its path within the address.
        names: the files' names in it.
    """

    copies: Copies
    folder: str
    names: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> Path: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Path]: ...
    def __getitem__(self, place: int | slice) -> Path | Sequence[Path]:
        """Return the path of a file's copy, or of several."""
        here = self.copies.folder(self.folder, self.names)
        if isinstance(place, slice):
            return [here / name for name in self.names[place]]
        return here / self.names[place]


def read_remote_collection(
    url: str, resolution: str | None = None, *, subset: str | None = None
) -> Collection:
    """Find the videos of a DAVIS-format folder on object storage, as ``read_collection`` does on a disk.

    Two listings and, for each video, two requests for the beginning of a file tell all that is needed; masks
    and frames are fetched when they are needed, a folder at a time.

    Args:
        url: address of what holds ``JPEGImages`` and ``Annotations``.
        resolution: as for ``read_collection``.
        subset: as for ``read_collection``.

    Raises:
        UsageError: there is no such address, resolution or subset.
        SamscopeError: it cannot be read, or is not in this layout.
    """
    copies = copies_of(url)
    frames, level = _listing(url, FRAMES_FOLDER, resolution)
    masks, _ = _listing(url, MASKS_FOLDER, level or None)
    names = sorted(frames)
    list_read = None
    if subset is not None:
        names, list_read = _listed(url, level, subset, frames)
    require_safe_names(names, Path(url))
    for name in names:
        if not frames[name] or frames[name].keys() != masks.get(name, {}).keys():
            raise SamscopeError(
                f"{url}: video {name} has {len(frames[name])} frames and {len(masks.get(name, {}))} masks; "
                "samscope needs a mask for every frame: add it or take the video out"
            )
    files = []
    for name in names:
        stems = sorted(frames[name], key=natural)
        for kind, listing in ((FRAMES_FOLDER, frames), (MASKS_FOLDER, masks)):
            folder = "/".join(filter(None, (kind, level, name)))
            files.append(
                FetchedFiles(copies, folder, tuple(sys.intern(listing[name][stem]) for stem in stems))
            )
    headers = _headers(url, copies, [f"{own.folder}/{own.names[0]}" for own in files])
    sizes = [size for size, _ in headers]
    videos: list[Video] = []
    for place, name in enumerate(names):
        both = 2 * place, 2 * place + 1
        if sizes[both[0]] != sizes[both[1]]:
            raise SamscopeError(f"{url}: the frames of video {name} are of another size than its masks")
        videos.append(DavisVideo(name, sizes[both[0]], files[both[0]], files[both[1]]))
    tell_of_turned([name for place, name in enumerate(names) if headers[2 * place][1]])
    return Collection(url.rsplit("/", 1)[-1], tuple(videos), list_read=list_read)


def _listing(url: str, kind: str, resolution: str | None) -> tuple[Listing, str]:
    """Return the pictures of every video, and the level of resolution; empty where there is none."""
    system, root = file_system(url)
    try:
        found = system.find(f"{root}/{kind}")
    except FileNotFoundError:
        found = []
    except Exception as error:
        raise explained(url, error) from error
    paths = [path.removeprefix(f"{root}/{kind}/").split("/") for path in found]
    paths = [path for path in paths if not any(map(is_passed_over, path))]
    levels = sorted({path[0] for path in paths if len(path) == 3})
    if not any(len(path) in {2, 3} for path in paths):
        raise UsageError(f"{url}: no {kind}/[<resolution>/]<video>/*.jpg or *.png there (DAVIS layout)")
    level = ""
    if levels:
        level = resolution or (PREFERRED_RESOLUTION if PREFERRED_RESOLUTION in levels else levels[0])
        if level not in levels or (resolution is None and level != PREFERRED_RESOLUTION and len(levels) > 1):
            raise UsageError(f"{url}/{kind}: resolutions are {', '.join(levels)}; name one by --resolution")
    elif resolution is not None:
        raise UsageError(
            f"{url}/{kind}: no resolution named {resolution!r}; there is no level of resolutions"
        )
    videos: Listing = {}
    for path in paths:
        name, file = path[-2:] if len(path) > 1 else ("", "")
        belongs = len(path) == 3 and path[0] == level if level else len(path) == 2
        if belongs and Path(file).suffix.lower() in IMAGE_SUFFIXES:
            videos.setdefault(name, {})[Path(file).stem] = file
    return videos, level


def _listed(url: str, level: str, subset: str, videos: Listing) -> tuple[list[str], str]:
    """Return the videos of a list, in its order, and what the list is called."""
    system, root = file_system(url)
    lists = f"{root}/{LISTS_FOLDER}"
    try:
        found = [path.removeprefix(f"{lists}/") for path in system.find(lists)]
    except FileNotFoundError:
        found = []
    except Exception as error:
        raise explained(f"{url}/{LISTS_FOLDER}", error) from error
    available = [
        one for one in found if one.endswith(".txt") and not any(map(is_passed_over, one.split("/")))
    ]
    matching = matching_lists(available, subset, level)
    given = list_on_disk(subset)
    if matching:
        where = f"{url}/{LISTS_FOLDER}/{matching[0]}"
        if given is not None:
            raise either(subset, where, given)
        if len(matching) > 1:
            _logger.warning("%s", said_of_several(LISTS_FOLDER, subset, matching))
        try:
            data = system.cat_file(f"{lists}/{matching[0]}", 0, MOST_JSON_BYTES)
        except Exception as error:
            raise explained(where, error) from error
    elif given is not None:
        where = str(given)
        data = read_regular(given, MOST_JSON_BYTES)
    else:
        raise no_such_list(f"{url}/{LISTS_FOLDER}", subset, available)
    names = listed_videos(names_in_list(data, where), videos, where, f"{url}/{FRAMES_FOLDER}")
    return names, f"{LISTS_FOLDER}/{matching[0]}" if matching else where


def _headers(url: str, copies: Copies, names: Sequence[str]) -> list[tuple[tuple[int, int], bool]]:
    """Return the size of each picture, and whether an EXIF tag asks to turn it, from its beginning."""
    headers = []
    for name, beginning in zip(names, copies.beginnings(names), strict=True):
        try:
            headers.append((image_size(beginning), is_turned(beginning)))
        except SamscopeError as error:
            raise SamscopeError(
                f"{url}/{name}: its size cannot be read from its beginning: {error}"
            ) from error
    return headers
