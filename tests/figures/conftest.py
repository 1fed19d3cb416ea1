from pathlib import Path

import pytest

from samscope.records.store import Study, open_study
from tests.planted import planted


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A planted study with every set and maps of draw 0, read from disk."""
    return open_study(planted(clips=6).write(tmp_path_factory.mktemp("planted")))


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two clips of one source video, clean alone, without maps."""
    folder: Path = tmp_path_factory.mktemp("small")
    return open_study(planted(clips=2, videos=["goat"], sets=["clean"], maps=False).write(folder))
