"""What ``python -m benchmarks.gpu`` measures on a device, part by part; each yields rows of plain values.

A row that could not be measured has ``failed``, the error in one line, in the place of its numbers; the rows
after it are measured all the same. The device is waited for before every time that is taken, and has tracked
through short clips by then.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks import reference_errors
from benchmarks.bench.contenders import alone, at_the_start, together
from benchmarks.bench.settings import Contender
from benchmarks.gpu_busy import busy
from benchmarks.gpu_timing import Row, attempted, forget_peak, peak_bytes, timed
from benchmarks.mode_errors import compared
from samscope.clips.clip import SETS, Clip, SetName, Timeline
from samscope.clips.settings import ClipSettings
from samscope.clips.source import open_source, open_videos
from samscope.observation.davis_measures import region_similarity
from samscope.observation.observe import observe_clips
from samscope.records.store import open_study
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_record
from samscope.support.machine import machine
from samscope.support.progress import Silent
from samscope.support.provenance import provenance
from samscope.trackers.devices import device_at_hand, wait_for
from samscope.trackers.modes import MODES, Mode
from samscope.trackers.sam2.loading import Model, load_as_library, load_model
from samscope.trackers.shared import PromptedClip, track_together
from samscope.trackers.track import track

WARM_UP = Timeline(2, 1, 1)
PROFILED = Timeline(4, 2, 2)
FILM_ROUNDS = 3

PEER_SHARE = 0.06
"""Of a part's time, after which no further clip is given to a peer; there are four."""

PEERS: tuple[tuple[str, Contender, bool], ...] = (
    ("transformers' session", "transformers", False),
    ("transformers' session, bfloat16", "transformers", True),
    ("official predictor", "official", False),
    ("official predictor, bfloat16", "official", True),
)
"""What samscope is measured against, and whether it computes under autocast to bfloat16."""


@dataclass(frozen=True)
class GpuSettings:
    """What is measured.

    Attributes:
        device: where.
        videos: a DAVIS-format folder that studies are made of; None for made-up videos, as the film is.
        reference: folder with the numbers of the official code; None for none.
        image_size: side of the models' input in pixels; None for their own.
        draws: that are tracked together, each in six sets; a whole study has twice as many.
        many_draws: of a larger group than a study's, tracked together as well; None for no such group.
        timeline: of a study's clips.
        film: of the single film.
        batches: tracks that go through a model at once, besides the usual number.
    """

    device: str
    videos: Path | None = None
    reference: Path | None = None
    image_size: int | None = None
    draws: int = 4
    many_draws: int | None = 11
    timeline: Timeline = field(default_factory=Timeline)
    film: Timeline = field(default_factory=lambda: Timeline(48, 4, 48))
    batches: tuple[int, ...] = (24, 8, 1)

    def clips(self, draws: int, timeline: Timeline | None = None) -> list[Clip]:
        """Return the clips of a study's first draws, six sets each."""
        return _clips_of(ClipSettings(self.videos, count=draws, timeline=timeline or self.timeline))

    def one_film(self, timeline: Timeline | None = None) -> list[Clip]:
        """Return a single clip of a made-up video."""
        sets: tuple[SetName, ...] = ("clean",)
        return _clips_of(ClipSettings(count=1, sets=sets, timeline=timeline or self.film))

    def load(self, name: str, mode: Mode) -> Model:
        """Return a model as samscope computes it."""
        return load_model(name, self.device, self.image_size, mode=mode)


def _clips_of(settings: ClipSettings) -> list[Clip]:
    return [clip for _, drawn in open_source(settings, open_videos(settings)) for clip in drawn]


