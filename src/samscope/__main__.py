"""``python -m samscope`` is the command line."""

from samscope.cli.main import main

main()
