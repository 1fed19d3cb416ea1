"""``python -m nano``."""

import sys

from nano.command import run
from samscope.cli.running import threads_sleep_while_waiting

if __name__ == "__main__":
    threads_sleep_while_waiting()
    sys.exit(run(sys.argv[1:]))
