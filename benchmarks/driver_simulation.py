"""What the driver of a study of a million clips takes, in seconds and memory; no model, no pictures.

Everything that the driver of ``samscope study --engine ray`` does is done, with its own code, but that masks
are simulated and no worker computes: a collection of SA-V's size, the draws, the job, shares and queue, the
task of each group as it is sent, each part as it comes back, the manifest. Records of the size that they have
are written for the first draws alone, and timed.

    python -m benchmarks.driver_simulation --clips 1000000
"""

import argparse
import json
import pickle
import resource
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.clips.clip import SETS, Draw
from samscope.clips.draws.sampling import sample_draws
from samscope.clips.settings import ClipSettings
from samscope.clips.source import ClipsFromVideos
from samscope.records.parts import Part, Parts
from samscope.studies.identity import job_digest, job_of
from samscope.studies.ray.packed import PackedPart, unpack
from samscope.studies.ray.queue import WorkQueue
from samscope.studies.ray.worker import Task
from samscope.studies.settings import StudySettings
from samscope.studies.sharding import shares
from samscope.studies.stages import Ready, write_manifest
from samscope.studies.study_recording import Recorder
from samscope.support.progress import Silent, Timed
from samscope.support.provenance import made_here
from samscope.trackers.sam2.preprocessing import IMAGENET
from samscope.videos.davis_video import DavisVideo
from samscope.videos.disk import Files
from samscope.videos.video import Collection

FRAMES = 84
"""Annotated frames of a video of SA-V: 14 seconds, 6 a second."""

SIZE = (12, 16)
RECORD_BYTES = {"clips": 7_000, "frames": 220_000, "features": 120_000}
WRITTEN = 300


@dataclass(frozen=True)
class SimulatedVideo(DavisVideo):
    """A video whose object is a square; nothing is read."""

    def labels(self, index: int) -> NDArray[np.uint8]:
        """Return a mask with one object, away from the border."""
        labels = np.zeros(self.size, np.uint8)
        left = 2 + (index + len(self.name)) % 8
        labels[3:8, left : left + 4] = 1
        return labels

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return a grey frame with the object in a colour of its own."""
        frame = np.full((*self.size, 3), 40 + index % 100, np.uint8)
        frame[self.labels(index) == 1] = tuple(zlib.crc32(self.name.encode()).to_bytes(4)[:3])
        return frame

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Return its only object."""
        return (1,)

    @property
    def mask_note(self) -> str | None:
        """Return nothing, as there is no mask to read."""
        return None


def simulated_collection(videos: int) -> Collection:
    """Return a collection with as many files as a real one of its size would have."""
    root = Path("/data/sa-v")
    pictures = tuple(sys.intern(f"{index:05d}.jpg") for index in range(FRAMES))
    masks = tuple(sys.intern(f"{index:05d}.png") for index in range(FRAMES))
    names = [f"sav_{number:06d}" for number in range(videos)]
    return Collection(
        "sa-v",
        tuple(
            SimulatedVideo(
                name,
                SIZE,
                Files(root / "JPEGImages" / name, (*pictures,)),
                Files(root / "Annotations" / name, (*masks,)),
            )
            for name in names
        ),
    )


def main() -> None:  # noqa: PLR0915
    """Run the simulation and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=1_000_000, help="clips in all sets together")
    parser.add_argument("--sets", type=int, default=len(SETS), help="sets of clips, the first so many")
    parser.add_argument("--videos", type=int, default=50_583, help="videos of the collection")
    parser.add_argument("--workers", type=int, default=256)
    parser.add_argument("--json", type=Path, help="write the numbers here as well")
    given = parser.parse_args()
    draws = -(-given.clips // given.sets)
    results: dict[str, Any] = {
        "clips": draws * given.sets,
        "draws": draws,
        "videos": given.videos,
        "stages": {},
    }

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        begin = time.process_time()
        yield
        seconds = time.process_time() - begin
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        results["stages"][name] = {"cpu_seconds": round(seconds, 2), "peak_gb": round(peak, 3)}
        print(f"| {name} | {seconds:.1f} | {peak:.2f} |", flush=True)

    print("| stage | CPU seconds | peak memory so far, GB |\n| --- | --- | --- |")
    with stage("collection"):
        collection = simulated_collection(given.videos)
    clips = ClipSettings(Path("/data/sa-v"), count=draws, sets=SETS[: given.sets])
    with tempfile.TemporaryDirectory() as folder:
        settings = StudySettings(Path(folder) / "study", clips, model="simulated", batch=1)
        with stage("draws"):
            source = ClipsFromVideos(clips, collection, sample_draws(collection, draws, clips.timeline, 0))
        model: Any = SimpleNamespace(
            device=SimpleNamespace(type="cpu"),
            image_size=1024,
            digest=lambda: "0" * 64,
            normalisation=IMAGENET,
        )
        with stage("job"):
            job = job_of(settings, source, model)
            digest = job_digest(job)
        parts = Parts(Path(folder), digest)
        recorder = Recorder(settings, model, source, parts)
        with stage("schedule: groups, 1,024 shares, queue"):
            groups = recorder.groups()
            shares(groups, min(1024, len(groups)))
            queue = WorkQueue(groups)
        made_parts, sent = [], 0
        with stage("tasks handed out, parts taken"):
            worker = 0
            while (group := queue.take(worker)) is not None:
                sent += len(pickle.dumps(Task(group, source.only(group), 0)))
                made_parts += [arrived(draw, digest, given.sets) for draw in group]
                worker = (worker + 1) % given.workers
        with stage("manifest"):
            write_manifest(Ready(settings, model, source, job), Path(folder), made_parts, Timed(Silent()))
        size = (Path(folder) / "study.json").stat().st_size
        begin = time.perf_counter()
        for part in made_parts[:WRITTEN]:
            names = {name.split("/")[1]: name for name in part.files}
            contents = {names[table]: b"x" * count for table, count in RECORD_BYTES.items()}
            unpack(parts, PackedPart(part, contents))
        written = (time.perf_counter() - begin) / WRITTEN
    results |= {
        "task_bytes": sent / len(groups),
        "manifest_bytes": size,
        "seconds_to_write_a_part": written,
        "schedule_seconds": sum(
            results["stages"][name]["cpu_seconds"]
            for name in ("collection", "draws", "job", "schedule: groups, 1,024 shares, queue")
        ),
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }
    print(f"\n{results['clips']:,} clips in {draws:,} draws from {given.videos:,} videos:")
    print(
        f"until the first task is sent {results['schedule_seconds']:.0f} s, "
        f"at most {results['peak_gb']:.2f} GB;"
    )
    print(f"a task {results['task_bytes']:,.0f} bytes; study.json {size / 1e6:.1f} MB;")
    print(f"a part of {sum(RECORD_BYTES.values()):,} bytes written and synced in {1000 * written:.1f} ms")
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def arrived(draw: Draw, digest: str, sets: int) -> Part:
    """Return a part as a worker's answer is unpacked: every object is its own."""
    number = draw.clip
    files = {f"records/{table}/part-{number:05d}.parquet": size for table, size in RECORD_BYTES.items()}
    videos = dict.fromkeys(excerpt.video for excerpt in (draw.source, draw.partner, *draw.overlays))
    inputs = dict(zip(videos, (f"{number}{place:060x}" for place in range(len(videos))), strict=True))
    part = Part(number, digest, inputs, sets, (), files, made_here(1.0))
    back: Part = pickle.loads(pickle.dumps(part))  # noqa: S301
    return back


if __name__ == "__main__":
    main()
