"""A study that is only tried: every input checked, its clips counted, its time and room estimated."""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from samscope.clips.clip import Clip, Draw
from samscope.records.failures import Failure, kind_of, reason_of
from samscope.studies.engine import HERE, engine_of
from samscope.studies.settings import StudySettings
from samscope.studies.stages import Ready, prepare
from samscope.studies.study_recording import Recorder
from samscope.studies.timing import Rates, measure_rates
from samscope.studies.work_folder import Workplace
from samscope.support.errors import SamscopeError
from samscope.support.progress import Progress
from samscope.support.result_folder import require_output_place
from samscope.trackers.family import Tracker
from samscope.trackers.prompt import make_prompt
from samscope.trackers.sam2.built_in import read_from
from samscope.trackers.sam2.speed.device_memory import device_memory_explained
from samscope.trackers.shared import PromptedClip
from samscope.trackers.shared_work import SharedWork, shared_work


@dataclass(frozen=True)
class DryRun:
    """What a study would come to.

    Attributes:
        draws: how many draws would be made into clips; those of a finished part are left out.
        clips: how many clips that would be, those that would fail among them.
        frames: of all these clips, those that the random twin tracks counted twice.
        done: draws that are finished already, in the study that would go on.
        steps: tracking steps that would be taken for all frames, by the random twin as well.
        encodings: frames that would be encoded, likewise.
        failures: the clips that would fail, and why.
        unreadable: videos that cannot be read in full, by name, with the reason.
        seconds: how long making, tracking and recording the clips would take; the page is not in it.
        timed: frames of clips that this was measured on.
        record_bytes: what the tables would take.
        map_bytes: what the position maps would take.
        tensor_bytes: what whole tensors would take; 0 where they are not kept.
        free_bytes: what is free where the study would lie.
    """

    draws: int
    clips: int
    frames: int
    done: int
    steps: int
    encodings: int
    failures: tuple[Failure, ...]
    unreadable: Mapping[str, str]
    seconds: float
    timed: int
    record_bytes: int
    map_bytes: int
    tensor_bytes: int
    free_bytes: int

    @property
    def bytes(self) -> int:
        """What the records would take, without figures and page."""
        return self.record_bytes + self.map_bytes + self.tensor_bytes


@dataclass(frozen=True)
class _Checked:
    """What is known after every clip was made and dropped again; ``work`` is the twin's as well."""

    draws: tuple[Draw, ...]
    work: tuple[SharedWork, ...]
    sample: tuple[Clip, ...]
    failures: tuple[Failure, ...]
    seconds: float
    twin_clips: int


def run_dry(settings: StudySettings, progress: Progress) -> DryRun:
    """Try a study: check what it would read, make its clips and drop them, and time a few frames.

    Everything is refused that the study would refuse: output folder, videos, device, model, draws, and what
    does not fit an unfinished study that is to go on. Every clip is made, so that each file is read that the
    study would read. Then the first frames of the first draws are tracked and recorded by the very model, in
    its mode and batch, and dropped. The only thing that is not looked at is whether another process writes
    to the output folder. Nothing is written.

    With ``engine`` ``ray`` the model is timed on this machine: the time is that of one worker like it.

    Args:
        settings: what the study is.
        progress: hears how far it is.

    Raises:
        UsageError, SamscopeError: as ``run_study``; a clip that would fail is no error unless
            ``settings.fail_fast`` is set.
    """
    videos = settings.clips.videos
    inputs = [*read_from(settings.model), *([] if videos is None else [videos])]
    existing_folder = require_output_place(settings.out, inputs)
    place = Workplace(settings.out, settings.out.expanduser().resolve(), settings.resume, settings.overwrite)
    place.check()
    _, settings = engine_of(settings)
    ready = prepare(settings, progress, HERE)
    parts = place.look(ready.job)
    free = shutil.disk_usage(existing_folder).free
    if parts is None:
        return _nothing_to_do(len(ready.source.draws), free)
    recorder = Recorder(ready.settings, ready.model, ready.source, parts, ready.twin)
    finished = parts.finished() if settings.resume else {}
    for draw in ready.source.draws:
        if draw.clip in finished:
            recorder.check_inputs(finished[draw.clip], draw)
    groups = recorder.missing(finished)
    if not groups:
        return _nothing_to_do(len(finished), free)
    checked = _check(recorder, groups, progress)
    if not checked.sample:
        raise SamscopeError(
            f"none of {len(checked.failures)} clips could be made; the first, {checked.failures[0]}"
        )
    with (
        progress.stage("timing") as advance,
        device_memory_explained(settings.device),
    ):
        rates = measure_rates(
            ready.model,
            checked.sample,
            batch=ready.settings.tracks_at_once,
            ahead=recorder.ahead,
            maps=settings.maps > 0,
            attention=settings.attention,
            advance=advance,
        )
    return _estimate(ready, checked, rates, len(finished), free)


