"""Compare encoders by what their features are worth for finding an object again, before any track is trained.

    python benchmarks/label_propagation.py MODEL [MODEL ...] --material MATERIAL [--size 192] [--split test]

Labels are handed on from cell to cell through real and composed clips of material kept aside, by each model's
features at strides 8 and 16, by the teacher's (extra ``teacher``), and by plain colours. The numbers are J,
with a 95 % interval by bootstrap over clips.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.nn import functional

from samscope.evaluation.label_propagation import Encoder, propagation_scores
from samscope.models.loading import load_model
from samscope.tracking.step import encode_frame
from samscope.training.batches import Batch
from samscope.training.clips import ClipMix
from samscope.training.evaluate import held_out_batches
from samscope.training.pictures import usual_pictures
from samscope.training.sources import Split, find_sources
from samscope.training.teacher import load_teacher

FRAMES, CLIPS, SEED = 16, 48, 4_000_003
REAL = ClipMix(footage=1.0, absence=0.0, light=0.0)
COMPOSED = ClipMix(footage=0.0, absence=0.0, look_alikes=0.0, moving_cutouts=0.0)


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
    split = Split(given.split)
    sources = find_sources(given.material, split)
    clips = {
        "real": held_out_batches(sources, CLIPS, FRAMES, given.size, SEED, mix=REAL),
        "composed": held_out_batches(sources, CLIPS, FRAMES, given.size, SEED, mix=COMPOSED),
    }
    teacher = load_teacher(usual_pictures(find_sources(given.material, Split.TRAINING), given.size))
    encoders: dict[str, Encoder] = {
        "colours": colours,
        "teacher": lambda pixels: teacher.features(pixels)[:2],
    }
    for name in given.models:
        encoders[name] = encoder_of(name, given.size)
    report({name: measured(encode, clips) for name, encode in encoders.items()}, given.json)


def encoder_of(name: str, size: int) -> Encoder:
    """Return the features of a model at strides 8 and 16, for frames of a size."""
    network = load_model(name, image_size=size).network

    @torch.no_grad()
    def encode(pixels: Tensor) -> Sequence[Tensor]:
        frames = [encode_frame(network, part) for part in pixels.split(16)]
        return torch.cat([frame.half for frame in frames]), torch.cat([frame.top for frame in frames])

    return encode


def colours(pixels: Tensor) -> Sequence[Tensor]:
    """Return the mean colours of the cells at strides 8 and 16."""
    return functional.avg_pool2d(pixels, 8), functional.avg_pool2d(pixels, 16)


def measured(encode: Encoder, clips: dict[str, list[Batch]]) -> dict[str, list[tuple[float, float, float]]]:
    """Return for each kind of clips J at strides 8 and 16: the mean and its interval."""
    rng = np.random.default_rng(SEED)
    results = {}
    for kind, batches in clips.items():
        scores = propagation_scores(encode, batches)
        scores = scores[np.isfinite(scores).all(axis=1)]
        draws = scores[rng.integers(len(scores), size=(2000, len(scores)))].mean(axis=1)
        low, high = np.quantile(draws, (0.025, 0.975), axis=0)
        results[kind] = [
            (float(mean), float(least), float(most))
            for mean, least, most in zip(scores.mean(axis=0), low, high, strict=True)
        ]
    return results


def report(results: dict[str, dict[str, list[tuple[float, float, float]]]], path: Path | None) -> None:
    """Print the numbers as a table and write them as JSON where asked."""
    table = Table(title="J of labels handed on, at strides 8 and 16")
    for heading in ("encoder", *(f"{kind}, {stride}" for kind in ("real", "composed") for stride in (8, 16))):
        table.add_column(heading)
    for name, kinds in results.items():
        cells = [f"{mean:.3f} [{low:.3f}, {high:.3f}]" for kind in kinds.values() for mean, low, high in kind]
        table.add_row(name, *cells)
    Console(width=130).print(table)
    if path is not None:
        path.write_text(json.dumps(results, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
