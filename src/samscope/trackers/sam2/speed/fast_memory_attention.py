"""Memory attention with less arithmetic than the library's, equal to it within rounding."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from transformers import Sam2VideoModel
from transformers.models.sam2_video.modeling_sam2_video import (
    Sam2VideoMemoryAttention,
    Sam2VideoMemoryAttentionLayer,
    Sam2VideoRoPEAttention,
)

from samscope.support.machine import processor_name
from samscope.trackers.sam2.attention_notes import AttentionNotes, LayerNotes
from samscope.trackers.sam2.speed.axial_reading import AxialTurns, ColumnKeys, axial_turns, pays, turned
from samscope.trackers.sam2.speed.cores import share
from samscope.trackers.sam2.speed.kept_memory import KeptMemory
from samscope.trackers.sam2.speed.matrix_products import fastest_library
from samscope.trackers.sam2.speed.memory_reading import Shares, read_memory
from samscope.trackers.sam2.speed.recalled_memory import Recalled, RecalledColumns, RecalledTokens

_MOST_TOKENS, _FEWEST_TOKENS = 1024, 512
"""Tokens that go through a layer at once, so that what is computed of them stays in the cache; the last ones
are fewer, so that cores that share a layer end together."""


class FastMemoryAttention(nn.Module):
    """The library's memory attention, for inference, in another order of operations.

    Memories are read at their own 64 channels and projected afterwards; where there are several, half of
    their keys stays at 64 channels as well (``axial_reading``). Rotary position encodings are complex
    factors, computed once. What depends on a frame alone, the first layer's self-attention, is computed once
    a frame where the frame is named. Some tokens after the others go through all of a layer, on several
    cores where there are ``Cores``. It has the library's weights under their names.

    Args:
        attention: the library's module, whose parts it takes over; see ``use_fast_memory_attention``.
    """

    def __init__(self, attention: Sam2VideoMemoryAttention) -> None:
        super().__init__()
        self.layers, self.layer_norm = attention.layers, attention.layer_norm
        self.rotary_emb, self.position_ids = attention.rotary_emb, attention.position_ids
        self._library = fastest_library(processor_name())
        self._known_turns: dict[torch.device, Tensor] = {}
        self._known_axial_turns: dict[torch.device, AxialTurns | None] = {}
        self._column_keys: dict[nn.Linear, ColumnKeys] = {}
        self._known_frames: WeakKeyDictionary[object, Tensor] = WeakKeyDictionary()
        self._kept = KeptMemory()
        self.train(attention.training)

    def forward(
        self,
        current_vision_features: Tensor,
        memory: Tensor,
        *,
        current_vision_position_embeddings: Tensor,
        memory_posision_embeddings: Tensor,  # the library's spelling
        num_object_pointer_tokens: int = 0,
        frame: object | None = None,
        notes: AttentionNotes | None = None,
    ) -> Tensor:
        """Return the frame's features after attention to memory, float32 [1, B, N, C].

        Args:
            current_vision_features: float32 [N, B, C], N places of a frame.
            memory: float32 [M, B, 64], memory tokens, the pointers' last.
            current_vision_position_embeddings: float32 [N, B, C].
            memory_posision_embeddings: float32 [M, B, 64].
            num_object_pointer_tokens: how many of the tokens are pointers': they have no place to turn by.
            frame: stands for the frame: where it is the same object, the features are the same. None: a frame
                that is not known.
            notes: where what is looked at is noted; None notes nothing.
        """
        turns = self._turns()
        first, *later_layers = self.layers
        hidden = None if frame is None else self._known_frames.get(frame)
        if hidden is None:
            features = current_vision_features + 0.1 * current_vision_position_embeddings
            hidden = features.transpose(0, 1).contiguous()
            views = self._views_of(hidden)
            share(partial(_look, first, hidden, views, turns, rows) for rows in _rows(hidden))
            share(partial(self._attend_to_itself, first, hidden, views, rows) for rows in _rows(hidden))
            if frame is not None:
                self._known_frames[frame] = hidden
        hidden = hidden.clone()
        tokens = memory.transpose(0, 1)
        placed = tokens + memory_posision_embeddings.transpose(0, 1)
        recalled = self._recalled(tokens, placed, num_object_pointer_tokens)
        noting = self._noting(notes, first, placed, num_object_pointer_tokens, hidden)
        share(recalled.recalling(first.cross_attn_image.k_proj))
        share(
            partial(self._read_and_think, first, hidden, recalled, rows, noting=noting)
            for rows in _rows(hidden)
        )
        views = self._views_of(hidden)
        for layer in later_layers:
            looking = [partial(_look, layer, hidden, views, turns, rows) for rows in _rows(hidden)]
            noting = self._noting(notes, layer, placed, num_object_pointer_tokens, hidden)
            share([*recalled.recalling(layer.cross_attn_image.k_proj), *looking])
            share(
                partial(self._pass, layer, hidden, views, recalled, rows, noting=noting)
                for rows in _rows(hidden)
            )
        normed: Tensor = self.layer_norm(hidden)
        return normed[None]

    def _recalled(self, tokens: Tensor, placed: Tensor, pointers: int) -> Recalled:
        """Return tokens [B, M, 64], alone and with their places, to be read in the way of fewer products."""
        turns, kept, library = self._turns(), self._kept, self._library
        axial = self._axial_turns()
        memories = (tokens.shape[1] - pointers) // len(turns)
        channels = 2 * turns.shape[1]
        if axial is not None and pays(memories, len(axial.rows), channels, tokens.shape[2]):
            return RecalledColumns(
                tokens,
                placed,
                pointers=pointers,
                turns=axial,
                kept=kept,
                library=library,
                keys_by_projection=self._column_keys,
            )
        return RecalledTokens(tokens, placed, pointers=pointers, turns=turns, kept=kept, library=library)

    def _noting(
        self,
        notes: AttentionNotes | None,
        layer: Sam2VideoMemoryAttentionLayer,
        placed: Tensor,
        pointers: int,
        hidden: Tensor,
    ) -> "_Noting | None":
        """Return where a layer notes what it looks at; it is among the notes already."""
        if notes is None:
            return None
        members = notes.membership(placed.shape[1], placed.device)
        shares = Shares(members, hidden.new_empty(*hidden.shape[:2], members.shape[1]))
        looks = hidden.new_empty(len(hidden), len(notes.places), placed.shape[1])
        notes.layers.append(LayerNotes(shares.written, looks))
        keys = layer.cross_attn_image.k_proj(placed) if notes.places else None
        if keys is not None:
            for first in range(0, placed.shape[1] - pointers, len(self._turns())):
                memory = keys[:, first : first + len(self._turns())]
                memory[:] = turned(memory, self._turns())
        return _Noting(shares, notes.places, keys, looks)

    def _views_of(self, hidden: Tensor) -> "_Views":
        return _Views(*self._kept.take("views", 3, *hidden.shape))

    def _pass(
        self,
        layer: Sam2VideoMemoryAttentionLayer,
        hidden: Tensor,
        views: "_Views",
        recalled: Recalled,
        rows: slice,
        *,
        noting: "_Noting | None",
    ) -> None:
        """Bring some rows of hidden features [B, N, C] through all of a layer."""
        self._attend_to_itself(layer, hidden, views, rows)
        self._read_and_think(layer, hidden, recalled, rows, noting=noting)

    def _attend_to_itself(
        self, layer: Sam2VideoMemoryAttentionLayer, hidden: Tensor, views: "_Views", rows: slice
    ) -> None:
        """Add to some rows of hidden features [B, N, C] the layer's self-attention."""
        attended = read_memory(views.queries[:, rows], views.keys, views.values, self._library)
        hidden[:, rows] += layer.self_attn.o_proj(attended)

    def _read_and_think(
        self,
        layer: Sam2VideoMemoryAttentionLayer,
        hidden: Tensor,
        recalled: Recalled,
        rows: slice,
        *,
        noting: "_Noting | None",
    ) -> None:
        """Add to some rows of hidden features [B, N, C] what the layer reads from memory and makes of it."""
        attention: Sam2VideoRoPEAttention = layer.cross_attn_image
        hidden_rows = hidden[:, rows]
        turns = self._turns()[rows]
        queries = turned(attention.q_proj(layer.layer_norm2(hidden_rows)), turns).mul_(attention.scaling)
        read = recalled.read(queries, None if noting is None else noting.shares_of(queries, rows))
        hidden_rows += attention.o_proj(attention.v_proj(read))
        within = self._kept.take("within", *hidden_rows.shape[:2], layer.linear1.out_features)
        torch.matmul(layer.layer_norm3(hidden_rows), layer.linear1.weight.t(), out=within)
        hidden_rows += layer.linear2(within.add_(layer.linear1.bias).relu_())

    def _turns(self) -> Tensor:
        """Return the rotary encoding as complex factors, complex64 [N, D/2]."""
        device = self.position_ids.device
        if device not in self._known_turns:
            with torch.inference_mode(mode=False), torch.no_grad():
                cosine, sine = self.rotary_emb(torch.empty(0, device=device), self.position_ids)
                turns = torch.complex(cosine[0, :, ::2].float(), sine[0, :, ::2].float())
            self._known_turns[device] = turns
        return self._known_turns[device]

    def _axial_turns(self) -> AxialTurns | None:
        """Return the same by column and row, where it is made that way."""
        turns = self._turns()
        if turns.device not in self._known_axial_turns:
            with torch.inference_mode(mode=False):
                self._known_axial_turns[turns.device] = axial_turns(turns)
        return self._known_axial_turns[turns.device]


