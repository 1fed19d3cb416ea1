"""Compare encoders by what their features are worth for finding an object again, before any track is trained.

    python -m benchmarks.label_propagation MODEL [MODEL ...] --material MATERIAL [--size 192] [--split test]

Labels are handed on from cell to cell through real and composed clips of material kept aside, by each model's
features at strides 8 and 16, by the teacher's (extra ``teacher``), and by plain colours. The numbers are J,
with a 95 % interval by bootstrap over clips.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from nano.checks.label_propagation import (
    COMPOSED,
    FRAMES,
    REAL,
    Encoder,
    check_propagation,
    colours,
    encoder_of,
)
from nano.checks.measures import plain
from nano.training.evaluate import held_out_batches
from nano.training.pictures import usual_pictures
from nano.training.sources import Split, find_sources
from nano.training.teacher import load_teacher
from samscope.trackers.sam2.loading import load_model

CLIPS, SEED = 48, 4_000_003


def main() -> None:
    """Print the table, and write the numbers where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help="folders or names of SAM 2 models")
    parser.add_argument("--material", type=Path, required=True, help="the training material")
    parser.add_argument("--size", type=int, default=192, help="side of the frames in pixels")
    parser.add_argument("--split", choices=[split.value for split in Split], default="validation")
    parser.add_argument("--json", type=Path, help="write the numbers there as well")
    given = parser.parse_args()
    torch.set_num_threads(1)
    sources = find_sources(given.material, Split(given.split))
    real, composed = (
        held_out_batches(sources, CLIPS, FRAMES, given.size, SEED, mix=mix) for mix in (REAL, COMPOSED)
    )
    teacher = load_teacher(usual_pictures(find_sources(given.material, Split.TRAINING), given.size))
    encoders: dict[str, Encoder] = {
        "colours": colours,
        "teacher": lambda pixels: teacher.features(pixels)[:2],
    }
    for name in given.models:
        encoders[name] = encoder_of(load_model(name, image_size=given.size, mode="exact").network)
    report(
        {name: plain(check_propagation(encode, real, composed)) for name, encode in encoders.items()},
        given.json,
    )


def report(results: dict[str, Any], path: Path | None) -> None:
    """Print the numbers as a table and write them as JSON where asked."""
    table = Table(title="J of labels handed on, at strides 8 and 16")
    for heading in ("encoder", *(f"{kind}, {stride}" for kind in ("real", "composed") for stride in (8, 16))):
        table.add_column(heading)
    for name, check in results.items():
        measures = [*check["real"], *check["composed"]]
        cells = [
            "{:.3f} [{:.3f}, {:.3f}]".format(measure["value"], *measure["interval"]) for measure in measures
        ]
        table.add_row(name, *cells)
    Console(width=130).print(table)
    if path is not None:
        path.write_text(json.dumps(results, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
