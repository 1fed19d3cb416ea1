"""Whether the parts of a network fit together: the shapes of one frame on its way through all of them."""

import json
from functools import lru_cache

import torch
from torch import Tensor
from transformers import Sam2VideoConfig, Sam2VideoModel


def check_shapes(configuration: Sam2VideoConfig) -> None:
    """Put a frame and a memory through a network on PyTorch's meta device, which has shapes alone.

    A description that has passed is not put to the test again.

    Args:
        configuration: describes the network; its sizes agree with each other.

    Raises:
        ValueError: a part gives features of another size than the next one takes.
        Exception: whatever PyTorch or the library raise of shapes and settings that cannot be.
    """
    _check_described(configuration.to_json_string(use_diff=False))


@lru_cache(maxsize=16)
def _check_described(description: str) -> None:
    configuration = Sam2VideoConfig.from_dict(json.loads(description))
    with torch.device("meta"), torch.no_grad():
        network = Sam2VideoModel(configuration).eval()
        size, side = configuration.image_size, configuration.image_size // 16
        full, half, top = network.vision_encoder(torch.empty(1, 3, size, size)).fpn_hidden_states
        _require_side(full, 4 * side, "the image encoder's finest features")
        _require_side(top, side, "the image encoder's coarsest features")
        decoder = network.mask_decoder
        points, labels = torch.empty(1, 1, 1, 2), torch.empty(1, 1, 1, dtype=torch.int32)
        side_of_masks = network.prompt_encoder.mask_input_size[0]
        mask = torch.empty(1, 1, side_of_masks, side_of_masks)
        sparse, dense = network.prompt_encoder(points, labels, None, mask)
        _require_side(dense, side, "the prompt encoder's masks")
        logits, _, tokens, _ = decoder(
            image_embeddings=top,
            image_positional_embeddings=network.get_image_wide_positional_embeddings(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=True,
            high_resolution_features=[decoder.conv_s0(full), decoder.conv_s1(half)],
        )
        _require_side(logits, 4 * side, "the decoder's masks")
        network.object_pointer_proj(tokens)
        features, _ = network.memory_encoder(top, torch.empty(1, 1, size, size))
        _require_side(features, side, "the memory encoder's features")
        frame, memory = (values.flatten(2).permute(2, 0, 1) for values in (top, features))
        attended = network.memory_attention(
            current_vision_features=frame,
            current_vision_position_embeddings=frame,
            memory=memory,
            memory_posision_embeddings=memory,  # the library's spelling
            num_object_pointer_tokens=0,
        )
        if attended.numel() != top.numel():
            raise ValueError(f"memory attention gives {list(attended.shape)} for {list(frame.shape)}")


def _require_side(values: Tensor, side: int, subject: str) -> None:
    height, width = values.shape[-2:]
    if (height, width) != (side, side):
        raise ValueError(f"{subject} are {height} x {width}, expected {side} x {side}")
