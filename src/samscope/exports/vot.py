"""Trajectories as the VOT toolkit reads them: a line a frame, as masks and as rectangles."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from samscope.exports.frame import Add, ResultFrame, TrackFacts
from samscope.exports.rle import sides
from samscope.exports.runs import row_runs, within

_UNKNOWN = "0"
_EMPTY_MASK = "m0,0,0,0,0"


@contextmanager
def vot(folder: Path, facts: TrackFacts) -> Iterator[Add]:
    """Write ``masks/<trajectory>.txt`` and ``rectangles/<trajectory>.txt`` into a folder.

    A trajectory is called as the toolkit calls a tracker's first run: ``<name>_001``, with several objects
    ``<name>_<object id>_001``. A mask is ``mX,Y,W,H,`` and its runs row by row, a rectangle ``X,Y,W,H``. A
    frame on which the object is not tracked yet, or has no rectangle, is ``0``, which is VOT's code for
    unknown; where it is tracked and out of sight, the mask is empty.
    """
    with ExitStack() as stack:
        files = {}
        for object_id in facts.objects:
            name = f"{facts.name}_001" if len(facts.objects) == 1 else f"{facts.name}_{object_id}_001"
            for kind in ("masks", "rectangles"):
                (folder / kind).mkdir(exist_ok=True)
                path = folder / kind / f"{name}.txt"
                files[kind, object_id] = stack.enter_context(path.open("w", encoding="utf-8"))

        def add(frame: ResultFrame) -> None:
            for object_id in facts.objects:
                files["masks", object_id].write(_mask(frame, object_id) + "\n")
                files["rectangles", object_id].write(_rectangle(frame, object_id) + "\n")

        yield add


def _mask(frame: ResultFrame, object_id: int) -> str:
    if object_id not in frame.objects:
        return _UNKNOWN
    box = frame.objects[object_id].box
    if box is None:
        return _EMPTY_MASK
    runs = row_runs(within(frame.labels, object_id, box))
    return "m" + ",".join(map(str, (*sides(box), *runs)))


def _rectangle(frame: ResultFrame, object_id: int) -> str:
    seen = frame.objects.get(object_id)
    return _UNKNOWN if seen is None or seen.box is None else ",".join(map(str, sides(seen.box)))
