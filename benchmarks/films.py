"""Time and memory of tracking a film, by its length and by how many objects are tracked.

Run it as ``python -m benchmarks.films``: a made-up film of 640 x 360 pixels is written and tracked from disk
to a folder of masks, as ``samscope track`` does, each run in a process of its own with one thread. Beside it
the same frames are tracked from an array, without reading or writing.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import cast

import av
import numpy as np
import torch
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from samscope import load_model, open_video, track_objects
from samscope.clips.synthetic.made_up import made_up_video
from samscope.exports.film_settings import FilmSettings
from samscope.exports.track_film import run_track_film
from samscope.support.progress import Silent

SIZE = (360, 640)
DISTINCT = 200
"""Frames of the made-up video; a longer film shows them forwards and backwards by turns."""

_PROMPTS = "prompts.json"


def write_film(path: Path, count: int) -> None:
    """Write a film of so many frames."""
    video = made_up_video(0, DISTINCT, SIZE)
    pictures = [video.frame(index) for index in range(DISTINCT)]
    with av.open(str(path), "w") as container:
        stream = cast(
            VideoStream,
            container.add_stream("libx264", rate=Fraction(25), options={"preset": "ultrafast"}),
        )
        stream.height, stream.width = SIZE
        stream.pix_fmt = "yuv420p"
        for index in range(count):
            turn = index % (2 * DISTINCT - 2)
            picture = pictures[min(turn, 2 * DISTINCT - 2 - turn)]
            container.mux(stream.encode(VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def write_prompts(path: Path, objects: int) -> None:
    """Write a box for each of so many objects; they lie in a row of four."""
    boxes = [(40 + 150 * (place % 4), 20 + 80 * (place // 4)) for place in range(objects)]
    prompts = [
        {"id": number, "prompts": [{"frame": 0, "box": [left, top, left + 110, top + 70]}]}
        for number, (left, top) in enumerate(boxes, start=1)
    ]
    path.write_text(json.dumps({"objects": prompts}))


def film(folder: Path, model: str) -> dict[str, float]:
    """Track the folder's film to masks, and return seconds and peak memory."""
    settings = FilmSettings(
        str(folder / "film.mp4"), folder / "masks", prompts=folder / _PROMPTS, model=model, threads=1
    )
    return _measured(lambda: run_track_film(settings, Silent()).frames)


def array(folder: Path, model: str) -> dict[str, float]:
    """Track the first frames of the folder's film from an array, and return the same."""
    from samscope import read_prompts  # noqa: PLC0415  beside what it is compared with

    torch.set_num_threads(1)
    frames = np.stack([frame.pixels for frame in islice(open_video(folder / "film.mp4"), DISTINCT)])
    prompts, loaded = read_prompts(folder / _PROMPTS, SIZE), load_model(model)
    return _measured(lambda: sum(1 for _ in track_objects(loaded, frames, prompts, threads=1)))


def _measured(work: Callable[[], int]) -> dict[str, float]:
    begin = time.perf_counter()
    frames = work()
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "milliseconds": 1000 * seconds / frames,
        "mebibytes": peak / (1 << 20 if sys.platform == "darwin" else 1 << 10),
    }


def measure(way: str, frames: int, objects: int, model: str) -> dict[str, float]:
    """Run a way of tracking in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_film(folder / "film.mp4", frames)
        write_prompts(folder / _PROMPTS, objects)
        command = [sys.executable, "-m", "benchmarks.films", "--here", way, scratch, "--model", model]
        completed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        measured: dict[str, float] = json.loads(completed.stdout.splitlines()[-1])
        return measured


def main() -> None:
    """Print a line for each run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="nano", help="anything that samscope.load_model takes")
    parser.add_argument("--frames", type=int, nargs="+", default=[200, 10_000])
    parser.add_argument("--objects", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--here", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        way, folder = arguments.here
        print(json.dumps({"film": film, "array": array}[way](Path(folder), arguments.model)))
        return
    runs = [("film", count, 1) for count in arguments.frames]
    runs += [(way, DISTINCT, count) for count in arguments.objects for way in ("array", "film")]
    for way, frames, objects in dict.fromkeys(runs):
        measured = measure(way, frames, objects, arguments.model)
        print(
            f"{way}: {frames} frames, {objects} object{'s' * (objects > 1)}: "
            f"{measured['milliseconds']:.1f} ms a frame, peak {measured['mebibytes']:.0f} MiB",
            flush=True,
        )


if __name__ == "__main__":
    main()
