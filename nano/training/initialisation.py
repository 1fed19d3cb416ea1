"""The weights that training starts from, with every prior that is built into them.

The library's own initial weights (normal 0.02, fuser scale 1e-6) hardly learn from scratch.
"""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from transformers import Sam2VideoConfig, Sam2VideoModel

from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.encoding import encode_frame
from samscope.trackers.sam2.speed.constant_encodings import keep_constant_encodings
from samscope.trackers.sam2.speed.fast_encoder import use_lean_window_attention
from samscope.trackers.sam2.step import first_step

_COMMON_POINTER_NORM = 6.0
"""Norm of what all pointers' keys have in common, before their projection."""


_CONSTANT = 2.0
"""What goes into the activation of the upscaled features' constant channel."""


@dataclass(frozen=True)
class Priors:
    """What the initial weights hold beside noise; a model's card states these.

    Attributes:
        object_score_bias: bias of the object score, a logit: at the start the object counts as present.
        mask_probability: probability of the object that every pixel begins with, as in focal loss's paper
            (Lin et al., 4.1): one channel of the upscaled features is constant and the masks' weights on it
            are negative. Without it the first steps push all pixels down by making all weights negative, and
            from there no pixel gets above 0.
        fuser_scale: layer scale of the memory encoder's fuser blocks.
        position_deviation: standard deviation of the positional, temporal and replacement parameters.
        mask_prompt_gain: factor on the last layer of the prompt encoder's mask embedding.
        mask_memory_gain: factor on the last layer of the memory encoder's mask downsampler.
        image_memory_gain: factor on the memory encoder's projection of image features, beside the mask.
        skip_gain: factor on the decoder's projections of the finer image features: masks begin coarse.
        prompt_places: size of a component that queries and keys share in the decoder's attention between
            tokens and image: a point or a box's corner attends to where it lies.
        image_norm: norm that an image feature has on the average at the start where the decoder meets it on a
            prompted frame, beside position encodings of norm 8 (for 128 channels): they are lost in longer
            ones. Weights that a run starts from are scaled to it, too.
        memory_output_gain: factor on the output projection of cross-attention to memory.
        token_norm: norm that a memory's token and a pointer's token have on the average at the start, so
            that memory attention begins unsaturated and hears both.
        pointer_logits: logits that a pointer has more than an average memory in memory attention, by a common
            component of all pointers' keys (the bias of their temporal encoding) and of all queries.
        same_place_logits: logits that a memory at the query's own place has more than an average one in
            memory attention, by equal biases of queries and keys on the fast rotary frequencies.
        same_place_frequencies: how many of the fastest rotary frequencies of each axis carry that.
    """

    object_score_bias: float = 2.0
    mask_probability: float = 0.05
    fuser_scale: float = 0.1
    position_deviation: float = 0.02
    mask_prompt_gain: float = 6.0
    mask_memory_gain: float = 2.0
    image_memory_gain: float = 0.4
    skip_gain: float = 0.3
    prompt_places: float = 2.0
    image_norm: float = 8.0
    memory_output_gain: float = 8.0
    token_norm: float = 9.0
    pointer_logits: float = 0.0
    same_place_logits: float = 8.0
    same_place_frequencies: int = 8

    def stated(self) -> dict[str, float]:
        """Return the priors by name, for a model's card."""
        return asdict(self)


def initial_network(config: Sam2VideoConfig, seed: int, priors: Priors | None = None) -> Sam2VideoModel:
    """Return a network with the initial weights of a training, in training mode.

    Linear layers are Xavier uniform, convolutions Kaiming normal (gain 1), transposed convolutions the same
    at all their taps (so that they begin as a nearest upsampling), normalisations the identity, token
    embeddings N(0, 1), and the rest as ``priors`` says. Attention is the library's eager one: on a CPU it is
    the fastest, and it lets attention be read.

    Args:
        config: the architecture.
        seed: same seed, same weights.
        priors: what is built in; the defaults if None.
    """
    priors = priors or Priors()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Sam2VideoModel._from_config(config, attn_implementation="eager")
        use_lean_window_attention(keep_constant_encodings(network))
        with torch.no_grad():
            for module in network.modules():
                _initialise(module)
            _set_positions(network, priors)
            _boost_prompt(network, priors)
            _expect_ground(network, priors)
            _prefer_same_place(network, priors)
            _prefer_pointers(network, priors)
            equalise_image(network, priors)
            _equalise_tokens(network, priors)
    _agree_on_places(network, seed, priors)
    return network.train()


