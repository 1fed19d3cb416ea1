"""Writing of a track in a format."""

from collections.abc import Iterable
from pathlib import Path

from samscope.exports.formats import FORMATS, writing
from samscope.exports.frame import ResultFrame, TrackFacts


def write(name: str, out: Path, facts: TrackFacts, frames: Iterable[ResultFrame]) -> None:
    with writing(out, FORMATS[name], facts) as add:
        for frame in frames:
            add(frame)
