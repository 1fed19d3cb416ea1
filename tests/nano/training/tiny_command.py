"""``python -m nano`` with an architecture that learns in seconds.

The other processes of a training import it as well, and so know the architecture.
"""

import multiprocessing
import sys
from typing import NoReturn
from unittest import mock

from nano.command import run
from nano.training import processes
from nano.training.configuration import ARCHITECTURES
from samscope.cli.running import threads_sleep_while_waiting
from tests.nano.training.material import TINY, make_training_small

ARCHITECTURES["tiny"] = TINY
make_training_small(setattr)


def main() -> NoReturn:
    """Run it on what is typed."""
    threads_sleep_while_waiting()
    sys.exit(run(sys.argv[1:]))


def main_with_forks() -> NoReturn:
    """Run it with the training's other processes forked, which saves them their imports; draw no curves."""
    forks = multiprocessing.get_context("fork")
    with (
        mock.patch.object(processes, "get_context", return_value=forks),
        mock.patch("nano.run._draw_curves"),
    ):
        main()


if __name__ == "__main__":
    main()
