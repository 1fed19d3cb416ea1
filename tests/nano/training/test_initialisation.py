from dataclasses import replace

import pytest
import torch
from transformers import Sam2VideoModel

from nano.training.configuration import configuration
from nano.training.initialisation import Priors, initial_network, scale_image_features, token_norm
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.encoding import encode_frame
from samscope.trackers.sam2.step import first_step, next_step
from tests.nano.training.material import TINY


@pytest.fixture(scope="module")
def network() -> Sam2VideoModel:
    return initial_network(configuration(TINY), seed=0)


def test_same_seed_same_weights_and_random_state_untouched(network: Sam2VideoModel) -> None:
    before = torch.get_rng_state()
    again = initial_network(configuration(TINY), seed=0).state_dict()
    other = initial_network(configuration(TINY), seed=1).state_dict()

    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(value, again[name]) for name, value in network.state_dict().items())
    assert not torch.equal(again["mask_decoder.mask_tokens.weight"], other["mask_decoder.mask_tokens.weight"])


def test_both_positional_matrices_are_equal(network: Sam2VideoModel) -> None:
    shared = network.shared_image_embedding.positional_embedding

    assert torch.equal(shared, network.prompt_encoder.shared_embedding.positional_embedding)
    assert shared.std() > 0.5


def test_object_counts_as_present(network: Sam2VideoModel) -> None:
    assert network.mask_decoder.pred_obj_score_head.proj_out.bias.item() == 2.0


@pytest.mark.parametrize("norm", [5.0, 9.0])
def test_tokens_of_memories_and_pointers_have_the_stated_norm(norm: float) -> None:
    network = initial_network(configuration(TINY), seed=0, priors=Priors(token_norm=norm))
    pixels = torch.nn.functional.interpolate(
        torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(5)), size=(64, 64), mode="bicubic"
    )
    mask = torch.zeros(6, 1, 64, 64)
    mask[..., 10:40, 20:50] = 1
    with torch.no_grad():
        step = first_step(network, encode_frame(network, pixels), Prompt(mask=mask))

    assert token_norm(step.memory_encoder_output.flatten(2).transpose(1, 2)) == pytest.approx(norm, rel=0.6)
    assert token_norm(step.decoded.pointer_ungated.reshape(6, -1, 64)) == pytest.approx(norm, rel=0.6)


@pytest.mark.parametrize("logits", [0.0, 2.0, 5.0])
def test_same_place_prior_has_the_stated_height(logits: float) -> None:
    network = initial_network(
        configuration(TINY), seed=0, priors=Priors(same_place_logits=logits, pointer_logits=0.0)
    )

    for layer in network.memory_attention.layers:
        attention = layer.cross_attn_image
        height = attention.q_proj.bias @ attention.k_proj.bias * attention.scaling
        assert height.item() == pytest.approx(logits, abs=1e-4)


def test_pointer_prior_has_the_stated_height() -> None:
    network = initial_network(
        configuration(TINY), seed=0, priors=Priors(same_place_logits=0.0, pointer_logits=2.5)
    )
    common = network.temporal_positional_encoding_projection_layer.bias

    for layer in network.memory_attention.layers:
        attention = layer.cross_attn_image
        height = attention.q_proj.bias @ (attention.k_proj.weight @ common) * attention.scaling
        assert height.item() == pytest.approx(2.5, abs=1e-4)


def test_all_priors_are_stated() -> None:
    assert Priors(token_norm=7.0).stated()["token_norm"] == 7.0
    assert len(Priors().stated()) == len(Priors.__dataclass_fields__)


@pytest.mark.parametrize("probability", [0.02, 0.2])
def test_masks_begin_with_the_stated_probability(probability: float) -> None:
    network = initial_network(configuration(TINY), seed=0, priors=Priors(mask_probability=probability))
    with torch.no_grad():
        for mask in network.mask_decoder.output_hypernetworks_mlps:
            mask.proj_out.weight.zero_()
            mask.proj_out.bias[1:] = 0  # what is left is the constant channel's part
        mask = torch.zeros(1, 1, 64, 64)
        mask[..., 10:40, 20:50] = 1
        step = first_step(network, encode_frame(network, torch.randn(1, 3, 64, 64)), Prompt(mask=mask))

    assert step.decoded.candidate_logits.sigmoid().mean().item() == pytest.approx(probability, rel=1e-3)
    assert step.decoded.candidate_logits.std() < 1e-4


def test_a_point_attends_to_its_place() -> None:
    """The position encodings alone, of a point and of the image's cells, agree in the decoder's attention."""
    config = configuration(replace(TINY, image_size=128, width=128))
    agreeing, unrelated = (
        initial_network(config, seed=0, priors=Priors(prompt_places=size)) for size in (1.0, 0.0)
    )

    def found(network: Sam2VideoModel) -> int:
        cells = network.get_image_wide_positional_embeddings()[0]
        attention = network.mask_decoder.transformer.layers[0].cross_attn_token_to_image
        keys = attention.k_proj(cells.flatten(1).T)
        places = [(row, column) for row in range(0, 8, 2) for column in range(0, 8, 2)]
        right = 0
        for row, column in places:
            point = torch.tensor([[[[16.0 * column + 8, 16.0 * row + 8]]]])
            token = network.prompt_encoder(point, torch.ones(1, 1, 1, dtype=torch.int32), None, None)[0][
                0, 0, 0
            ]
            query = attention.q_proj(token - network.prompt_encoder.point_embed.weight[1])
            right += int((query @ keys.T).argmax()) == 8 * row + column
        return right

    with torch.no_grad():
        assert found(agreeing) >= 12
        assert found(unrelated) <= 4


def test_image_features_are_no_longer_than_places(network: Sam2VideoModel) -> None:
    pixels = torch.nn.functional.interpolate(torch.randn(2, 3, 8, 8), size=(64, 64), mode="bicubic")
    with torch.no_grad():
        norm = token_norm(encode_frame(network, pixels).top.movedim(1, -1))

    assert norm == pytest.approx(Priors().image_norm, rel=0.25)


def test_scaled_image_features_change_nothing_that_follows_the_prompted_frame() -> None:
    plain, scaled = (initial_network(configuration(TINY), seed=0).eval() for _ in range(2))
    scale_image_features(scaled, 0.25)
    pixels = torch.nn.functional.interpolate(torch.randn(2, 3, 8, 8), size=(64, 64), mode="bicubic")
    mask = torch.zeros(2, 1, 64, 64)
    mask[..., 10:30, 20:50] = 1
    with torch.no_grad():
        encoded, smaller = encode_frame(plain, pixels), encode_frame(scaled, pixels)
        first, again = (
            first_step(network, frame, Prompt(mask=mask))
            for network, frame in ((plain, encoded), (scaled, smaller))
        )
        following, likewise = (
            next_step(network, frame, first.bank, 1)
            for network, frame in ((plain, encoded), (scaled, smaller))
        )

    torch.testing.assert_close(smaller.top, 0.25 * encoded.top)
    torch.testing.assert_close(again.memory_encoder_output, first.memory_encoder_output)
    assert following.memory_conditioned is not None
    assert likewise.memory_conditioned is not None
    change = (likewise.memory_conditioned - following.memory_conditioned).abs().mean()
    assert change < 0.1 * following.memory_conditioned.abs().mean()  # a tenth of the places is added as it is