def _initialise(module: nn.Module) -> None:
    match module:
        case nn.Linear():
            nn.init.xavier_uniform_(module.weight)
        case nn.ConvTranspose2d():
            taps = torch.randn(module.weight.shape[:2]) * module.in_channels**-0.5
            module.weight.copy_(taps[..., None, None].expand_as(module.weight))
        case nn.Conv2d():
            nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
        case nn.LayerNorm():
            nn.init.ones_(module.weight)
        case nn.Embedding():
            nn.init.normal_(module.weight)
            return
        case _:
            return
    if module.bias is not None:
        nn.init.zeros_(module.bias)


def _set_positions(network: Sam2VideoModel, priors: Priors) -> None:
    backbone = network.vision_encoder.backbone
    parameters = [
        backbone.pos_embed,
        backbone.pos_embed_window,
        network.no_memory_embedding,
        network.memory_temporal_positional_encoding,
        network.no_object_pointer,
    ]
    if network.occlusion_spatial_embedding_parameter is not None:
        parameters.append(network.occlusion_spatial_embedding_parameter)
    for parameter in parameters:
        nn.init.normal_(parameter, std=priors.position_deviation)
    shared = network.shared_image_embedding.positional_embedding
    shared.copy_(torch.randn(shared.shape))
    network.prompt_encoder.shared_embedding.positional_embedding.copy_(shared)


def _boost_prompt(network: Sam2VideoModel, priors: Priors) -> None:
    network.prompt_encoder.mask_embed.conv3.weight.mul_(priors.mask_prompt_gain)
    network.memory_encoder.mask_downsampler.final_conv.weight.mul_(priors.mask_memory_gain)
    network.memory_encoder.feature_projection.weight.mul_(priors.image_memory_gain)
    decoder = network.mask_decoder
    for skip in (decoder.conv_s0, decoder.conv_s1):
        skip.weight.mul_(priors.skip_gain)
    for block in network.memory_encoder.memory_fuser.layers:
        block.scale.fill_(priors.fuser_scale)
    for layer in network.memory_attention.layers:
        layer.cross_attn_image.o_proj.weight.mul_(priors.memory_output_gain)
    network.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(priors.object_score_bias)
    # the prompting mask, 0 or 1, as logits of minus and plus 10
    network.mask_downsample.weight.fill_(20 / network.mask_downsample.weight.numel())
    network.mask_downsample.bias.fill_(-10)


def _expect_ground(network: Sam2VideoModel, priors: Priors) -> None:
    """Make channel 0 of the upscaled features constant, and its weight in every mask the wanted logit."""
    decoder = network.mask_decoder
    decoder.upscale_conv2.weight[:, 0] = 0
    decoder.conv_s0.weight[0] = 0
    decoder.upscale_conv2.bias[0] = _CONSTANT
    logit = math.log(priors.mask_probability / (1 - priors.mask_probability))
    for mask in decoder.output_hypernetworks_mlps:
        mask.proj_out.weight[0] = 0
        mask.proj_out.bias[0] = logit / nn.functional.gelu(torch.tensor(_CONSTANT))


def _prefer_same_place(network: Sam2VideoModel, priors: Priors) -> None:
    """Give queries and keys an equal component on the fast rotary pairs: it adds cosines of the distance."""
    for layer in network.memory_attention.layers:
        attention = layer.cross_attn_image
        pairs = attention.head_dim // 4  # of one axis; a row's frequencies come before a column's
        fast = [axis + pair for axis in (0, pairs) for pair in range(priors.same_place_frequencies)]
        component = (priors.same_place_logits / (attention.scaling * len(fast))) ** 0.5
        for projection in (attention.q_proj, attention.k_proj):
            for head in range(attention.num_attention_heads):
                start = head * attention.head_dim
                projection.bias[[start + 2 * pair for pair in fast]] = component


