"""``python -m samscope`` is the command line."""

from samscope.cli import main

main()
