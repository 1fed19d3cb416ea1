"""The architecture of the built-in model: the genuine SAM 2 video network, small."""

from dataclasses import dataclass, replace

from transformers import Sam2VideoConfig

from samscope.trackers.sam2.image_size import with_image_size


@dataclass(frozen=True)
class Architecture:
    """A small SAM 2.

    Nothing in its weights depends on the image size: trained at one, it goes on at another.

    Attributes:
        image_size: side of the square input in pixels, a multiple of 32.
        channels: channels of the image encoder's first stage; every stage doubles them.
        blocks: its blocks in each of the four stages; none attends globally.
        width: channels C of the feature pyramid, the decoder, memory attention and the pointer.
        memory_layers: layers of memory attention.
        feed_forward: hidden channels of the feed-forward parts of memory attention, decoder and fuser.
    """

    image_size: int
    channels: int
    blocks: tuple[int, int, int, int]
    width: int = 128
    memory_layers: int = 2
    feed_forward: int = 512

    @property
    def windows(self) -> tuple[int, int, int, int]:
        """Side of the attention windows in each stage: in the last two the whole map.

        They divide the feature maps: a padded map has zero tokens that take part in attention.
        """
        return 8, 4, self.image_size // 16, self.image_size // 32

    def at(self, image_size: int) -> "Architecture":
        """Return the same architecture for another image size."""
        return replace(self, image_size=image_size)


NANO = Architecture(192, 48, (1, 2, 6, 1))
"""6.4 million parameters, 12.9 MB in half precision."""

NANO_LIGHT = Architecture(128, 32, (1, 2, 3, 1))
"""3.3 million parameters, 6.7 MB in half precision."""

ARCHITECTURES = {"nano": NANO, "nano-light": NANO_LIGHT}
"""The architectures that can be trained, by name."""


def configuration(architecture: Architecture) -> Sam2VideoConfig:
    """Return the transformers configuration of an architecture, in its SAM 2.1 variant without dropout.

    Memory keeps 64 channels and the decoder two layers: the library's classes allow no other.

    Raises:
        UsageError: the image size does not fit the encoder's windows.
    """
    stages = [architecture.channels * 2**stage for stage in range(4)]
    width, hidden = architecture.width, architecture.feed_forward
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": architecture.channels,
        "num_attention_heads": 1,
        "blocks_per_stage": list(architecture.blocks),
        "embed_dim_per_stage": stages,
        "num_attention_heads_per_stage": [1, 2, 4, 8],
        "window_size_per_stage": list(architecture.windows),
        "global_attention_blocks": [],
        "window_positional_embedding_background_size": [7, 7],
    }
    small = Sam2VideoConfig(
        vision_config={
            "model_type": "sam2_vision_model",
            "backbone_config": backbone,
            "backbone_channel_list": stages[::-1],
            "fpn_hidden_size": width,
        },
        prompt_encoder_config={"hidden_size": width},
        mask_decoder_config={"hidden_size": width, "mlp_dim": hidden, "iou_head_hidden_dim": width},
        memory_attention_hidden_size=width,
        memory_attention_num_layers=architecture.memory_layers,
        memory_attention_feed_forward_hidden_size=hidden,
        memory_attention_dropout=0.0,
        memory_attention_rope_dropout=0.0,
        memory_encoder_hidden_size=width,
        mask_downsampler_embed_dim=width,
        memory_fuser_embed_dim=width,
        memory_fuser_intermediate_dim=hidden,
        enable_occlusion_spatial_embedding=True,
        enable_temporal_pos_encoding_for_object_pointers=True,
    )
    return with_image_size(small, architecture.image_size)
