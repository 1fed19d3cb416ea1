"""What takes long to make and many files of tests read: made by one of the workers, for all of them."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a copy, of this worker's own, of a folder that the first worker to ask for it makes.

    Args:
        factory: of the worker's session.
        name: of the folder; another one for whatever is made otherwise.
        make: fills an empty folder. Where it fails, the next worker tries again.
    """
    base = factory.getbasetemp()
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = common / f"{name}-made-once"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            unfinished = factory.mktemp(name)
            make(unfinished)
            unfinished.rename(made)
    return Path(shutil.copytree(made, factory.mktemp(name) / name))
