"""``python -m tests.training.tiny_command``: the command line with an architecture that learns in seconds.

The other processes of a training import it as well, and so know the architecture.
"""

from samscope.cli import main
from samscope.training import loop
from samscope.training.configuration import ARCHITECTURES
from tests.training.material import TINY

ARCHITECTURES["tiny"] = TINY
loop.CHECK_FRAMES = 3

if __name__ == "__main__":
    main()