def measure_machine(settings: GpuSettings, _model: str, _seconds: float) -> Iterator[Row]:
    """Yield one row: what the device is, and the versions of what drives it."""
    device = device_at_hand(settings.device)
    on_gpu = device.type == "cuda"
    yield {
        "device": str(device),
        "machine": machine(device),
        "memory_bytes": torch.cuda.get_device_properties(device).total_memory if on_gpu else None,
        "capability": list(torch.cuda.get_device_capability(device)) if on_gpu else None,
        "driver": _driver() if on_gpu else None,
        "cuda": torch.version.cuda if on_gpu else None,
        "cudnn": torch.backends.cudnn.version() if on_gpu else None,  # type: ignore[no-untyped-call]
        "session_may_take_tf32": torch.backends.cudnn.allow_tf32 if on_gpu else None,
        "threads": torch.get_num_threads(),
        "official_predictor": find_spec("sam2") is not None,
        **provenance({}),
    }


def _driver() -> str | None:
    """Return the driver's version; None where the system does not tell it."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    command = [tool, "--query-gpu=driver_version", "--format=csv,noheader"]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    return completed.stdout.split("\n")[0].strip() or None


def measure_parity(settings: GpuSettings, _model: str, _seconds: float) -> Iterator[Row]:
    """Yield by mode and run of the reference its largest relative error by key."""
    folder = settings.reference
    if folder is None:
        raise ValueError("there is no reference")
    for mode in MODES:
        for run in reference_errors.RUNS:
            yield attempted({"mode": mode, "run": run}, partial(_parity, folder, run, mode, settings.device))


def _parity(folder: Path, run: str, mode: Mode, device: str) -> Row:
    errors = reference_errors.measure(folder, run, device=device, mode=mode)
    return {"frames": errors.frames, "relative": errors.relative, "bfloat16_steps": errors.rounding}


def measure_modes(settings: GpuSettings, model: str, seconds: float) -> Iterator[Row]:
    """Yield by mode how long a frame of one draw takes and how far it is from ``exact`` there."""
    clips, warm = settings.clips(1), settings.clips(1, WARM_UP)
    exact = settings.load(model, "exact")
    row = attempted(
        {"mode": "exact"}, lambda: timed(exact.device, partial(alone, exact), [clips], warm, seconds)
    )
    yield row
    truth = [list(track(exact, clip.frames, mask=clip.masks[0])) for clip in clips]
    for mode in MODES:
        if mode == "exact":
            continue

        def measure(mode: Mode = mode) -> Row:
            loaded = settings.load(model, mode)
            run = timed(loaded.device, partial(together, loaded), [clips], warm, seconds)
            return run | _deviations(loaded, clips, truth)

        yield attempted({"mode": mode}, measure)


def _deviations(model: Model, clips: Sequence[Clip], truth: Sequence[Sequence[Any]]) -> Row:
    """Return how far the masks and pointers of clips tracked together are from the true ones."""
    prompted = [PromptedClip(clip.frames, clip.masks[0]) for clip in clips]
    errors, overlaps = [], []
    batch = model.usual_batch(len(clips))
    for step in track_together(model, prompted, batch=batch):
        for place in step.clips:
            true = truth[place][step.seen.frame_index]
            errors.append(compared(step.seen, true))
            overlaps.append(float(region_similarity(step.seen.mask.cpu().numpy(), true.mask.cpu().numpy())))
    masks, pointers = torch.tensor(errors, dtype=torch.float64).T
    return {
        "batch": batch,
        "mask_error_median": float(masks.median()),
        "mask_error_largest": float(masks.max()),
        "pointer_error_median": float(pointers.median()),
        "pointer_error_largest": float(pointers.max()),
        "mask_iou_mean": sum(overlaps) / len(overlaps),
        "mask_iou_least": min(overlaps),
    }


def measure_study(settings: GpuSettings, model: str, seconds: float) -> Iterator[Row]:
    """Yield how fast a study's clips go through the peers, one after another, and through samscope together.

    The peers give masks; samscope records everything besides, unless a row says otherwise.
    """
    clips, warm = settings.clips(settings.draws), settings.clips(settings.draws, WARM_UP)
    compare = _Compared()
    for row in _peers(settings, model, [[clip] for clip in clips], warm[:1], seconds):
        yield compare.peer(row)

    def rows(contender: str, measure: Callable[..., Row], **facts: Any) -> Iterator[Row]:
        modes: tuple[Mode, ...] = ("fast", "bf16")
        for mode in modes:
            row_facts = {"contender": contender, "mode": mode, **facts}
            yield compare.against_peers(attempted(row_facts, partial(measure, settings, model, mode=mode)))

    recorded, tracked = (partial(measure, clips=clips, warm=warm) for measure in (_recorded, _tracked))
    yield from rows("recorded", recorded, usual_batch=True)
    yield from rows("whole study", _whole_study, usual_batch=True)
    yield from rows("tracking alone", tracked, usual_batch=True)
    for batch in settings.batches:
        yield from rows("recorded", partial(recorded, batch=batch))
    if settings.many_draws is not None:
        many = settings.clips(settings.many_draws)
        yield from rows("recorded", partial(recorded, clips=many), usual_batch=True)


def _recorded(
    settings: GpuSettings,
    model: str,
    *,
    mode: Mode,
    clips: Sequence[Clip],
    warm: Sequence[Clip],
    batch: int | None = None,
) -> Row:
    """Time tracking and recording clips together, with a batch; None for the usual one."""
    loaded = settings.load(model, mode)
    used_batch = loaded.usual_batch(len(SETS)) if batch is None else batch
    return {"batch": used_batch} | timed(loaded.device, partial(_record, loaded, used_batch), [clips], warm)


def _record(model: Model, batch: int, clips: Sequence[Clip]) -> None:
    """Track and record clips together as a study does."""
    observe_clips(model, clips, batch=batch, ahead=0 if model.device.type == "cpu" else 2)


def _tracked(
    settings: GpuSettings, model: str, *, mode: Mode, clips: Sequence[Clip], warm: Sequence[Clip]
) -> Row:
    """Time tracking clips together with the usual batch, for masks alone."""
    loaded = settings.load(model, mode)
    run = timed(loaded.device, partial(together, loaded), [clips], warm)
    return {"batch": loaded.usual_batch(len(SETS))} | run


def _whole_study(settings: GpuSettings, model: str, *, mode: Mode) -> Row:
    """Run a study without its page, and take the time from the first clip's making to the last record."""
    device = device_at_hand(settings.device)
    forget_peak(device)
    clips = ClipSettings(settings.videos, count=2 * settings.draws, timeline=settings.timeline)
    with TemporaryDirectory() as scratch:
        study = StudySettings(
            Path(scratch) / "study",
            clips,
            model=model,
            device=settings.device,
            image_size=settings.image_size,
            mode=mode,
            maps=0,
            control="none",
        )
        out = run_record(study, Silent())
        frames = len(open_study(out).frames)
        manifest = json.loads((out / "study.json").read_text(encoding="utf-8"))
    taken = manifest["seconds"]["tracking"]
    return {
        "batch": manifest["batch"],
        "clips": frames // settings.timeline.length,
        "frames": frames,
        "seconds": taken,
        "frames_per_second": frames / taken,
        "peak_bytes": peak_bytes(device),
    }


