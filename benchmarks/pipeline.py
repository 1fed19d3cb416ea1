"""Measure where a whole study's time goes: reading, making clips, the model, observing, scoring, writing.

    python -m benchmarks.pipeline RESULTS [MODEL] [--videos DAVIS]

Times are of the processor: of the thread that does the work, and of cores that help it.

RESULTS/pipeline-<model>.json is what benchmarks/speed.py takes into its page. MODEL may be one with random
weights, such as random-hiera-tiny. Nothing else should run meanwhile.
"""

import argparse
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import torch

import samscope.clips.source
import samscope.observation.observe
import samscope.studies.stages
import samscope.trackers.network_tracker
import samscope.trackers.sam2.loading
import samscope.trackers.shared
from samscope.clips.clip import Timeline
from samscope.clips.settings import ClipSettings
from samscope.observation.feature_rows import FeatureRows
from samscope.observation.observe import Observer
from samscope.records.store import RecordWriter
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_record
from samscope.support.machine import machine
from samscope.support.progress import OnConsole
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL
from samscope.trackers.sam2.speed.cores import help_received

STAGES: dict[str, tuple[tuple[object, str], ...]] = {
    "reading videos": ((samscope.clips.source, "load_material"),),
    "making clips": ((samscope.clips.source, "make_clip"),),
    "finding equal frames": ((samscope.trackers.shared, "number_frames"),),
    "resizing frames": (
        (samscope.trackers.network_tracker, "resized"),
        (samscope.trackers.network_tracker, "normalised"),
    ),
    "image encoder": ((samscope.trackers.network_tracker, "encode_frame"),),
    "tracking steps": (
        (samscope.trackers.network_tracker, "prompted_tensors"),
        (samscope.trackers.sam2.memory_attention, "attend_to_memory"),
        (samscope.trackers.network_tracker, "tracked_tensors"),
    ),
    "masks at the clip's size": ((samscope.trackers.shared, "see"),),
    "features": ((FeatureRows, "add"),),
    "J and F": (
        (samscope.observation.observe, "region_similarity"),
        (samscope.observation.observe, "contour_accuracies"),
    ),
    "facts of frames": ((samscope.observation.observe, "frame_fact_rows"),),
    "maps": (
        (samscope.observation.observe, "frame_maps"),
        (samscope.observation.observe, "clip_maps"),
    ),
    "collecting rows": ((Observer, "records"),),
    "writing": ((RecordWriter, "write"),),
}
"""Functions of a stage, by where they are called from; what one spends in another counts for that one."""


WHOLE = "all of it"


def main() -> None:
    """Run a study without its page and write what each stage took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("model", nargs="?", default=BUILT_IN_MODEL)
    parser.add_argument("--videos", type=Path)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--frames", type=int, default=28, help="frames of a clip")
    arguments = parser.parse_args()
    outside = arguments.frames - 4
    clips = ClipSettings(
        videos=arguments.videos,
        count=arguments.clips,
        timeline=Timeline((outside + 1) // 2, 4, outside // 2),
    )
    torch.set_num_threads(arguments.threads)
    with TemporaryDirectory() as folder:
        out, threads = Path(folder) / "study", arguments.threads
        settings = StudySettings(out, clips, model=arguments.model, threads=threads)
        with timed_stages() as seconds:
            run_record(settings, OnConsole())
        study = json.loads((settings.out / "study.json").read_text(encoding="utf-8"))
    whole = seconds.pop(WHOLE)
    results = {
        "model": arguments.model,
        "videos": "made-up videos" if arguments.videos is None else arguments.videos.name,
        "clips": arguments.clips,
        "frames": arguments.frames,
        "threads": arguments.threads,
        "machine": machine(torch.device("cpu")),
        "created": study["created"],
        "seconds": {**seconds, "everything else": whole - sum(seconds.values())},
    }
    arguments.results.mkdir(parents=True, exist_ok=True)
    path = arguments.results / f"pipeline-{Path(results['model']).name}.json"
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for stage, stage_seconds in results["seconds"].items():
        print(f"{stage:26} {stage_seconds:8.2f} s {100 * stage_seconds / whole:5.1f} %")


@contextmanager
def timed_stages() -> Iterator[dict[str, float]]:
    """Take the time of every stage's functions; yields seconds by stage, which grow."""
    seconds = dict.fromkeys((*STAGES, WHOLE), 0.0)
    open_stages: dict[int, list[str]] = defaultdict(list)
    make_parts = samscope.studies.stages.make_parts

    def timed_whole(*arguments: Any, **options: Any) -> Any:
        begin = time.process_time()
        parts = make_parts(*arguments, **options)
        seconds[WHOLE] += time.process_time() - begin
        return parts

    with ExitStack() as stack:
        stack.enter_context(patch.object(samscope.studies.stages, "make_parts", timed_whole))
        for stage, functions in STAGES.items():
            for owner, name in functions:
                timed = _timed(getattr(owner, name), stage, seconds, open_stages)
                stack.enter_context(patch.object(owner, name, timed))
        yield seconds


def _timed(
    function: Callable[..., Any], stage: str, seconds: dict[str, float], open_stages: dict[int, list[str]]
) -> Callable[..., Any]:
    """Return the function, which adds its time to its stage and takes it off the stage it is called in."""

    def timed(*arguments: Any, **options: Any) -> Any:
        begin, around = _now(), open_stages[threading.get_ident()]
        around.append(stage)
        try:
            return function(*arguments, **options)
        finally:
            taken = _now() - begin
            around.pop()
            seconds[stage] += taken
            if around:
                seconds[around[-1]] -= taken

    return timed


def _now() -> float:
    """Return the processor's time of this thread, with that of cores that help it."""
    return time.thread_time() + help_received()


if __name__ == "__main__":
    main()
