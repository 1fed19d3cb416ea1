import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from transformers import Sam2VideoModel

from nano.checks.composed import ClipNumbers, ComposedChecks, check_composed_clips
from nano.training.sources import Split, find_sources
from samscope.support.errors import UsageError
from samscope.support.progress import Advance
from samscope.trackers.sam2.loading import Model
from tests.nano.training.material import write_material

FEW = ClipNumbers(
    absence=2,
    pointer_use=2,
    probe_fitting=4,
    probe_testing=2,
    near_static=2,
    foreign_prompt=2,
    prompts=2,
    made_up=2,
    propagation=2,
)


class Heard:
    """Remembers stages and how many pieces each said to have and had."""

    def __init__(self) -> None:
        self.stages: dict[str, tuple[int | None, int]] = {}

    @contextmanager
    def stage(self, title: str, total: int | None = None, **_: Any) -> Iterator[Advance]:
        pieces: list[str] = []
        yield pieces.append
        self.stages[title] = (total, len(pieces))


@pytest.fixture(scope="module")
def model(network: Sam2VideoModel) -> Model:
    return Model(network, "small", 64, network.device)


@pytest.fixture(scope="module")
def checks(model: Model, material: Path) -> ComposedChecks:
    return check_composed_clips(model, material, seed=3, numbers=FEW)


def test_states_every_check_in_json(checks: ComposedChecks) -> None:
    stated = checks.stated()

    assert json.loads(json.dumps(stated, allow_nan=False)) == stated
    assert list(stated) == [
        "seed",
        "absence",
        "pointer_use",
        "box_probe",
        "near_static",
        "foreign_prompt",
        "prompts",
        "made_up",
        "propagation",
    ]
    assert stated["absence"]["auroc"]["clips"] == 2
    assert stated["box_probe"]["stored"]["gain"]["clips"] == 2
    assert stated["pointer_use"]["lost_foreign"].keys() == {"value", "interval", "clips", "meaning"}


def test_same_seed_same_numbers(model: Model, material: Path, checks: ComposedChecks) -> None:
    heard = Heard()
    again = check_composed_clips(model, material, seed=3, progress=heard, numbers=FEW)

    assert again.stated() == checks.stated()
    assert len(heard.stages) == 8
    assert all(total == pieces for total, pieces in heard.stages.values())


def test_missing_material(model: Model, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere.*missing"):
        check_composed_clips(model, tmp_path / "nowhere")


def test_material_of_which_nothing_is_held_out(model: Model, tmp_path: Path) -> None:
    folder = write_material(tmp_path / "material")
    for photo in find_sources(folder, Split.TEST).photos:
        photo.image.unlink()

    with pytest.raises(UsageError, match="too few photos"):
        check_composed_clips(model, folder, numbers=FEW)