@dataclass(frozen=True, eq=False)
class _Views:
    """What hidden features see of each other: queries, keys and values [B, N, C] of a self-attention."""

    queries: Tensor
    keys: Tensor
    values: Tensor


@dataclass(frozen=True, eq=False)
class _Noting:
    """Where a layer notes what it looks at.

    Attributes:
        shares: of all places.
        places: which of them are looked from.
        keys: float32 [B, M, D], turned by their places; None where no place is looked from.
        looks: float32 [B, P, M], what is seen from P places.
    """

    shares: Shares
    places: tuple[int, ...]
    keys: Tensor | None
    looks: Tensor

    def shares_of(self, queries: Tensor, rows: slice) -> Shares:
        """Return where the shares of some rows are written, and note what is seen from places among them."""
        if self.keys is not None:
            for number, place in enumerate(self.places):
                if rows.start <= place < rows.stop:
                    query = queries[:, place - rows.start, None]
                    self.looks[:, number] = (query @ self.keys.transpose(1, 2)).softmax(dim=2)[:, 0]
        return Shares(self.shares.members, self.shares.written[:, rows])


def use_fast_memory_attention(network: Sam2VideoModel) -> Sam2VideoModel:
    """Let a network attend to memory with less arithmetic.

    One with several heads, or with another activation than ReLU, stays as it is.

    Returns:
        The same network.
    """
    attention = network.memory_attention
    one_head = network.config.memory_attention_num_attention_heads == 1
    plain = network.config.memory_attention_feed_forward_hidden_act == "relu"
    if one_head and plain and isinstance(attention, Sam2VideoMemoryAttention):
        network.memory_attention = FastMemoryAttention(attention)
    return network


def _rows(hidden: Tensor) -> list[slice]:
    """Return which rows of hidden features [B, N, C] go through a layer together."""
    bounds, count = [0], hidden.shape[1]
    while bounds[-1] < count:
        left = count - bounds[-1]
        bounds.append(bounds[-1] + min(left, _MOST_TOKENS if left > _MOST_TOKENS else _FEWEST_TOKENS))
    return [slice(*ends) for ends in pairwise(bounds)]


def _look(
    layer: Sam2VideoMemoryAttentionLayer, hidden: Tensor, views: _Views, turns: Tensor, rows: slice
) -> None:
    """Write the views of some rows of hidden features [B, N, C]."""
    attention: Sam2VideoRoPEAttention = layer.self_attn
    normed = layer.layer_norm1(hidden[:, rows])
    torch.mul(turned(attention.q_proj(normed), turns[rows]), attention.scaling, out=views.queries[:, rows])
    views.keys[:, rows] = turned(attention.k_proj(normed), turns[rows])
    views.values[:, rows] = attention.v_proj(normed)