def measure_film(settings: GpuSettings, model: str, seconds: float) -> Iterator[Row]:
    """Yield how fast a single film goes through the peers and through ``samscope.track``."""
    film, warm = settings.one_film(), settings.one_film(WARM_UP)
    compare = _Compared()
    for row in _peers(settings, model, [film] * FILM_ROUNDS, warm, seconds):
        yield compare.peer(row)
    for mode in MODES:

        def measure(mode: Mode = mode) -> Row:
            loaded = settings.load(model, mode)
            return timed(
                loaded.device, partial(alone, loaded), [film] * FILM_ROUNDS, warm, PEER_SHARE * seconds
            )

        yield compare.against_peers(attempted({"contender": "samscope.track", "mode": mode}, measure))


def measure_host(settings: GpuSettings, model: str, _seconds: float) -> Iterator[Row]:
    """Yield what share of the time the GPU computes, in a film's steps and in those of a draw together."""
    film, clips = settings.one_film(PROFILED), settings.clips(1, PROFILED)
    for mode in MODES:

        def measure_track(mode: Mode = mode) -> Row:
            loaded = settings.load(model, mode)
            return busy(loaded.device, lambda: alone(loaded, film), len(film[0].frames))

        def measure_draw(mode: Mode = mode) -> Row:
            loaded = settings.load(model, mode)
            batch, frames = loaded.usual_batch(len(SETS)), sum(len(clip.frames) for clip in clips)
            return busy(loaded.device, lambda: observe_clips(loaded, clips, batch=batch, ahead=2), frames)

        yield attempted({"what": "a film", "mode": mode}, measure_track)
        yield attempted({"what": "six sets of a draw, recorded", "mode": mode}, measure_draw)


