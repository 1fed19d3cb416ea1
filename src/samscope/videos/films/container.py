"""Opening of a film's file: what is taken for a film, and what is said of one that cannot be read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.error import ArgumentError, FFmpegError
from av.video.stream import VideoStream

from samscope.support.errors import SamscopeError
from samscope.support.reading import open_regular
from samscope.videos.images import LARGEST_SIDE, MOST_PIXELS

_FORMATS = (
    "mov,mp4,matroska,webm,avi,gif,mpeg,mpegts,mpegvideo,m4v,flv,asf,ogg,mxf,h264,hevc,ivf,obu,nut,"
    "yuv4mpegpipe"
)
"""Files that hold a film themselves. Playlists, which name other files and addresses, are none."""

_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
_MOST_BYTES = 2**50
_BOXES = (b"ftyp", b"mdat", b"moov", b"wide", b"free")
_NAME_IN_LOG = re.compile(r"Video: none \((\w{4}) ")
_NAME_IN_MATROSKA = re.compile(rb"V_[A-Z0-9_/]{2,24}")
_ENCRYPTED = frozenset(("encv", "drmi"))
"""What MP4 calls a picture track whose samples are encrypted."""


@contextmanager
def opened_film(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a film for one pass over it.

    Yields:
        The container and its picture track, the best one of several; pictures of covers are none.

    Raises:
        SamscopeError: the file is not there, no regular file, no film, has no picture track, is encrypted, of
            a codec that cannot be decoded, or of more pixels than are read. What PyAV raises inside of the
            ``with`` becomes one, too.
    """
    try:
        open_regular(path, _MOST_BYTES).close()
    except OSError as error:
        raise SamscopeError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        with av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace") as container:
            yield container, _picture_track(path, container)
    except FFmpegError as error:
        raise SamscopeError(_what_it_is(path, error)) from error


def _picture_track(path: Path, container: InputContainer) -> VideoStream:
    """Return the track of a container that is decoded."""
    tracks = [
        track for track in container.streams.video if not track.disposition & track.disposition.attached_pic
    ]
    if not tracks:
        other_kinds = sorted(
            {track.type for track in container.streams if track not in container.streams.video}
        )
        if not other_kinds and _begins_as_mp4(path):
            raise SamscopeError(_cut_off(path))
        it_has = f"it has {' and '.join(other_kinds)}" if other_kinds else "it has nothing that is known"
        raise SamscopeError(f"{path}: no picture track in this film, {it_has}; give a film with pictures")
    decoded = [track for track in tracks if track.codec_context is not None]
    if not decoded:
        raise SamscopeError(_undecodable(path, container))
    best = container.streams.best("video")
    track = best if isinstance(best, VideoStream) and best in decoded else decoded[0]
    height, width = track.codec_context.height, track.codec_context.width
    if max(height, width) > LARGEST_SIDE or height * width > MOST_PIXELS:
        raise SamscopeError(
            f"{path}: {width} x {height} pixels; at most {LARGEST_SIDE:,} a side and {MOST_PIXELS:,} in all "
            "are read: scale the film down"
        )
    return track


def _undecodable(path: Path, container: InputContainer) -> str:
    """Say of which codec a film is that cannot be decoded, or that it is encrypted."""
    codec = _codec_name(path, container)
    if codec in _ENCRYPTED:
        return encrypted(path)
    return (
        f"{path}: its pictures are of the codec {codec or 'that its file does not name'}, which is not "
        "known; convert the film, to H.264 for example"
    )


def encrypted(path: Path) -> str:
    """Say that the pictures of a film are encrypted."""
    return f"{path}: its pictures are encrypted; give a film without copy protection"


def _codec_name(path: Path, container: InputContainer) -> str | None:
    """Return what a film calls its codec: a code of four letters, or Matroska's name."""
    if "matroska" in container.format.name:
        with path.open("rb") as file:
            named = _NAME_IN_MATROSKA.search(file.read(2**16))
        return named[0].decode("ascii") if named else None
    level = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with (
            av.logging.Capture() as lines,
            av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace"),
        ):
            pass
    finally:
        av.logging.set_level(level)
    named_in = [match[1] for _, _, line in lines if (match := _NAME_IN_LOG.search(line))]
    return named_in[0] if named_in else None


def _what_it_is(path: Path, error: FFmpegError) -> str:
    if _begins_as_mp4(path):
        return _cut_off(path)
    if isinstance(error, ArgumentError):
        return (
            f"{path}: not a film but a sound, a picture or a list of other files, which is not followed; "
            "give a film itself"
        )
    return (
        f"{path}: not a film, or damaged ({error.strerror}); expected mp4, mov, mkv, webm, avi or gif, or a "
        "folder of frames"
    )


def _begins_as_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8)[4:] in _BOXES


def _cut_off(path: Path) -> str:
    return (
        f"{path}: begins as a film of the MP4 family, but its index (moov) is not there or damaged, so that "
        "no frame can be read: the file breaks off (truncated), or its recording did; copy it again"
    )
