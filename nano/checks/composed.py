"""The checks on clips of sources that neither training nor any choice has seen, and on made-up ones."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from nano.checks import absence, copying, label_propagation, pointer_use, prompt_kinds
from nano.checks.absence import AbsenceCheck, check_absence
from nano.checks.box_probe import BoxProbe, probe_boxes, tracked_boxes
from nano.checks.copying import CopyingCheck, check_copying
from nano.checks.drawing import Drawing, followed
from nano.checks.foreign_prompt import ForeignPromptCheck, check_foreign_prompt
from nano.checks.label_propagation import PropagationCheck, check_propagation, encoder_of
from nano.checks.made_up import MadeUpCheck, check_made_up
from nano.checks.measures import plain
from nano.checks.pointer_use import PointerUse
from nano.checks.prompt_kinds import PromptsCheck, check_prompts
from nano.training.clips import ClipMix
from nano.training.sources import Sources, Split, find_sources
from samscope.support.errors import UsageError
from samscope.support.progress import Progress, Silent
from samscope.trackers.drawn_prompts import PromptKind
from samscope.trackers.sam2.loading import Model


@dataclass(frozen=True)
class ClipNumbers:
    """How many clips each check is made on; even numbers, from 2.

    Attributes:
        absence: with absences, of 16 frames.
        pointer_use: with look-alikes, of 12 frames, each tracked three times.
        probe_fitting: that the box's probe is fitted on, of 12 frames.
        probe_testing: that it is tested on, of 12 frames.
        near_static: of 28 frames.
        foreign_prompt: of 12 frames.
        prompts: of 12 frames, each tracked three times.
        made_up: of a study of made-up videos.
        propagation: of each kind, of 16 frames, that labels are handed on in.
    """

    absence: int = 64
    pointer_use: int = 96
    probe_fitting: int = 240
    probe_testing: int = 64
    near_static: int = 48
    foreign_prompt: int = 64
    prompts: int = 64
    made_up: int = 24
    propagation: int = 48


@dataclass(frozen=True)
class ComposedChecks:
    """What a model does on composed clips.

    Attributes:
        seed: that all clips were drawn from.
        absence: whether the object score tells absent frames.
        pointer_use: whether pointers are read where objects are alike.
        box_probe: whether a pointer says where its object is.
        near_static: whether still objects are tracked as well as by copying.
        foreign_prompt: whether another clip's prompt fails, as it must.
        prompts: how well masks, points and boxes do as prompts.
        made_up: how well the clean clips of a study of made-up videos are tracked.
        propagation: what the image encoder's features are worth by themselves.
    """

    seed: int
    absence: AbsenceCheck
    pointer_use: PointerUse
    box_probe: BoxProbe
    near_static: CopyingCheck
    foreign_prompt: ForeignPromptCheck
    prompts: PromptsCheck
    made_up: MadeUpCheck
    propagation: PropagationCheck

    def stated(self) -> dict[str, Any]:
        """Return plain values for JSON.

        Each measured number is a dict of ``value``, ``interval`` (its 95 % interval, by bootstrap over
        clips), ``clips`` and ``meaning``; what is not defined is None.
        """
        stated: dict[str, Any] = plain(self)
        return stated


def check_composed_clips(
    model: Model,
    material: Path,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    numbers: ClipNumbers | None = None,
) -> ComposedChecks:
    """Check a model on composed clips of the material's test split, at the model's own size.

    The box's probe alone is fitted on clips of the training split.

    Args:
        model: the SAM 2.
        material: folder of the training material (see ``training.sources.find_sources``).
        seed: of all clips.
        progress: hears of each check as a stage, and of its batches.
        numbers: of clips; the defaults if None.

    Raises:
        UsageError: the folder or a part of it is missing, or too little of it is held out.
        SamscopeError: its files give no usable clip.
        ValueError: a number of clips is odd or below 2.
    """
    held_out, training = (find_sources(material, split) for split in (Split.TEST, Split.TRAINING))
    numbers = numbers or ClipNumbers()
    kinds = _drawings(held_out, training, model.image_size, seed, numbers)
    network, progress = model.network, progress or Silent()
    with progress.stage("absence", len(kinds.absence)) as advance:
        absences = check_absence(network, followed(kinds.absence, advance))
    with progress.stage("pointer use", len(kinds.pointer_use)) as advance:
        pointers = pointer_use.pointer_use(network, followed(kinds.pointer_use, advance))
    with progress.stage("box probe", len(kinds.probe_fitting) + len(kinds.probe_testing)) as advance:
        fitted = tracked_boxes(network, followed(kinds.probe_fitting, advance))
        probe = probe_boxes(fitted, tracked_boxes(network, followed(kinds.probe_testing, advance)))
    with progress.stage("near-static objects", len(kinds.near_static)) as advance:
        near_static = check_copying(network, followed(kinds.near_static, advance))
    with progress.stage("foreign prompt", len(kinds.foreign_prompt)) as advance:
        foreign = check_foreign_prompt(network, followed(kinds.foreign_prompt, advance))
    with progress.stage("prompts", len(PromptKind) * len(kinds.prompts)) as advance:
        prompted = {kind: followed(replace(kinds.prompts, prompt=kind), advance) for kind in PromptKind}
        prompts = check_prompts(network, prompted)
    with progress.stage("made-up videos", numbers.made_up) as advance:
        made_up = check_made_up(model, numbers.made_up, seed, advance)
    with progress.stage("handing labels on", 2 * len(kinds.propagation_real)) as advance:
        clips = (followed(part, advance) for part in (kinds.propagation_real, kinds.propagation_composed))
        handed_on = check_propagation(encoder_of(network), *clips)
    return ComposedChecks(seed, absences, pointers, probe, near_static, foreign, prompts, made_up, handed_on)


@dataclass(frozen=True, eq=False)
class _Drawings:
    """The clips of each check; see ``ClipNumbers``."""

    absence: Drawing
    pointer_use: Drawing
    probe_fitting: Drawing
    probe_testing: Drawing
    near_static: Drawing
    foreign_prompt: Drawing
    prompts: Drawing
    propagation_real: Drawing
    propagation_composed: Drawing


def _drawings(held_out: Sources, training: Sources, side: int, seed: int, numbers: ClipNumbers) -> _Drawings:
    seeds = iter(np.random.SeedSequence(seed).generate_state(len(fields(_Drawings))))

    def drawing(count: int, frames: int, mix: ClipMix, sources: Sources = held_out) -> Drawing:
        return Drawing(sources, count, frames, side, int(next(seeds)), mix)

    return _Drawings(
        absence=drawing(numbers.absence, absence.FRAMES, absence.MIX),
        pointer_use=drawing(numbers.pointer_use, pointer_use.FRAMES, pointer_use.MIX),
        probe_fitting=drawing(numbers.probe_fitting, prompt_kinds.FRAMES, prompt_kinds.MIX, training),
        probe_testing=drawing(numbers.probe_testing, prompt_kinds.FRAMES, prompt_kinds.MIX),
        near_static=replace(
            drawing(numbers.near_static, copying.FRAMES, copying.MIX), wanted=copying.is_still
        ),
        foreign_prompt=drawing(numbers.foreign_prompt, prompt_kinds.FRAMES, prompt_kinds.MIX),
        prompts=drawing(numbers.prompts, prompt_kinds.FRAMES, prompt_kinds.MIX),
        propagation_real=drawing(numbers.propagation, label_propagation.FRAMES, label_propagation.REAL),
        propagation_composed=drawing(
            numbers.propagation, label_propagation.FRAMES, label_propagation.COMPOSED
        ),
    )


def require_material(folder: Path) -> None:
    """See that a folder holds what clips are composed of, before hours of tracking.

    Raises:
        UsageError: it does not.
    """
    try:
        for split in (Split.TEST, Split.TRAINING):
            find_sources(folder, split)
    except UsageError as error:
        raise UsageError(f"--material {error}") from error
