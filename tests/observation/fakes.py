"""Made-up clips and made-up tracks of them, small enough to reason about."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from samscope.clips.clip import Clip, Draw, Excerpt, SetName, Timeline, fraction_obscured
from samscope.trackers.family import PlacedPosition, whole
from samscope.trackers.seen import Seen

SIZE = (24, 40)
SHAPES = {
    "frame": (3, 16, 16),
    "image_embeddings": (4, 4, 4),
    "memory_conditioned": (8, 2, 2),
    "prompt_conditioned": (8, 2, 2),
    "object_pointer": (8,),
    "object_pointer_ungated": (8,),
    "memory_encoder_output": (6, 2, 2),
    "memory_features": (6, 2, 2),
}

FAKE_POSITIONS = tuple(
    PlacedPosition(name, shape, whole if len(shape) == 3 else None) for name, shape in SHAPES.items()
)


def fake_clip(
    set_name: SetName = "clean",
    timeline: Timeline = Timeline(4, 3, 3),  # noqa: B008 - it is frozen
    *,
    absent: Sequence[int] = (),
    transformed: Sequence[int] = (),
    number: int = 7,
) -> Clip:
    """Return a clip with a square of 8 x 8 pixels, at row 4 and column ``frame % 16``."""
    rng = np.random.default_rng(0)
    indices = np.arange(timeline.length)
    masks = np.zeros((timeline.length, *SIZE), bool)
    for frame in indices:
        masks[frame, 4:12, frame % 16 : frame % 16 + 8] = frame not in absent
    excerpt = Excerpt("goat", 1, 3, 2)
    return Clip(
        set=set_name,
        draw=Draw(number, 99, excerpt, Excerpt("dog", 2, 0, 1), (excerpt, excerpt, excerpt)),
        timeline=timeline,
        frames=rng.integers(0, 256, (timeline.length, *SIZE, 3), np.uint8),
        masks=masks,
        amodal_masks=masks,
        void=np.zeros_like(masks),
        present=np.asarray(masks.any(axis=(1, 2))),
        obscured=fraction_obscured(masks, masks),
        transformed=np.isin(indices, transformed),
        origins=tuple(f"goat/{index}" for index in excerpt.indices(timeline.length)),
    )


def fake_seen(frame: int, mask: NDArray[np.bool_], seed: int = 0) -> Seen:
    """Return a frame of a track that predicts ``mask``, prompted by it on frame 0; positions are random."""
    generator = torch.Generator().manual_seed(1000 * seed + frame)
    tensors = {name: torch.randn(shape, generator=generator) for name, shape in SHAPES.items()}
    return Seen(
        frame_index=frame,
        prompted=frame == 0,
        prompted_by_mask=frame == 0,
        mask=torch.from_numpy(mask),
        mask_logits=torch.zeros(4, 4),
        object_score=2.5 - frame,
        predicted_iou=0.75,
        candidate_disagreement=None if frame == 0 else 0.25,
        frame=tensors["frame"],
        image_embeddings=tensors["image_embeddings"],
        memory_conditioned=None if frame == 0 else tensors["memory_conditioned"],
        prompt_conditioned=tensors["prompt_conditioned"],
        object_pointer=tensors["object_pointer"],
        object_pointer_ungated=tensors["object_pointer_ungated"],
        memory_encoder_output=tensors["memory_encoder_output"],
        memory_features=tensors["memory_features"].bfloat16(),
    )


def fake_track(clip: Clip, seed: int = 0) -> Iterator[Seen]:
    """Yield a track of the clip that predicts its true masks."""
    for frame, mask in enumerate(clip.masks):
        yield fake_seen(frame, mask, seed)
