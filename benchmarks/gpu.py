"""Measure samscope on a GPU beside transformers' session and the official predictor, in one command.

    python -m benchmarks.gpu --out gpu --reference REFERENCE --videos DAVIS

It takes less than 25 minutes: every part runs in a process of its own, which is ended at its share of the
time that is left. What was measured until then stays, as does everything else where a part fails. The folder
gets gpu.json, all numbers, and gpu.md, the page; both are written anew after every part, and name the parts
that are not measured yet. Nothing else should use the GPU meanwhile. ``--parts`` and ``--minutes`` measure
some of it in less time; ``--small`` does all of it with small clips, to see on a CPU that it runs.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.gpu_page import TITLES, gpu_page
from benchmarks.gpu_parts import GpuSettings
from benchmarks.gpu_running import Outcome, Part, run_part
from benchmarks.gpu_timing import Row
from samscope.clips.clip import Timeline
from samscope.support.disk import whole_file
from samscope.support.result_folder import write_json
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL, RANDOM_MODELS

PARTS = tuple(TITLES)
MODELS = ("hiera-tiny", "hiera-large")
MINUTES = 24.0
SECONDS_FOR_MACHINE = 90.0

WEIGHTS = {"parity": 4.0, "modes": 2.0, "film": 2.5, "host": 1.5, "study": 6.0, "compile": 5.0}
"""By part its share of the time, for each model that it measures."""

_FOLDERS = ("videos", "reference")

SMALL: dict[str, Any] = {
    "image_size": 64,
    "draws": 1,
    "many_draws": None,
    "timeline": Timeline(2, 1, 1),
    "film": Timeline(4, 1, 1),
    "batches": (2,),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; return 1 where a part did not come to its end, else 0."""
    given = _parsed(arguments)
    end = time.monotonic() + 60 * given.minutes
    settings = GpuSettings(given.device, given.videos, given.reference, **(SMALL if given.small else {}))
    machine = run_part(settings, Part("machine", "", SECONDS_FOR_MACHINE), _tell)
    if machine.failed is not None:
        print(f"--device {given.device}: {machine.failed}", file=sys.stderr)
        return 1
    settings = replace(settings, device=machine.rows[0]["device"])
    left_out = _left_out(given, settings)
    models = _models(given)
    plan = [(name, model) for name in PARTS if name not in left_out for model in models[name]]
    outcomes: list[Outcome] = []
    given.out.mkdir(parents=True, exist_ok=True)
    while plan:
        part = next_part(plan, end - time.monotonic())
        print(f"{part.name} {part.model}".strip(), f"({part.limit:.0f} s at most)", flush=True)
        outcomes.append(run_part(settings, part, _tell))
        if outcomes[-1].failed is not None:
            print(f"  {outcomes[-1].failed}", flush=True)
        del plan[0]
        results = {
            "machine": machine.rows[0],
            "settings": _plain(settings),
            "parts": [outcome.to_json() for outcome in outcomes],
            "left_out": left_out,
            "left": [f"{name} {model}".strip() for name, model in plan],
        }
        write_json(given.out / "gpu.json", results)
        with whole_file(given.out / "gpu.md") as unfinished:
            unfinished.write_text(gpu_page(results), encoding="utf-8")
    print(given.out / "gpu.md")
    return int(any(outcome.failed is not None for outcome in outcomes))


def next_part(plan: Sequence[tuple[str, str]], seconds: float) -> Part:
    """Return the first part of a plan, with its share of the time that is left.

    Args:
        plan: names of parts and their models, in order.
        seconds: that are left for all of them; what one does not need goes to those after it.
    """
    name, model = plan[0]
    share = WEIGHTS[name] / sum(WEIGHTS[part_name] for part_name, _ in plan)
    return Part(name, model, max(0.0, seconds) * share)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument(
        "--models", nargs="+", default=None, help=f"default {' '.join(MODELS)}, of random weights"
    )
    parser.add_argument("--reference", type=Path, help="folder of the official code's numbers")
    parser.add_argument("--videos", type=Path, help="DAVIS-format folder; made-up videos without it")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="for all parts together")
    parser.add_argument("--small", action="store_true", help="small clips, and nano at 64 pixels")
    given = parser.parse_args(arguments)
    for option, folder in (("--reference", given.reference), ("--videos", given.videos)):
        if folder is not None and not folder.is_dir():
            parser.error(f"{option} {folder}: there is no such folder")
    if 60 * given.minutes <= SECONDS_FOR_MACHINE:
        parser.error(f"--minutes is {given.minutes:g}; {SECONDS_FOR_MACHINE:.0f} s go to the machine's facts")
    return given


def _models(given: argparse.Namespace) -> dict[str, tuple[str, ...]]:
    """Return the models of each part; the built-in one, which is trained, shows how far modes are apart."""
    default = (BUILT_IN_MODEL,) if given.small else MODELS
    names = tuple(given.models or default)
    models = tuple(name if f"random-{name}" not in RANDOM_MODELS else f"random-{name}" for name in names)
    return {
        "parity": ("",),
        "modes": tuple(dict.fromkeys((BUILT_IN_MODEL, *models))),
        "study": models,
        "film": models,
        "host": models,
        "compile": models,
    }


def _left_out(given: argparse.Namespace, settings: GpuSettings) -> dict[str, str]:
    """Return why parts are left out, by their names."""
    reasons = {part: "not asked for" for part in PARTS if part not in given.parts}
    if settings.reference is None:
        reasons.setdefault("parity", "no --reference was given")
    if not settings.device.startswith("cuda"):
        for part in ("host", "compile"):
            reasons.setdefault(part, f"it is measured on CUDA devices alone, and this is {settings.device}")
    return reasons


def _plain(settings: GpuSettings) -> dict[str, Any]:
    """Return settings as values for JSON."""
    values = asdict(settings)
    return values | {name: None if values[name] is None else str(values[name]) for name in _FOLDERS}


def _tell(row: Row) -> None:
    """Print a row as soon as it is there, so that a long part shows that it goes on."""
    row_name = ", ".join(
        str(row[key]) for key in ("contender", "what", "run", "mode", "batch") if row.get(key)
    )
    if row_name:
        speed = f"{row['frames_per_second']:.3g} frames a second" if "frames_per_second" in row else "done"
        print(f"  {row_name}: {row.get('failed', speed)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
