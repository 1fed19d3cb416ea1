"""EdgeTAM's step is SAM 2's but for the form of its memories.

A perceiver reads each map into 256 latents that see all of it and 256 that see a window of a 16 x 16 grid
each; that is what is stored and attended to.
"""

import torch
from torch import Tensor
from transformers import EdgeTamVideoModel

from samscope.trackers.memory import Recall
from samscope.trackers.sam2.attention_notes import AttentionNotes
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.memory_attention import attend_to_memory, memory_tokens
from samscope.trackers.sam2.step import Form


def condition_on_memory(
    network: EdgeTamVideoModel, encoded: EncodedFrame, recall: Recall, notes: AttentionNotes | None = None
) -> Tensor:
    """Return position 2: the frame's top features after memory attention, [B, C, S/16, S/16].

    Of each memory's keys memory attention rotates the second half alone, on the 16 x 16 grid; pointers' keys
    not at all.
    """
    tokens, positions, pointer_tokens = memory_tokens(network, recall, lay_out=latent_tokens)
    return attend_to_memory(
        network,
        encoded,
        tokens,
        positions,
        pointer_tokens,
        notes=notes,
        grid_memories=len(recall.memories),
    )


def store_latents(network: EdgeTamVideoModel, output: Tensor, _present: Tensor) -> Tensor:
    """Store a memory as the perceiver's latents [B, 512, 64]; EdgeTAM has no embedding of an absent object.

    The map's sine encoding is added to the keys and the values of the 256 latents that see all of the map.
    The 256 of the grid, which come last, see no position. The library's perceiver takes one map at a time.
    """
    places = network.memory_encoder.position_encoding(output.shape, output.device, output.dtype)
    maps = zip(torch.split(output, 1), torch.split(places, 1), strict=True)
    return torch.cat([network.spatial_perceiver(single, place)[0] for single, place in maps])


def latent_tokens(network: EdgeTamVideoModel, features: Tensor) -> tuple[Tensor, Tensor]:
    """Lay out a memory's latents [B, N, 64] as tokens, with positions that are 0 but for those of the grid.

    Returns:
        Tokens and their position encodings, [N, B, 64] each.
    """
    perceiver = network.spatial_perceiver
    batch, _, channels = features.shape
    side = int(perceiver.num_latents_2d**0.5)
    grid = perceiver.positional_encoding(
        torch.Size((batch, channels, side, side)), features.device, features.dtype
    )
    places = torch.zeros_like(features)
    places[:, perceiver.num_latents_1d :] = grid.flatten(2).transpose(1, 2)
    return features.transpose(0, 1), places.transpose(0, 1)


EDGETAM = Form(attend=condition_on_memory, store=store_latents)
