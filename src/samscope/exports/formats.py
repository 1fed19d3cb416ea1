"""The formats that a tracked film is written in, by name."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from samscope.exports.coco import coco
from samscope.exports.cvat import cvat
from samscope.exports.davis import davis
from samscope.exports.fiftyone import fiftyone
from samscope.exports.film import film
from samscope.exports.frame import Add, TrackFacts
from samscope.exports.frames import frames
from samscope.exports.rerun import rerun
from samscope.exports.vot import vot
from samscope.exports.youtube_vis import youtube_vis
from samscope.support.disk import whole_file, whole_folder
from samscope.support.errors import UsageError
from samscope.support.result_folder import disk_errors_named, require_output_place


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
        name: as ``--to`` has it.
        title: what it is, in a few words.
        suffix: of its file; empty where it is a folder.
        needs_pixels: it shows the frames themselves, so that the film is read again.
        opened: writes it into a file or folder that is not there yet.
    """

    name: str
    title: str
    suffix: str
    needs_pixels: bool
    opened: Callable[[Path, TrackFacts], AbstractContextManager[Add]]


FORMATS: Mapping[str, Format] = {
    kind.name: kind
    for kind in (
        Format("davis", "DAVIS 2017: palette PNGs", "", False, davis),
        Format("film", "the film with masks, scores and events drawn on it, H.264", ".mp4", True, film),
        Format("frames", "the frames as JPEG, named as the JSONs name them", "", True, frames),
        Format("coco", "COCO: JSON of instances", ".json", False, coco),
        Format("youtube-vis", "YouTube-VIS: JSON of tracks", ".json", False, youtube_vis),
        Format("vot", "VOT: text, as masks and as rectangles", "", False, vot),
        Format("cvat", "CVAT for video 1.1: XML", ".xml", False, cvat),
        Format("rerun", "a recording for Rerun's viewer", ".rrd", True, rerun),
        Format("fiftyone", "a FiftyOne dataset: the film and its labels", "", True, fiftyone),
    )
}


def format_of(name: str) -> Format:
    """Return the format of a name.

    Raises:
        UsageError: there is none.
    """
    if name not in FORMATS:
        raise UsageError(f"--to {name}: no such format; expected one of {', '.join(FORMATS)}")
    return FORMATS[name]


def usual_place(result: Path, kind: Format) -> Path:
    """Return where a format is written to unless told otherwise: beside the result, ``masks-coco.json``."""
    result = result.expanduser().resolve()
    return result.with_name(f"{result.name}-{kind.name}{kind.suffix}")


def require_place(out: Path, kind: Format) -> None:
    """Refuse a place where something is already, or where nothing can be written.

    Raises:
        UsageError: something is there.
        SamscopeError: nothing can be written there.
    """
    require_output_place(out)
    if out.is_dir() and not kind.suffix and not any(out.iterdir()):
        return
    if out.exists():
        obstacle = "a folder that is not empty" if out.is_dir() else "a file"
        raise UsageError(f"--out {out}: there is {obstacle} already; name another place")


@contextmanager
def writing(out: Path, kind: Format, facts: TrackFacts) -> Iterator[Add]:
    """Write a format; its file or folder appears whole, or not at all.

    Args:
        out: where, as ``require_place`` has let it pass.
        kind: the format.
        facts: of the track.

    Yields:
        What takes the frames, one after another in their order.

    Raises:
        UsageError: a library that the format needs is not installed.
        SamscopeError: the disk is full, or nothing can be written there.
    """
    with whole_output(out, kind) as unfinished, kind.opened(unfinished, facts) as add:
        yield add


@contextmanager
def whole_output(out: Path, kind: Format) -> Iterator[Path]:
    """Give a file or folder to write a format into, which bears its name once all is written.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    whole = whole_file if kind.suffix else whole_folder
    with disk_errors_named(f"--out {out}", out.parent), whole(out) as unfinished:
        yield unfinished
