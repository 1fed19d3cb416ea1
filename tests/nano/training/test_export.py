from pathlib import Path

import numpy as np
import torch
from transformers import Sam2VideoModel

from nano.training.configuration import configuration
from nano.training.export import export_model
from nano.training.initialisation import initial_network
from samscope.trackers.sam2.loading import load_model
from samscope.trackers.track import track
from tests.nano.training.material import TINY


def test_both_loaders_read_what_was_trained(tmp_path: Path) -> None:
    network = initial_network(configuration(TINY), seed=0)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    folder = export_model(network, tmp_path / "model", {"samscope": "x"})
    ours, plain = load_model(folder), Sam2VideoModel.from_pretrained(folder)

    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors", "training.json"}
    assert ours.image_size == 64
    for name, value in before.items():
        assert torch.equal(network.state_dict()[name], value)
        torch.testing.assert_close(ours.network.state_dict()[name], value, rtol=1e-3, atol=1e-4)
        assert torch.equal(plain.state_dict()[name].float(), ours.network.state_dict()[name])


def test_the_exported_model_tracks(tmp_path: Path) -> None:
    model = load_model(export_model(initial_network(configuration(TINY), seed=0), tmp_path / "model", {}))
    frames = np.random.default_rng(0).integers(0, 255, (3, 50, 70, 3), dtype=np.uint8)
    mask = np.zeros((50, 70), bool)
    mask[10:30, 20:40] = True
    seen = list(track(model, frames, mask=mask))

    assert [frame.mask.shape for frame in seen] == [(50, 70)] * 3
    assert seen[1].memory_conditioned is not None


def test_an_export_is_replaced_as_a_whole(tmp_path: Path) -> None:
    network = initial_network(configuration(TINY), seed=0)
    folder = export_model(network, tmp_path / "model", {"samscope": "x"})
    (folder / "stale.txt").write_text("of an earlier export")
    export_model(network, folder, {"samscope": "x"})

    assert not (folder / "stale.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
