"""The mask decoder in parts is the library's own, bit for bit."""

import pytest
import torch

from samscope.trackers.sam2.mask_decoder import attend_to_prompt, masks_of_tokens, offered
from tests.small_model import small_network


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("batch", [1, 3])
def test_its_parts_in_a_row_are_the_librarys_module(several: bool, training: bool, batch: int) -> None:
    network = small_network().train(training)
    decoder = network.mask_decoder
    generator = torch.Generator().manual_seed(1)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(batch, *shape, generator=generator)

    features, dense, half, full = drawn(64, 4, 4), drawn(64, 4, 4), drawn(16, 8, 8), drawn(8, 16, 16)
    sparse = drawn(1, 2, 64)
    features = features.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)  # as memory attention gives them
    where = network.get_image_wide_positional_embeddings().expand(batch, -1, -1, -1)
    with torch.no_grad():
        wanted = decoder(
            image_embeddings=features,
            image_positional_embeddings=where,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=several,
            high_resolution_features=[full, half],
        )
        tokens, image = attend_to_prompt(decoder, features, where, sparse, dense)
        mask_tokens = tokens[:, 2 : 2 + decoder.num_mask_tokens]
        logits = masks_of_tokens(decoder, mask_tokens, image, half, full)
        ious = decoder.iou_prediction_head(tokens[:, None, 1])[:, 0]
        found = offered(decoder, logits, ious, mask_tokens, several=several)
    for ours, theirs in zip(found, wanted[:3], strict=True):
        assert torch.equal(ours, theirs[:, 0])