def measure_compile(settings: GpuSettings, model: str, _seconds: float) -> Iterator[Row]:
    """Yield by mode what compiling the image encoder takes, and how fast all is with it and without."""
    modes: tuple[Mode, ...] = ("fast", "bf16")
    for mode in modes:
        for encoder in ("as it is", "compiled"):
            measure = partial(_with_encoder, settings, model, mode, compiled=encoder == "compiled")
            yield attempted({"mode": mode, "encoder": encoder}, measure)


def _with_encoder(settings: GpuSettings, model: str, mode: Mode, *, compiled: bool) -> Row:
    loaded = settings.load(model, mode)
    if compiled:
        loaded = loaded.compiled()
    film, clips = settings.one_film(), settings.clips(settings.draws)
    begin = time.perf_counter()
    loaded.encode(loaded.preprocess(film[0].frames[0])[None])
    wait_for(loaded.device)
    first = time.perf_counter() - begin
    tracked = timed(loaded.device, partial(alone, loaded), [film], settings.one_film(WARM_UP))
    record = partial(_record, loaded, loaded.usual_batch(len(SETS)))
    recorded = timed(loaded.device, record, [clips], settings.clips(settings.draws, WARM_UP))
    return {
        "first_seconds": first,
        "film_frames_per_second": tracked["frames_per_second"],
        "recorded_frames_per_second": recorded["frames_per_second"],
        "peak_bytes": recorded["peak_bytes"],
    }


MEASURES: dict[str, Callable[[GpuSettings, str, float], Iterator[Row]]] = {
    "machine": measure_machine,
    "parity": measure_parity,
    "modes": measure_modes,
    "study": measure_study,
    "film": measure_film,
    "host": measure_host,
    "compile": measure_compile,
}
"""By a part's name what measures it: of settings, a model (empty where none is asked for), and seconds."""


def _peers(
    settings: GpuSettings,
    model: str,
    groups: Sequence[Sequence[Clip]],
    warm: Sequence[Clip],
    seconds: float,
) -> Iterator[Row]:
    for name, contender, in_bfloat16 in PEERS:
        facts = {"contender": name, "mode": None}
        if contender == "official" and find_spec("sam2") is None:
            yield facts | {"failed": "the package sam2 is not installed"}
            continue

        def measure(contender: Contender = contender, in_bfloat16: bool = in_bfloat16) -> Row:
            loaded = load_as_library(model, settings.image_size, device=settings.device)
            _, _, run = at_the_start(loaded, contender)

            def cast(clips: Sequence[Clip]) -> None:
                with torch.autocast(loaded.device.type, torch.bfloat16, enabled=in_bfloat16):
                    run(clips)

            return timed(loaded.device, cast, groups, warm, PEER_SHARE * seconds)

        yield attempted(facts, measure)


class _Compared:
    """Puts samscope's rows beside those of the peers that were measured before them."""

    def __init__(self) -> None:
        self._speeds: dict[str, float] = {}

    def peer(self, row: Row) -> Row:
        """Return a peer's row, and keep its speed."""
        if "failed" not in row:
            self._speeds[row["contender"]] = row["frames_per_second"]
        return row

    def against_peers(self, row: Row) -> Row:
        """Return a row with ``against``: its speed over each peer's."""
        if "failed" in row:
            return row
        against = {peer: row["frames_per_second"] / speed for peer, speed in self._speeds.items()}
        return row | {"against": against}
