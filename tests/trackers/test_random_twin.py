from dataclasses import replace

import torch
from transformers import Sam2VideoModel

from samscope.trackers.edgetam.tracker import EdgeTam
from samscope.trackers.random_twin import random_twin
from samscope.trackers.registry import load_model
from samscope.trackers.sam2.built_in import RANDOM_SEED
from samscope.trackers.sam2.loading import Model
from tests.small_model import small_model


def test_it_is_the_same_architecture_with_weights_of_its_own() -> None:
    model = small_model()
    before = model.digest()
    state = torch.random.get_rng_state()
    twin = random_twin(model)
    assert isinstance(twin, Model)
    assert torch.equal(torch.random.get_rng_state(), state)
    own, others = model.network.state_dict(), twin.network.state_dict()
    assert {name: value.shape for name, value in own.items()} == {
        name: value.shape for name, value in others.items()
    }
    assert all(torch.isfinite(value).all() for value in others.values())
    assert model.digest() == before != twin.digest()
    assert twin.digest() == random_twin(model).digest()
    assert (twin.image_size, twin.device, twin.mode, twin.normalisation) == (
        model.image_size,
        model.device,
        model.mode,
        model.normalisation,
    )


def test_image_and_prompts_share_their_positions_as_in_every_sam_2() -> None:
    twin = random_twin(small_model())
    assert isinstance(twin, Model)
    network = twin.network
    own = network.shared_image_embedding.positional_embedding
    assert torch.equal(network.prompt_encoder.shared_embedding.positional_embedding, own)


def test_a_model_of_random_weights_is_not_its_own_twin() -> None:
    model = small_model()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(RANDOM_SEED)
        untrained = replace(model, network=Sam2VideoModel(model.network.config).eval())
    assert random_twin(untrained).digest() != untrained.digest()


def test_another_family_has_a_twin_of_its_own() -> None:
    model = load_model("random-edgetam", image_size=256)
    twin = random_twin(model)

    assert isinstance(twin, EdgeTam)
    assert twin.name == "random twin of random-edgetam"
    assert twin.digest() != model.digest()
    assert [position.shape for position in twin.positions] == [position.shape for position in model.positions]
