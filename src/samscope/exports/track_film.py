"""A film tracked: what was seen goes into the result's folder, frame after frame."""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from samscope.exports.both_ways import BeforePrompts, both_ways, frames_back, track_back
from samscope.exports.exporting import run_export
from samscope.exports.film_settings import FilmSettings
from samscope.exports.formats import format_of, require_place, usual_place, writing
from samscope.exports.frame import Add, ResultFrame, TrackFacts
from samscope.exports.prompt_files import kept_prompts
from samscope.exports.result import ResultWriter
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Progress
from samscope.support.result_folder import output_folder
from samscope.support.urls import url_of
from samscope.trackers.family import Tracker
from samscope.trackers.prompts import FramePrompt, PromptedObject, check_prompts, read_prompts
from samscope.trackers.registry import load_model
from samscope.trackers.rules.naming import rule_text
from samscope.trackers.sam2.built_in import read_from
from samscope.trackers.sam2.speed.device_memory import device_memory_explained
from samscope.trackers.track_objects import track_objects
from samscope.videos.images import read_mask
from samscope.videos.opened import OpenedVideo, open_video

INTERRUPTED = "Ctrl-C"
"""What stopped a track that the user stopped."""


@dataclass(frozen=True)
class TrackedFilm:
    """What came of tracking a film.

    Attributes:
        frames: how many were tracked.
        stopped_by: what ended the track before the film's end; None where it was tracked whole.
        exports: what was written beside the result.
    """

    frames: int
    stopped_by: str | None
    exports: tuple[Path, ...]


def run_track_film(
    settings: FilmSettings, progress: Progress, stopped: Callable[[], bool] = lambda: False
) -> TrackedFilm:
    """Track a film and write its result.

    What can be checked is checked before the first frame is tracked: places, film, prompts and model. Where
    the film breaks off, or an error ends the track, what was tracked before is a result all the same.

    Args:
        settings: what is tracked.
        progress: hears how far it is.
        stopped: asked after each frame whether to stop there.

    Raises:
        UsageError: an argument asks for something that does not exist or cannot be.
        SamscopeError: film, model or disk are not as they must be, and nothing was tracked.
    """
    kinds = [format_of(name) for name in dict.fromkeys(settings.exports)]
    places = {kind.name: usual_place(settings.out, kind) for kind in kinds}
    for kind in kinds:
        require_place(places[kind.name], kind)
    inputs = [Path(settings.film)] if url_of(settings.film) is None else []
    with output_folder(
        settings.out, overwrite=settings.overwrite, inputs=[*inputs, *read_from(settings.model)]
    ) as folder:
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        video = open_video(settings.film, **settings.reading)
        prompts = _prompts(settings, video)
        with progress.stage("model"), device_memory_explained(settings.device):
            model = load_model(
                settings.model,
                settings.device,
                settings.image_size,
                mode=settings.mode,
                memory=settings.memory,
                compile=settings.compile,
            )
        facts = _facts(settings, video, model, prompts, folder)
        with ExitStack() as stack, device_memory_explained(settings.device):
            result = stack.enter_context(ResultWriter(folder, facts))
            live = kinds if video.live else []
            adding = [stack.enter_context(writing(places[kind.name], kind, facts)) for kind in live]
            tracked = track_objects(
                model, video, prompts, as_released=settings.as_released, threads=settings.threads
            )
            before = None
            if settings.both_ways:
                before = stack.enter_context(BeforePrompts(folder))
                back = track_back(model, video, prompts, before, threads=settings.threads)
                if not _go_back(back, prompts, stopped, progress):
                    raise SamscopeError("stopped in the pass backwards, before there was a frame to keep")
            with progress.stage("tracking", video.count) as advance:
                stopped_by = _write_all(both_ways(tracked, before), (result.add, *adding), stopped, advance)
            frames = result.finish(stopped_by or video.ended_early)
    after = [] if video.live else kinds
    for kind in after:
        run_export(settings.out.expanduser(), kind.name, progress, out=places[kind.name])
    return TrackedFilm(frames, stopped_by or video.ended_early, tuple(places.values()))


def _write_all(
    tracked: Iterable[ResultFrame],
    adding: Iterable[Add],
    stopped: Callable[[], bool],
    advance: Callable[[str], None],
) -> str | None:
    """Write frames as they are tracked; return what stopped it, None for the end of the film.

    Raises:
        SamscopeError: it failed before the first frame.
    """
    frames = iter(tracked)
    count = 0
    while True:
        try:
            frame = next(frames, None)
        except SamscopeError as error:
            if not count:
                raise
            return " ".join(str(error).split())
        if frame is None:
            return None
        for add in adding:
            add(frame)
        count += 1
        advance(f"frame {frame.number}")
        if stopped():
            return INTERRUPTED


def _go_back(
    back: Iterable[int], prompts: Sequence[PromptedObject], stopped: Callable[[], bool], progress: Progress
) -> bool:
    """Take the pass backwards; return whether it came to its end."""
    with progress.stage("tracking backwards", frames_back(prompts)) as advance:
        for index in back:
            advance(f"frame {index}")
            if stopped():
                return False
    return True


def _prompts(settings: FilmSettings, video: OpenedVideo) -> tuple[PromptedObject, ...]:
    """Return what is tracked, checked against the film.

    Raises:
        UsageError, SamscopeError: as ``read_prompts`` and ``check_prompts``.
    """
    if settings.prompts is not None:
        objects = read_prompts(settings.prompts, video.size)
    else:
        points = [*settings.point, *settings.negative]
        labels = [1] * len(settings.point) + [0] * len(settings.negative)
        prompt = FramePrompt(
            frame=settings.frame,
            mask=None if settings.mask is None else _mask(settings.mask),
            points=points or None,
            labels=labels or None,
            box=settings.box,
        )
        objects = (PromptedObject(settings.object_id, (prompt,)),)
    check_prompts(objects, video.size, video.count)
    return objects


def _mask(path: Path) -> Any:
    labels = read_mask(path)
    values = np.unique(labels[labels > 0])
    if len(values) > 1:
        raise UsageError(f"--mask {path}: {len(values)} objects or greys; expected one value beside 0")
    return labels > 0


def _facts(
    settings: FilmSettings,
    video: OpenedVideo,
    model: Tracker,
    prompts: tuple[PromptedObject, ...],
    folder: Path,
) -> TrackFacts:
    """Return what the result says of the track; a stream is called without its user's name and password."""
    where = video.name if video.live else str(Path(settings.film).expanduser().resolve())
    return TrackFacts(
        video=where,
        name=re.sub(r"[^\w.-]+", "_", video.name).lstrip(".-") or "film",
        size=video.size,
        rate=video.rate,
        objects={prompted.id: prompted.name or str(prompted.id) for prompted in prompts},
        reading=settings.reading,
        model=settings.model,
        memory=rule_text(model.memory_rule),
        options={
            "as_released": settings.as_released,
            "both_ways": settings.both_ways,
            "mode": model.mode,
            "compile": settings.compile,
            "device": str(model.device),
            "image_size": model.image_size,
            "weights_sha256": model.digest(),
        },
        prompts=kept_prompts(prompts, folder),
    )
