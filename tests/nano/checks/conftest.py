from pathlib import Path

import pytest
from transformers import Sam2VideoModel

from nano.training.sources import Sources, Split, find_sources
from tests.nano.training.material import write_material
from tests.small_model import small_network


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a made-up folder of training material; leave it as it is."""
    return write_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(scope="session")
def sources(material: Path) -> Sources:
    return find_sources(material, Split.TEST)


@pytest.fixture(scope="session")
def network() -> Sam2VideoModel:
    """Return a small untrained network that takes frames of 64 pixels; leave it as it is."""
    return small_network()