def _check(recorder: Recorder, groups: Sequence[Sequence[Draw]], progress: Progress) -> _Checked:
    """Make the clips of all groups, one group at a time, and count what they need."""
    work, failures = [], []
    sample: tuple[Clip, ...] = ()
    seconds, twin_clips = 0.0, 0
    with progress.stage("checking", sum(map(len, groups))) as advance:
        for group in groups:
            begin = time.perf_counter()
            draws_made = recorder.make(group)
            seconds += time.perf_counter() - begin
            clips: list[Clip] = []
            for draw, (draw_clips, lost) in zip(group, draws_made, strict=True):
                untracked = [_untrackable(recorder.model, clip) for clip in draw_clips]
                failures += [*lost, *(failure for failure in untracked if failure)]
                clips += [
                    clip for clip, failure in zip(draw_clips, untracked, strict=True) if failure is None
                ]
                advance(draw.name)
            work += [
                shared_work(
                    recorder.model,
                    [PromptedClip(clip.frames, clip.masks[0], clip.present) for clip in tracked],
                )
                for tracked in (clips, recorder.twin_clips(clips))
                if tracked or tracked is clips
            ]
            twin_clips += len(recorder.twin_clips(clips))
            if len(clips) > len(sample):
                sample = tuple(clips)
    draws = tuple(draw for group in groups for draw in group)
    return _Checked(draws, tuple(work), sample, tuple(failures), seconds, twin_clips)


def _untrackable(model: Tracker, clip: Clip) -> Failure | None:
    """Return why a clip could not be tracked, where its first mask tells."""
    try:
        make_prompt(
            (clip.frames.shape[1], clip.frames.shape[2]),
            model.image_size,
            mask=clip.masks[0],
            resize_mask=model.resizes_masks,
        )
    except SamscopeError as error:
        kind = kind_of(error, memory=False)
        reason = reason_of(error, kind)
        draw = clip.draw
        return Failure(draw.clip, clip.set, draw.name, draw.source.video, "tracking", kind, reason)
    return None


def _estimate(ready: Ready, checked: _Checked, rates: Rates, done: int, free: int) -> DryRun:
    draws = checked.draws
    sets = len(ready.source.settings.sets)
    length = ready.source.settings.timeline.length
    clips = sets * len(draws)
    recorded = (clips - len(checked.failures)) * length
    of_twin = checked.twin_clips * length
    with_maps = {draw.clip for draw in ready.source.draws[: ready.settings.maps]}
    mapped = sets * sum(draw.clip in with_maps for draw in draws)
    return DryRun(
        draws=len(draws),
        clips=clips,
        frames=clips * length + of_twin,
        done=done,
        steps=sum(sum(work.steps) for work in checked.work),
        encodings=sum(sum(work.encodings) for work in checked.work),
        failures=checked.failures,
        unreadable=ready.source.facts["videos_unreadable"],
        seconds=checked.seconds + sum(map(rates.seconds, checked.work)),
        timed=rates.timed,
        record_bytes=round(rates.record_bytes * (recorded + of_twin)) + rates.file_bytes * len(draws),
        map_bytes=round(rates.map_bytes * mapped * length),
        tensor_bytes=rates.tensor_bytes * recorded if ready.settings.keep else 0,
        free_bytes=free,
    )


def _nothing_to_do(done: int, free: int) -> DryRun:
    """Return what a study comes to whose draws are all finished, or a shard that has none."""
    return DryRun(0, 0, 0, done, 0, 0, (), {}, 0.0, 0, 0, 0, 0, free)
