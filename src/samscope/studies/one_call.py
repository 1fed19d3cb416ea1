"""A whole study in one call: what ``samscope study`` does, from Python."""

import warnings
from collections.abc import Iterable
from dataclasses import fields
from numbers import Integral, Real
from pathlib import Path

from samscope.clips.built import is_built
from samscope.clips.clip import SetName, Timeline
from samscope.clips.sets.options import Background, OverlayObjects, Splice, TransformOptions
from samscope.clips.settings import ClipSettings
from samscope.records.failures import what_is_missing
from samscope.records.store import Study, open_study
from samscope.studies.settings import Control, EngineName, StudySettings
from samscope.studies.stages import run_study
from samscope.support.errors import UsageError
from samscope.support.progress import OnConsole, Silent
from samscope.support.urls import url_of
from samscope.trackers.modes import Mode


def study(
    out: str | Path,
    *,
    videos: str | Path | None = ClipSettings.videos,
    resolution: str | None = ClipSettings.resolution,
    subset: str | None = ClipSettings.subset,
    clips: int = ClipSettings.count,
    each: bool = ClipSettings.each,
    seed: int = ClipSettings.seed,
    sets: Iterable[SetName] = ClipSettings.sets,
    source: str | None = ClipSettings.source,
    object_id: int | None = ClipSettings.object_id,
    partner: str | None = ClipSettings.partner,
    min_area: float = ClipSettings.min_area,
    strides: Iterable[int] = ClipSettings.strides,
    prefix: int = Timeline.prefix,
    middle: int = Timeline.middle,
    suffix: int = Timeline.suffix,
    splice: Splice = TransformOptions.splice,
    background: Background = TransformOptions.background,
    overlay: OverlayObjects = TransformOptions.overlay,
    model: str | Path = StudySettings.model,
    device: str = StudySettings.device,
    image_size: int | None = StudySettings.image_size,
    mode: Mode | None = StudySettings.mode,
    compile: bool = StudySettings.compile,  # noqa: A002  as torch calls it
    memory: str | None = StudySettings.memory,
    batch: int | None = StudySettings.batch,
    threads: int | None = StudySettings.threads,
    maps: int = StudySettings.maps,
    keep: bool = StudySettings.keep,
    control: Control = StudySettings.control,
    attention: bool = StudySettings.attention,
    overwrite: bool = StudySettings.overwrite,
    resume: bool = StudySettings.resume,
    fail_fast: bool = StudySettings.fail_fast,
    engine: EngineName = StudySettings.engine,
    address: str | None = StudySettings.address,
    progress: bool = True,
) -> Study:
    """Run a whole study, as ``samscope study`` does: make clips, track through them, draw the page.

    The settings are those of the command, by the names and with the defaults that they have there
    (``clips`` is ``--clips``, ``object_id`` is ``--object``); ``samscope study --help`` says what each is.

    Args:
        out: the folder of the study; it must not exist, or be empty. Its page is ``report.html``.
        videos: a folder of videos with labels (DAVIS, MOSE, YouTube-VOS, LVOS, SA-V, VOT), the address of one
            like DAVIS's, or a folder that ``samscope build`` has made; None for made-up videos.
        resolution: which resolution of ``videos``, where there are several.
        subset: a list of ``ImageSets`` whose videos alone are used.
        clips: clips in each set.
        each: take every object of every video once, whatever ``clips`` is.
        seed: of every random choice: same seed, same clips.
        sets: names of the sets to make.
        source: the video that every clip is made from; None to draw it.
        object_id: the object of ``source`` to track; None to draw it.
        partner: the video of the interjected frames and of the pasted object; None to draw it.
        min_area: share of the picture, 0..1, that an object covers at least where it is prompted.
        strides: temporal strides to draw from, in frames.
        prefix: frames before the middle.
        middle: frames that are transformed.
        suffix: frames after the middle.
        splice: ``insert`` or ``replace``.
        background: ``black``, ``mean``, ``blur`` or ``noise``.
        overlay: ``similar`` or ``copies``.
        model: as for ``load_model``.
        device: where it runs: ``cpu``, ``cuda``, ``cuda:1``, ...
        image_size: side of the model's square input in pixels; None for the model's own.
        mode: ``exact``, ``fast`` or ``bf16``; None for ``bf16`` on a CUDA device, else ``fast``.
        compile: let ``torch.compile`` compile the image encoder, as for ``load_model``.
        memory: the model's memory rule, such as ``sam2:stride=3``; None for its own.
        batch: distinct frames or tracks that go through the model at once; None for the usual.
        threads: CPU threads, which stay set in this process; None leaves them as they are.
        maps: draws whose position maps are kept for figures.
        keep: keep whole tensors too, for ``Study.tensors``.
        control: ``random``, a twin with random weights tracks some of the clips too, for ``Study.twin``; or
            ``none``.
        attention: record what memory attention looks at, for ``Study.attention``.
        overwrite: replace an older result of samscope in ``out``.
        resume: go on with an unfinished study for ``out``; a finished one is opened as it is.
        fail_fast: stop at the first clip that fails.
        engine: ``local``, this process, or ``ray``.
        address: of the Ray cluster.
        progress: show on standard error how far it is.

    Returns:
        The finished study, as ``open_study`` opens it.

    Warns:
        UserWarning: clips failed and are left out, or videos could not be read in full; ``settings`` of the
            study lists them under ``failures`` and ``videos_unreadable``.

    Raises:
        UsageError: an argument asks for something that does not exist or cannot be.
        SamscopeError: videos, model or disk are not as they must be, or no clip could be recorded. What is
            finished is kept beside ``out``, and the same call with ``resume=True`` goes on with it.
    """
    for name, value in (("sets", sets), ("strides", strides)):
        if isinstance(value, str):
            raise UsageError(f"{name} is the text {value!r}; expected a list, such as {value.split(',')!r}")
        if not isinstance(value, Iterable):
            raise UsageError(f"{name} is {value!r}; expected a list")
    strides = tuple(strides)
    counts = {
        "clips": clips,
        "seed": seed,
        "prefix": prefix,
        "middle": middle,
        "suffix": suffix,
        "maps": maps,
    }
    optional = {"object_id": object_id, "image_size": image_size, "batch": batch, "threads": threads}
    given = {name: count for name, count in optional.items() if count is not None}
    _require_whole([*counts.items(), *given.items(), *(("strides", stride) for stride in strides)])
    _require_number("min_area", min_area)
    _require_path("out", out)
    if videos is not None:
        _require_path("videos", videos)
    if (url := url_of(Path(out))) is not None:
        raise UsageError(
            f"out is {url}; a study that is opened lies on this machine: name a folder, or run "
            "`samscope study --out` with the address"
        )
    chosen = ClipSettings(
        videos=None if videos is None else Path(videos),
        resolution=resolution,
        subset=subset,
        count=clips,
        each=each,
        seed=seed,
        sets=tuple(sets),
        source=source,
        object_id=object_id,
        partner=partner,
        min_area=min_area,
        strides=strides,
        timeline=Timeline(prefix, middle, suffix),
        options=TransformOptions(splice, background, overlay),
    )
    _refuse_choices(chosen)
    settings = StudySettings(
        out=Path(out),
        clips=chosen,
        model=str(model),
        device=device,
        image_size=image_size,
        mode=mode,
        compile=compile,
        memory=memory,
        batch=batch,
        maps=maps,
        keep=keep,
        control=control,
        attention=attention,
        threads=threads,
        overwrite=overwrite,
        resume=resume,
        fail_fast=fail_fast,
        engine=engine,
        address=address,
    )
    run_study(settings, OnConsole() if progress else Silent())
    finished_study = open_study(settings.out)
    if missing := what_is_missing(finished_study.settings, finished_study.path):
        warnings.warn(missing, stacklevel=2)
    return finished_study


def _require_whole(counts: Iterable[tuple[str, object]]) -> None:
    for name, count in counts:
        if isinstance(count, bool) or not isinstance(count, Integral):
            raise UsageError(f"{name}: {count!r}; expected a whole number")


def _require_number(name: str, number: object) -> None:
    if not isinstance(number, Real):
        raise UsageError(f"{name}: {number!r}; expected a number")


def _require_path(name: str, place: object) -> None:
    if not isinstance(place, str | Path) or not str(place).strip():
        raise UsageError(f"{name}: {place!r}; expected the path of one folder")


def _refuse_choices(clips: ClipSettings) -> None:
    """Raise UsageError if clips that are made already are asked for as others."""
    if clips.videos is None or not is_built(clips.videos):
        return
    usual = ClipSettings(videos=clips.videos)
    for field in fields(ClipSettings):
        if getattr(clips, field.name) != getattr(usual, field.name):
            raise UsageError(
                f"{_NAMES.get(field.name, field.name)}: the clips in {clips.videos} are made already; leave "
                "it out, or name videos"
            )


_NAMES = {
    "count": "clips",
    "timeline": "prefix, middle or suffix",
    "options": "splice, background or overlay",
}
