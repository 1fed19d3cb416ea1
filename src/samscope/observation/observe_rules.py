"""Clips tracked under several memory rules at once: what each answered, read and wrote, frame by frame."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from samscope.clips.clip import Clip
from samscope.clips.facts import clip_row, frame_fact_rows
from samscope.observation.feature_rows import Row
from samscope.observation.observe import answer_row
from samscope.trackers.family import Tracker
from samscope.trackers.memory import MemoryRule
from samscope.trackers.shared import PromptedClip, SeenTogether, track_together


@dataclass(frozen=True, eq=False)
class RuleClipRecords:
    """What is recorded of one clip under all rules.

    Attributes:
        clips: one row of ``schema.CLIPS``.
        frames: one row of ``schema.RULE_FRAMES`` a rule and frame, rule by rule.
    """

    clips: list[Row]
    frames: list[Row]


def observe_rules(
    model: Tracker,
    clips: Sequence[Clip],
    rules: Mapping[str, MemoryRule],
    *,
    batch: int = 1,
    advance: Callable[[Clip], None] = lambda _: None,
) -> list[RuleClipRecords]:
    """Track the objects of clips under several rules, and record the answers.

    Distinct frames are encoded once for all clips and rules. Under each rule a clip's answers are those that
    it has alone under it, within the mode's promise.

    Args:
        model: as ``load_model`` gives it.
        clips: such as the six sets of one draw; their objects are visible on frame 0.
        rules: the rules by what they are called.
        batch: as for ``track_together``.
        advance: called when one more frame of a clip is recorded under one of the rules.

    Raises:
        UsageError: a clip's first mask is empty.
    """
    prompted = [
        PromptedClip(clip.frames, clip.masks[0], clip.present, memory=rule)
        for clip in clips
        for rule in rules.values()
    ]
    facts = [frame_fact_rows(clip) for clip in clips]
    names, rows = list(rules), [list[Row]() for _ in prompted]

    def record(together: SeenTogether) -> None:
        seen, answers = together.seen, dict[tuple[bytes, bytes], Row]()
        predicted, frame = seen.mask.cpu().numpy(), seen.frame_index
        for place in together.clips:
            of_clip, of_rule = divmod(place, len(names))
            truth, void = clips[of_clip].masks[frame], clips[of_clip].void[frame]
            key = truth.tobytes(), void.tobytes()
            if key not in answers:
                answers[key] = answer_row(seen, predicted, truth, void)
            rule_columns = {"rule": names[of_rule], "read": list(seen.read), "written": seen.written}
            rows[place].append({**rule_columns, **facts[of_clip][frame], **answers[key]})

    on_cores = model.device.type == "cpu"
    for together in track_together(model, prompted, batch=batch, watch=record if on_cores else None):
        if not on_cores:
            record(together)
        for place in together.clips:
            advance(clips[place // len(names)])
    return [
        RuleClipRecords(
            [clip_row(clip)],
            [row for rule_rows in rows[place * len(names) : (place + 1) * len(names)] for row in rule_rows],
        )
        for place, clip in enumerate(clips)
    ]
