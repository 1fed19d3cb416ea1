"""Kill one study at random moments, resume it each time, and compare its records with an unbroken run's.

    python -m benchmarks.kills --kills 25 --seed 0 FOLDER -- study --clips 30 --threads 1

Both studies are real processes of the command line (study or track); a kill is SIGKILL. Its moment is drawn:
most fall evenly over two draws' time after some draws are finished, some into the start of the process, some
into the drawing of the page at the end, if there is one. The study must end with the same records as the
unbroken one, bit for bit, with no draw lost, none twice, and none of what was finished done again; anything
else is an error. FOLDER takes both studies, and must not exist.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from samscope.records.store import open_study
from samscope.support.result_folder import PARTS, STUDY_FILE, partial_of, read_json

PAGE_STAGES = ("decoders", "statistics", "figures", "page")
"""What a study does once it has tracked."""


def main() -> None:
    """Run both studies and print what came of them as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    given, options = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1 :] or ["study"]
    given.folder.mkdir(parents=True)
    unbroken, broken = given.folder / "unbroken", given.folder / "broken"
    begin = time.monotonic()
    run(unbroken, options).wait()
    whole = time.monotonic() - begin
    print(f"unbroken: {whole:.0f} s", flush=True)
    result = kill(broken, options, given.kills, np.random.default_rng(given.seed), unbroken)
    result |= {"same_records": records(unbroken) == records(broken), "seconds_unbroken": round(whole)}
    clips = open_study(broken).clips
    result["clips"] = len(clips)
    result["clips_twice"] = int(clips.duplicated(["set", "clip"]).sum())
    result["clips_lost"] = len(open_study(unbroken).clips) - len(clips)
    print(json.dumps(result, indent=1))
    wrong = not result["same_records"] or result["clips_twice"] or result["clips_lost"]
    sys.exit(bool(wrong or result["parts_done_again"]))


def kill(
    out: Path, options: list[str], kills: int, rng: np.random.Generator, unbroken: Path
) -> dict[str, Any]:
    """Run a study to its end through kills; return what happened."""
    seconds = read_json(unbroken / STUDY_FILE)["seconds"]
    draws = len(parts(unbroken))
    start = sum(seconds[stage] for stage in ("videos", "model", "draws")) + 5
    a_draw = seconds["tracking"] / draws
    begin, left, again, done = time.monotonic(), kills, 0, parts(out)
    moments = []
    while not out.exists():
        process = run(out, [*options, "--resume"])
        if left:
            goal = len(done) + max(1, (draws - len(done)) // left)
            wait_for(process, out, goal if rng.random() < 0.8 else 0)
            delay = (
                rng.uniform(0, 2 * a_draw)
                if len(parts(out)) < draws
                else rng.uniform(0, sum(seconds.get(stage, 0) for stage in PAGE_STAGES))
            )
            before_work = len(parts(out)) == len(done)
            end = time.monotonic() + (rng.uniform(0, start) if before_work else delay)
            while process.poll() is None and time.monotonic() < end:
                time.sleep(0.005)
            if process.poll() is None:
                process.kill()
                left -= 1
                moments.append(len(parts(out)))
        process.wait()
        now = parts(out)
        again += sum(now.get(name) != written for name, written in done.items())
        done = now
        print(f"{kills - left} kills, {len(done)} of {draws} draws", flush=True)
    return {
        "kills": len(moments),
        "draws_done_at_each_kill": moments,
        "parts_done_again": again,
        "seconds_broken": round(time.monotonic() - begin),
    }


def wait_for(process: subprocess.Popen[bytes], out: Path, goal: int) -> None:
    """Return once so many parts are finished, or the process has ended."""
    while process.poll() is None and len(parts(out)) < goal:
        time.sleep(0.005)


def run(out: Path, options: list[str]) -> subprocess.Popen[bytes]:
    """Start a study."""
    command = [sys.executable, "-m", "samscope", *options, "--out", str(out)]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def parts(out: Path) -> dict[str, int]:
    """Return when each finished part was written, to the nanosecond."""
    folder = out if out.exists() else partial_of(out)
    return {path.name: path.stat().st_mtime_ns for path in (folder / PARTS).glob("part-*.json")}


def records(study: Path) -> dict[str, bytes]:
    """Return every file of a study's records."""
    folder = study / "records"
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


if __name__ == "__main__":
    main()
