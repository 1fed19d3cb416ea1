"""Records of memory rules whose answers are planted, so that their scores are known."""

from collections.abc import Callable, Mapping

import pandas as pd

from samscope.records.rule_records import RuleRecords

LENGTH = 9
GONE = (3, 4)
"""Frames without the object; the middle. The suffix is what comes after, the prompt is on frame 0."""

Answer = Callable[[int, int], tuple[float, bool, list[int], bool]]
"""Of a clip's number and a frame: J, whether there is a mask, the frames read, and whether it is written."""


def rule_records(
    rules: Mapping[str, Answer], *, clips: int = 10, sets: tuple[str, ...] = ("interjection",)
) -> RuleRecords:
    """Plant records: every clip has a source and a partner of its own."""
    clip_rows = [
        {"set": name, "clip": clip, "source_video": f"v{clip}", "partner_video": f"p{clip}"}
        for name in sets
        for clip in range(clips)
    ]
    rows = [
        _row(rule, name, clip, frame, answer)
        for rule, answer in rules.items()
        for name in sets
        for clip in range(clips)
        for frame in range(LENGTH)
    ]
    return RuleRecords(tuple(rules), pd.DataFrame(clip_rows), pd.DataFrame(rows))


def _row(rule: str, set_name: str, clip: int, frame: int, answer: Answer) -> dict[str, object]:
    j, masked, read, written = answer(clip, frame)
    return {
        "rule": rule,
        "set": set_name,
        "clip": clip,
        "frame": frame,
        "segment": "prefix" if frame < GONE[0] else "middle" if frame <= GONE[-1] else "suffix",
        "present": frame not in GONE,
        "prompted": frame == 0,
        "object_score": 1.0,
        "j": j,
        "f": j,
        "f_adaptive": j,
        "predicted_area": 0.1 if masked else 0.0,
        "false_positive_area": 0.1 if masked and frame in GONE else 0.0,
        "read": read,
        "written": written,
    }


def careless(clip: int, frame: int) -> tuple[float, bool, list[int], bool]:
    """Keeps every frame, reads the latest four beside the prompt; finds the object a frame after its return.

    On the frame of the return it has J 0.2, later 0.6; while the object is gone it has a mask on frame 3.
    """
    read = [] if frame == 0 else [0, *range(max(1, frame - 4), frame)]
    if frame in GONE:
        return (0.0, True, read, True) if frame == GONE[0] else (1.0, False, read, True)
    j = 0.8 if frame < GONE[0] else 0.2 if frame == GONE[-1] + 1 else 0.6
    return j + 0.001 * clip, True, read, True


def careful(clip: int, frame: int) -> tuple[float, bool, list[int], bool]:
    """Keeps only frames with the object, finds it at once with J 0.7, and has no false mask."""
    read = [0, *(at for at in range(1, frame) if at not in GONE)] if frame else []
    if frame in GONE:
        return 1.0, False, read, False
    return (0.8 if frame < GONE[0] else 0.7) + 0.001 * clip, True, read, True
