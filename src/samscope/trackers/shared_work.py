"""How much there is to compute where several clips are tracked side by side, before any of it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from samscope.trackers.equal_frames import number_frames
from samscope.trackers.family import Tracker
from samscope.trackers.shared import PromptedClip, truths, under_rules


@dataclass(frozen=True)
class SharedWork:
    """What ``track_together`` computes for some clips.

    Attributes:
        steps: by frame index, how many steps are taken: one for each distinct beginning of a clip.
        encodings: by frame index, how many frames are encoded: those that no earlier index has.
    """

    steps: tuple[int, ...]
    encodings: tuple[int, ...]


def shared_work(model: Tracker, clips: Sequence[PromptedClip]) -> SharedWork:
    """Count the steps and encodings that clips need together.

    Args:
        model: as ``load_model`` gives it.
        clips: as ``track_together`` takes them.
    """
    numbers = number_frames([clip.frames for clip in clips])
    clip_truths = truths(under_rules(model, clips), clips)
    roots = [(min(len(clip.frames), model.max_pointers), clip.mask.tobytes(), clip.memory) for clip in clips]
    steps, encodings = [], []
    encoded: set[int] = set()
    for end in range(1, max(map(len, numbers), default=0) + 1):
        alive = [place for place, frame_numbers in enumerate(numbers) if len(frame_numbers) >= end]
        steps.append(
            len(
                {
                    (roots[place], tuple(numbers[place][:end]), truth and truth[:end])
                    for place in alive
                    for truth in (clip_truths[place],)
                }
            )
        )
        current = {numbers[place][end - 1] for place in alive}
        encodings.append(len(current - encoded))
        encoded |= current
    return SharedWork(tuple(steps), tuple(encodings))
