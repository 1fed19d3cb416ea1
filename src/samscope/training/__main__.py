"""``python -m samscope.training``: train the built-in model."""

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

import torch

from samscope.errors import SamscopeError
from samscope.training.configuration import ARCHITECTURES
from samscope.training.loop import run_training
from samscope.training.settings import TrainingSettings

_DEFAULTS = TrainingSettings(Path(), Path())
_NUMBERS = (
    ("steps", int, "optimizer steps of the whole run"),
    ("batch", int, "clips a step"),
    ("seed", int, "of the weights and of all clips"),
    ("rate", float, "peak learning rate"),
    ("warm-up", int, "steps over which the rate rises"),
    ("hold", float, "share of the steps before the rate falls from its peak"),
    ("average-decay", float, "of the moving average of the weights"),
    ("processes", int, "processes that share a step's clips"),
    ("workers", int, "further processes that draw clips ahead"),
    ("minutes", float, "stop after so many minutes, with a checkpoint"),
    ("check-every", int, "steps between evaluations on held-out clips"),
    ("check-clips", int, "held-out clips"),
    ("keep-every", int, "steps between checkpoints that are kept"),
)


def parser() -> argparse.ArgumentParser:
    """Return the command's parser."""
    made = argparse.ArgumentParser(prog="python -m samscope.training", description=__doc__)
    made.add_argument("data", type=Path, help="folder of the training material")
    made.add_argument("output", type=Path, help="folder of the run; a run that is there goes on")
    made.add_argument("--architecture", choices=sorted(ARCHITECTURES), default=_DEFAULTS.architecture)
    made.add_argument("--device", default=_DEFAULTS.device)
    made.add_argument("--threads", type=int, default=1, help="of the computation on a CPU")
    for name, kind, meaning in _NUMBERS:
        default = getattr(_DEFAULTS, name.replace("-", "_"))
        made.add_argument(f"--{name}", type=kind, default=default, help=f"{meaning} ({default})")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    given = vars(parser().parse_args(arguments))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.pop("threads"))
    try:
        written = run_training(TrainingSettings(**given), _report)
    except SamscopeError as error:
        logging.getLogger(__name__).error("%s", error)
        return error.exit_code
    logging.getLogger(__name__).info("wrote %s", written)
    return 0


def _report(done: int, steps: int, entry: dict[str, Any]) -> None:
    if done % 50 == 0 or done == steps:
        logging.getLogger(__name__).info(
            "step %d of %d: loss %.3f, %.1f clips/s",
            done,
            steps,
            entry["total"],
            entry["clips"] / max(entry["seconds"], 1e-9),
        )


if __name__ == "__main__":
    sys.exit(main())
