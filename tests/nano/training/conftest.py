from pathlib import Path

import pytest

from nano.training.configuration import ARCHITECTURES
from nano.training.sources import Sources, Split, find_sources
from tests.nano.training.material import TINY, write_material


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a made-up data folder; leave it as it is."""
    return write_material(tmp_path_factory.mktemp("training-material"))


@pytest.fixture(scope="session")
def sources(material: Path) -> Sources:
    return find_sources(material, Split.TRAINING)


@pytest.fixture
def tiny_architecture(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name under which a tiny architecture can be trained during the test."""
    monkeypatch.setitem(ARCHITECTURES, "tiny", TINY)
    return "tiny"
