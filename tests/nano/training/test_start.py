from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nano.training.configuration import configuration
from nano.training.export import export_model
from nano.training.initialisation import initial_network
from nano.training.learner import new_learner
from nano.training.start import load_start, runs_before, weights_digest
from samscope.support.errors import SamscopeError, UsageError
from tests.nano.training.material import TINY
from tests.nano.training.test_loop import settings

SCALED = ("vision_encoder.neck.convs", "memory_encoder.feature_projection", "memory_attention.layers")
"""What is scaled so that image features have the norm that the priors ask for."""


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_model(
        initial_network(configuration(TINY), seed=5), tmp_path_factory.mktemp("start") / "model", {}
    )


def test_a_run_begins_with_the_weights_at_any_size(
    earlier: Path, material: Path, tiny_architecture: str
) -> None:
    run = settings(material, earlier / "run", start=earlier)
    source = initial_network(configuration(TINY), seed=5)
    for size in (64, 96):
        begun = new_learner(run, size).network
        scales = []
        for (name, ours), theirs in zip(begun.named_parameters(), source.parameters(), strict=True):
            if name.startswith(SCALED):
                scales.append(float(ours.detach().norm() / theirs.detach().norm().clamp(min=1e-9)))
                assert (
                    torch.cosine_similarity(ours.flatten(), theirs.flatten(), dim=0) > 0.999
                    or not theirs.any()
                )
                continue
            torch.testing.assert_close(ours, theirs, atol=2e-3, rtol=1e-3)  # the file is in half precision
        assert all(0.5 < scale < 2 for scale in scales if scale)
    assert run.stated()["start"] == weights_digest(earlier)


def test_a_part_can_begin_anew(earlier: Path, material: Path, tiny_architecture: str) -> None:
    run = settings(material, earlier / "run", start=earlier, afresh=("mask_decoder.transformer",))
    begun = new_learner(run, 64).network.state_dict()
    anew = initial_network(configuration(TINY), run.seed).state_dict()
    source = initial_network(configuration(TINY), seed=5).state_dict()
    for name, weights in begun.items():
        if name.startswith(SCALED):
            continue
        expected = anew if name.startswith("mask_decoder.transformer.") else source
        torch.testing.assert_close(weights, expected[name], atol=2e-3, rtol=1e-3)
    with pytest.raises(UsageError, match=r"no module .mask_decoder\.nothing."):
        new_learner(replace(run, afresh=("mask_decoder.nothing",)), 64)


def test_refuses_what_is_no_start(earlier: Path, tmp_path: Path) -> None:
    network = initial_network(configuration(TINY), seed=0)
    with pytest.raises(UsageError, match=r"model\.safetensors: missing"):
        load_start(network, tmp_path)
    larger = initial_network(configuration(replace(TINY, width=128)), seed=0)
    with pytest.raises(UsageError, match="another architecture"):
        load_start(larger, earlier)
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(SamscopeError, match="damaged"):
        load_start(network, damaged)


def test_the_runs_before_are_told_in_their_order(tmp_path: Path) -> None:
    network = initial_network(configuration(TINY), seed=5)
    first = export_model(network, tmp_path / "first", {"steps": 4, "clips": 8, "hours": 0.5, "skipped": 3})
    (told,) = runs_before(first)
    second = export_model(network, tmp_path / "second", {"steps": 2, "before": [told]})

    assert told == {"steps": 4, "clips": 8, "hours": 0.5, "weights_sha256": weights_digest(first)}
    assert runs_before(second) == [told, {"steps": 2, "weights_sha256": weights_digest(second)}]
    assert runs_before(None) == []
