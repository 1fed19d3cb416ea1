"""``python -m nano`` with an architecture that learns in seconds.

The other processes of a training import it as well, and so know the architecture.
"""

import sys

from nano.command import run
from nano.training.configuration import ARCHITECTURES
from samscope.cli.running import threads_sleep_while_waiting
from tests.nano.training.material import TINY, make_training_small

ARCHITECTURES["tiny"] = TINY
make_training_small(setattr)

if __name__ == "__main__":
    threads_sleep_while_waiting()
    sys.exit(run(sys.argv[1:]))
