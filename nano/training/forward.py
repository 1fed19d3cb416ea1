"""The differentiable track: a batch of clips through the very steps that inference takes."""

from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor
from transformers import Sam2VideoModel

from samscope.trackers import memory
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.decoding import Choosing, Chosen, by_predicted_iou
from samscope.trackers.sam2.encoding import EncodedFrame, encode_frame
from samscope.trackers.sam2.memory_attention import attend_to_memory, memory_tokens
from samscope.trackers.sam2.step import Step, first_step, followed, tracked_tensors


class Recall(Enum):
    """What memory attention may read of the memory bank.

    Training takes the first five, so that the pointer and the prompt have to be worth reading; the last two
    test whether the pointer is read.
    """

    ALL = "all"
    POINTERS = "pointers"
    """Pointers alone: no spatial memory."""
    LAPSES = "lapses"
    """On odd frames pointers alone, on even ones everything."""
    FOREIGN_MEMORIES = "foreign_memories"
    """All pointers; on odd frames the spatial memories of the next clip in the batch."""
    PROMPT = "prompt"
    """The prompted frame's spatial memory and all pointers."""
    NO_POINTERS = "no_pointers"
    """All spatial memories, no pointer."""
    FOREIGN_POINTERS = "foreign_pointers"
    """All spatial memories, and the pointers of the next clip in the batch."""


@dataclass(frozen=True, eq=False)
class TrackedClips:
    """A batch of clips, tracked.

    Attributes:
        steps: one step a frame.
    """

    steps: tuple[Step, ...]

    @property
    def mask_logits(self) -> Tensor:
        """[T, B, S/4, S/4]; -1024 where the object score is at most 0."""
        return torch.stack([step.decoded.mask_logits[:, 0] for step in self.steps])

    @property
    def object_score(self) -> Tensor:
        """[T, B], logits."""
        return torch.stack([step.decoded.object_score for step in self.steps])


def track_clips(
    network: Sam2VideoModel,
    pixels: Tensor,
    prompt: Prompt,
    *,
    length: int | None = None,
    recall: Recall = Recall.ALL,
    present: Tensor | None = None,
    encoder_learns: range | None = None,
) -> TrackedClips:
    """Track the prompted objects through clips of one length, with gradients.

    Args:
        network: the SAM 2. In training mode the decoder's single mask (for a box) is taken as it is; in
            evaluation mode an unstable one is replaced by the best of three, as the tracker does.
        pixels: float32 [T, B, 3, S, S], preprocessed frames.
        prompt: the prompt on frame 0, batch B.
        length: as in ``first_step``. None gives pointers the time scale of long videos, whatever T is.
        recall: what memory attention may read.
        present: bool [T, B], whether the object is there, to be taken for the object score's word; None takes
            the score's own, as the tracker does.
        encoder_learns: frames whose encoding carries gradients; None: all of them.

    Raises:
        ValueError: something foreign asked for in a batch of one clip.
    """
    if recall in (Recall.FOREIGN_POINTERS, Recall.FOREIGN_MEMORIES) and pixels.shape[1] < 2:
        raise ValueError(f"recall {recall.value} needs a batch of at least two clips")
    frames = encode_frames(network, pixels, encoder_learns)
    presences = [None] * len(frames) if present is None else list(present)
    step = first_step(network, frames[0], prompt, length=length, choose=told_of_presence(presences[0]))
    steps = [step]
    for index, encoded in enumerate(frames[1:], start=1):
        remembered = step.bank.recall(index)
        conditioned = _recalled(network, encoded, remembered, index, recall)
        tensors = tracked_tensors(network, encoded, conditioned, choose=told_of_presence(presences[index]))
        step = followed(tensors, step.bank, index, remembered)
        steps.append(step)
    return TrackedClips(tuple(steps))


def told_of_presence(present: Tensor | None) -> Choosing:
    """Return how masks are chosen where the truth, bool [B], is told in the place of the object score's word.

    It keeps a score that is not yet learnt from emptying masks and memories. None tells nothing.
    """
    if present is None:
        return by_predicted_iou
    return lambda _logits, ious, _object_score: Chosen(ious.argmax(dim=1), present)


def encode_frames(
    network: Sam2VideoModel, pixels: Tensor, learning: range | None = None
) -> list[EncodedFrame]:
    """Run the image encoder on all frames of all clips at once.

    Args:
        network: the SAM 2.
        pixels: float32 [T, B, 3, S, S].
        learning: frames whose encoding carries gradients; None: all of them.

    Returns:
        T encoded frames, each with batch B.
    """
    if learning is None or len(learning) == len(pixels):
        return _encode_together(network, pixels)
    not_learning = [index for index in range(len(pixels)) if index not in learning]
    encoded = dict(zip(learning, _encode_together(network, pixels[list(learning)]), strict=True))
    with torch.no_grad():
        encoded.update(zip(not_learning, _encode_together(network, pixels[not_learning]), strict=True))
    return [encoded[index] for index in range(len(pixels))]


def _encode_together(network: Sam2VideoModel, pixels: Tensor) -> list[EncodedFrame]:
    count, batch = pixels.shape[:2]
    whole = encode_frame(network, pixels.flatten(0, 1))
    image, half, top, position = (
        tensor.reshape(count, batch, *tensor.shape[1:])
        for tensor in (whole.image_embeddings, whole.half, whole.top, whole.top_position)
    )
    return [
        EncodedFrame(pixels[index], image[index], half[index], top[index], position[index])
        for index in range(count)
    ]


def _recalled(
    network: Sam2VideoModel, encoded: EncodedFrame, remembered: memory.Recall, frame: int, recall: Recall
) -> Tensor:
    """Return the frame's top features after memory attention to what may be recalled of all remembered."""
    tokens, positions, pointers = memory_tokens(network, remembered)
    spatial = len(tokens) - pointers
    even = frame % 2 == 0
    match recall:
        case Recall.POINTERS:
            tokens, positions = tokens[spatial:], positions[spatial:]
        case Recall.LAPSES if not even:
            tokens, positions = tokens[spatial:], positions[spatial:]
        case Recall.PROMPT:
            kept = torch.arange(len(tokens), device=tokens.device)
            kept = kept[(kept < encoded.top[0, 0].numel()) | (kept >= spatial)]
            tokens, positions = tokens[kept], positions[kept]
        case Recall.NO_POINTERS:
            tokens, positions, pointers = tokens[:spatial], positions[:spatial], 0
        case Recall.FOREIGN_MEMORIES if not even:
            tokens = torch.cat([tokens[:spatial].roll(-1, dims=1), tokens[spatial:]])
        case Recall.FOREIGN_POINTERS:
            tokens = torch.cat([tokens[:spatial], tokens[spatial:].roll(-1, dims=1)])
    return attend_to_memory(network, encoded, tokens, positions, pointers)