@torch.no_grad()
def _agree_on_places(network: Sam2VideoModel, seed: int, priors: Priors) -> None:
    """Add one component to queries and keys of the decoder's attention between tokens and image, in place.

    Both carry the position encoding of their place; with unrelated projections its likeness is lost.

    Args:
        network: the SAM 2.
        seed: of the component.
        priors: its size.
    """
    decoder = network.mask_decoder.transformer
    attentions = [
        attention
        for layer in decoder.layers
        for attention in (layer.cross_attn_token_to_image, layer.cross_attn_image_to_token)
    ]
    generator = torch.Generator().manual_seed(seed)
    for attention in (*attentions, decoder.final_attn_token_to_image):
        weight = attention.q_proj.weight
        common = torch.empty(weight.shape)
        nn.init.xavier_uniform_(common, generator=generator)
        for projection in (attention.q_proj, attention.k_proj):
            projection.weight.add_(priors.prompt_places * common.to(weight.device))


def _prefer_pointers(network: Sam2VideoModel, priors: Priors) -> None:
    """Give all pointers a common key and queries a component along it, on rotary pairs that hardly turn."""
    encoding = network.temporal_positional_encoding_projection_layer
    common = torch.randn(network.mem_dim)
    encoding.bias.copy_(common * (_COMMON_POINTER_NORM / common.norm()))
    for layer in network.memory_attention.layers:
        attention = layer.cross_attn_image
        pairs = attention.head_dim // 4
        slow = torch.arange(attention.internal_dim) // 2 % pairs >= pairs // 2
        key = torch.where(slow, attention.k_proj.weight @ encoding.bias, 0.0)
        by_head = key.reshape(attention.num_attention_heads, -1)
        share = priors.pointer_logits / (attention.scaling * (by_head**2).sum(1, keepdim=True))
        attention.q_proj.bias.add_((by_head * share).flatten())


def _equalise_tokens(network: Sam2VideoModel, priors: Priors) -> None:
    """Scale the last layers of the memory encoder and the pointer so that tokens have the stated norm."""
    pixels = _clouds(network)
    size = pixels.shape[-1]
    mask = torch.zeros(4, 1, size, size)
    mask[..., size // 4 : size // 2, size // 3 : size // 3 * 2] = 1
    for _ in range(2):  # the pointer is scaled by what it is once the first scaling is done
        step = first_step(network, encode_frame(network, pixels), Prompt(mask=mask))
        memories = step.memory_encoder_output.flatten(2).transpose(1, 2)
        pointers = step.decoded.pointer_ungated.reshape(len(pixels), -1, network.mem_dim)
        _scale(network.memory_encoder.projection, priors.token_norm / token_norm(memories))
        _scale(network.object_pointer_proj.proj_out, priors.token_norm / token_norm(pointers))


@torch.no_grad()
def equalise_image(network: Sam2VideoModel, priors: Priors) -> None:
    """Scale a network's coarsest image features to ``priors.image_norm``, in place.

    What reads them is scaled the other way, so that nothing changes but the decoder on prompted frames.

    Args:
        network: the SAM 2.
        priors: the norm.
    """
    top = encode_frame(network, _clouds(network)).top
    scale_image_features(network, priors.image_norm / token_norm(top.movedim(1, -1)))


@torch.no_grad()
def scale_image_features(network: Sam2VideoModel, factor: float) -> None:
    """Multiply a network's coarsest image features, and take it out of what memory attention and encoder do.

    Args:
        network: the SAM 2, changed in place.
        factor: more than 0.
    """
    for lateral in network.vision_encoder.neck.convs[
        :2
    ]:  # strides 32 and 16: the former is added to the latter
        _scale(lateral, factor)
    network.memory_encoder.feature_projection.weight.div_(factor)
    for layer in network.memory_attention.layers:
        for output in (layer.self_attn.o_proj, layer.cross_attn_image.o_proj, layer.linear2):
            _scale(output, factor)


def _clouds(network: Sam2VideoModel) -> Tensor:
    """Return pictures [4, 3, S, S] of smooth noise."""
    size = network.config.image_size
    pixels = torch.randn(4, 3, size // 8, size // 8, generator=torch.Generator().manual_seed(0))
    return nn.functional.interpolate(pixels, size=(size, size), mode="bicubic")


def _scale(layer: nn.Conv2d | nn.Linear, factor: float) -> None:
    layer.weight.mul_(factor)
    if layer.bias is not None:
        layer.bias.mul_(factor)


def token_norm(tokens: Tensor) -> float:
    """Return the mean norm over tokens [..., channels]."""
    return float(tokens.float().norm(dim=-1).mean())
