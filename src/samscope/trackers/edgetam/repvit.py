"""RepViT-M1, EdgeTAM's image encoder, as it is trained: with all branches and their batch normalisation.

'RepViT: Revisiting Mobile CNN From ViT Perspective', 2023. Parameters have the names that timm gives them,
but for stages, which are ``stages.0`` and not ``stages_0``.
"""

from collections.abc import Sequence

from torch import Tensor, nn

CHANNELS = (48, 96, 192, 384)
"""Of the four stages, whose maps have 1/4, 1/8, 1/16 and 1/32 of the frame's side."""

BLOCKS = (2, 2, 14, 2)
"""Of the four stages, beside the one that each but the first has before it makes its map smaller."""

_EXPANSION = 2
_REDUCTION = 4
_DIVISOR = 8


class ConvNorm(nn.Sequential):
    """A convolution without bias, and batch normalisation; padding keeps a map's size at stride 1.

    Args:
        channels: of what enters.
        out: channels of what comes out.
        kernel: side of the kernel.
        stride: of the convolution.
        groups: of channels that are convolved apart.
    """

    def __init__(self, channels: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        convolution = nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.add_module("c", convolution)
        self.add_module("bn", nn.BatchNorm2d(out))


class TokenMixer(nn.Module):
    """Mixes places, channel by channel: 3 x 3 and 1 x 1 convolutions and the map itself, added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = ConvNorm(channels, channels, kernel=3, groups=channels)
        self.conv1 = ConvNorm(channels, channels, groups=channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps of the shape of ``maps``, [B, C, H, W]."""
        mixed: Tensor = self.conv(maps) + self.conv1(maps) + maps
        return mixed


class SqueezeExcite(nn.Module):
    """Weighs channels by what their means over the map say."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = squeezed_channels(channels)
        self.fc1 = nn.Conv2d(channels, hidden, 1)
        self.act = nn.ReLU()
        self.fc2 = nn.Conv2d(hidden, channels, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps of the shape of ``maps``, [B, C, H, W]."""
        means = maps.mean((2, 3), keepdim=True)
        weighed: Tensor = maps * self.fc2(self.act(self.fc1(means))).sigmoid()
        return weighed


class ChannelMixer(nn.Module):
    """Mixes channels, place by place: out to twice as many, and back."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(channels, _EXPANSION * channels)
        self.act = nn.GELU()
        self.conv2 = ConvNorm(_EXPANSION * channels, channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps of the shape of ``maps``, [B, C, H, W]."""
        mixed: Tensor = self.conv2(self.act(self.conv1(maps)))
        return mixed


class Block(nn.Module):
    """Mixes places, then channels.

    Args:
        channels: of the maps.
        squeezes: whether channels are weighed in between.
    """

    def __init__(self, channels: int, *, squeezes: bool) -> None:
        super().__init__()
        self.token_mixer = TokenMixer(channels)
        self.se = SqueezeExcite(channels) if squeezes else nn.Identity()
        self.channel_mixer = ChannelMixer(channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps of the shape of ``maps``, [B, C, H, W]."""
        placed = self.se(self.token_mixer(maps))
        mixed: Tensor = placed + self.channel_mixer(placed)
        return mixed


class Downsample(nn.Module):
    """Halves a map's sides and gives it more channels, between a block and a channel mixer."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.pre_block = Block(channels, squeezes=False)
        self.spatial_downsample = ConvNorm(channels, channels, kernel=3, stride=2, groups=channels)
        self.channel_downsample = ConvNorm(channels, out)
        self.ffn = ChannelMixer(out)

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps [B, out, H / 2, W / 2] of maps [B, C, H, W]."""
        smaller = self.channel_downsample(self.spatial_downsample(self.pre_block(maps)))
        mixed: Tensor = smaller + self.ffn(smaller)
        return mixed


class Stage(nn.Module):
    """Blocks at one size of maps, every other one with squeeze-excite, from the first on.

    Args:
        before: channels of the stage before; None for the first one, which does not make maps smaller.
        channels: of this one.
        blocks: how many.
    """

    def __init__(self, before: int | None, channels: int, blocks: int) -> None:
        super().__init__()
        self.downsample = nn.Identity() if before is None else Downsample(before, channels)
        self.blocks = nn.Sequential(*(Block(channels, squeezes=not place % 2) for place in range(blocks)))

    def forward(self, maps: Tensor) -> Tensor:
        """Return this stage's maps of those of the stage before."""
        mixed: Tensor = self.blocks(self.downsample(maps))
        return mixed


class Stem(nn.Module):
    """Makes maps of a quarter of a frame's side.

    Args:
        channels: of the maps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(3, channels // 2, kernel=3, stride=2)
        self.act1 = nn.GELU()
        self.conv2 = ConvNorm(channels // 2, channels, kernel=3, stride=2)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return maps [B, C, S/4, S/4] of pixels [B, 3, S, S]."""
        maps: Tensor = self.conv2(self.act1(self.conv1(pixels)))
        return maps


class RepVit(nn.Module):
    """The encoder, without a head; RepViT-M1 as it stands.

    Args:
        channels: of each stage.
        blocks: of each stage.
    """

    def __init__(self, channels: Sequence[int] = CHANNELS, blocks: Sequence[int] = BLOCKS) -> None:
        super().__init__()
        self.stem = Stem(channels[0])
        stages = zip((None, *channels[:-1]), channels, blocks, strict=True)
        self.stages = nn.ModuleList(Stage(before, width, count) for before, width, count in stages)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Return the maps of all stages, of pixels [B, 3, S, S]: [B, C, S/4, S/4], and so on to S/32."""
        maps: Tensor = self.stem(pixels)
        levels = []
        for stage in self.stages:
            maps = stage(maps)
            levels.append(maps)
        return levels


def squeezed_channels(channels: int) -> int:
    """Return how many channels squeeze-excite has inside: a quarter, in eights, at least 8."""
    rounded = (channels // _REDUCTION + _DIVISOR // 2) // _DIVISOR * _DIVISOR
    return max(_DIVISOR, rounded)
